"""Two places side by side, or one in two periods: any two that the person reads, and no other."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import staff
from counted_day import ON_THE_DAY, TODAY
from mashang.insight import comparing
from mashang.insight.periods import Period, month_of
from mashang.insight.reports.content import Table, content
from mashang.insight.scopes import Scope
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
PAGE = f"/desk/figures/compare?{ON_THE_DAY}"


def row(page: str, label: str) -> str:
    found = re.search(rf">{re.escape(label)}</a></th>(.*?)</tr>", page, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])).strip()


def test_two_places_stand_side_by_side_each_number_with_its_list(scene):
    city = scene.city
    desk = at_desk(city.county_duty)
    address = f"{PAGE}&place={city.yihe.pk}&with={city.next_door.pk}"
    page = text_of(desk.get(address))
    assert row(page, "收到") == "9 1 多 8"
    assert row(page, "办结率（单位答复）").startswith("66.67% 4 / 6 0.00% 0 / 1 高 66.67 个百分点")
    for place in (city.yihe, city.next_door):
        behind = f"/desk/figures/cases?place={place.pk}&amp;{TODAY.query.replace('&', '&amp;')}"
        assert f'href="{behind}&amp;part=received"' in page
    by_name = text_of(desk.get(f"{PAGE}&place={city.yihe.pk}&name=隔壁"))
    assert f'value="{city.next_door.pk}" selected' in by_name
    many = text_of(desk.get(f"{PAGE}&place={city.yihe.pk}&name=社区"))
    assert "“社区”有几处，请选一处。" in many and f"with={city.next_door.pk}" in many
    assert "您能看的地方里没有“远山村”" in text_of(desk.get(f"{PAGE}&name=远山村"))


def test_a_place_is_compared_to_itself_before_and_units_to_each_other(scene):
    city = scene.city
    page = text_of(at_desk(city.county_duty).get(f"{PAGE}&place={city.yihe.pk}"))
    assert row(page, "收到") == "9 0 多 9"
    assert "2026年3月3日" in page
    month = text_of(
        at_desk(city.county_duty).get(
            f"{PAGE}&place={city.yihe.pk}&with_from=2026-02-01&with_to=2026-02-28"
        )
    )
    assert "左边 1 天，右边 28 天：件数不能直接比" in month
    assert "日期看不懂" in text_of(at_desk(city.county_duty).get(f"{PAGE}&with_from=gestern"))
    units = f"{PAGE}&unit={city.yihe_unit.pk}&with=u{city.next_door_unit.pk}"
    assert "隔壁社区居委会" in text_of(at_desk(city.dispatcher).get(units))
    both = comparing.compare(Scope(place=city.yihe), TODAY, Scope(place=city.yihe), TODAY)
    assert {each.change for each in both.rows} <= {"持平", ""}
    assert month_of(TODAY.first).before == Period(TODAY.first.replace(month=2, day=1), month_of(
        TODAY.first.replace(month=2, day=1)
    ).last)  # fmt: skip


def test_what_is_not_theirs_is_not_there_on_either_side(scene):
    city = scene.city
    for account, query in (
        (city.dispatcher, f"place={city.yihe.pk}&with={city.far_village.pk}"),
        (city.dispatcher, f"place={city.far_village.pk}&with={city.yihe.pk}"),
        (city.zhang, f"with={city.yihe.pk}"),
        (city.zhang, f"with=u{city.next_door_unit.pk}"),
        (city.dispatcher, "with=u"),
        (city.dispatcher, "with=nothing"),
    ):
        assert at_desk(account).get(f"{PAGE}&{query}").status_code == 404, query
    shown = text_of(at_desk(city.zhang).get(PAGE))
    assert "颐和社区居委会" in shown and "隔壁社区" not in shown
    offered = comparing.choices(
        staff(city.dispatcher), Scope(place=city.yihe), Scope(place=city.yihe)
    )
    assert [name for _key, name in offered] == ["颐和社区", "隔壁社区"]


def test_the_page_asks_as_much_of_a_village_as_of_a_county(scene):
    counts = []
    for place in (scene.city.yihe, scene.city.county):
        desk = at_desk(scene.city.county_duty)
        with CaptureQueriesContext(connection) as asked:
            desk.get(f"{PAGE}&place={place.pk}")
        counts.append(len(asked))
    assert max(counts) <= 30, counts


def test_a_report_tells_of_the_codes_of_a_place_and_not_of_a_unit(scene):
    def tables(scope: Scope) -> dict[str, Table]:
        return {b.title: b for b in content(scope, TODAY).blocks if isinstance(b, Table)}

    rows = dict(tables(Scope(place=scene.city.county))["二维码"].rows)
    assert rows["一共"] == 2 and rows["其中能用的"] == 1 and rows["已停用"] == 1
    assert rows["能用、从来没有人用它反映过的"] == 0
    assert "二维码" not in tables(Scope(unit=scene.city.yihe_unit))
