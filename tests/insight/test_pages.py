"""The pages of figures: who reads which, what they say, and what the lists behind numbers show."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import a_filed
from counted_day import NOON, ON_THE_DAY, count
from mashang.cases.models import Case, Conflict
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
PAGE = "/desk/figures"


def shown(account, address: str, *, status: int = 200) -> str:
    answer = at_desk(account).get(address)
    assert answer.status_code == status, answer.status_code
    return text_of(answer)


def numbers(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/desk/cases/(\d+)"', page)


def links(page: str) -> set[str]:
    return {
        address.replace("&amp;", "&")
        for address in re.findall(r'href="(/desk/figures/cases\?[^"]+)"', page)
    }


def test_the_page_prints_each_rate_with_what_it_is_made_of(scene):
    page = shown(scene.city.county_duty, f"{PAGE}?{ON_THE_DAY}")
    assert "白银区" in page
    assert "57.14%" in page  # 4 of 7 closed
    assert "14.29%" in page  # 1 of 7 confirmed, beside it
    assert "60.00%" in page  # 3 of 5 called in time
    assert "不算在内：" in page
    assert "涉及干部或单位的事项不计入" in page


def test_every_number_leads_to_its_list_and_the_list_has_that_many(scene):
    browser = at_desk(scene.city.county_duty)
    page = text_of(browser.get(f"{PAGE}?{ON_THE_DAY}"))
    found = re.findall(r'<a href="(/desk/figures/cases\?[^"]+)">(\d+)</a>', page)
    assert len({address for address, _number in found}) > 40
    for address, number in {(address.replace("&amp;", "&"), n) for address, n in found}:
        listed = text_of(browser.get(address))
        assert f"<small>{number} 件</small>" in listed, address
        assert len(numbers(listed)) == int(number), address


def test_who_handles_reads_their_own_unit_and_no_place(scene):
    city = scene.city
    assert "颐和社区居委会" in shown(city.zhang, f"{PAGE}?{ON_THE_DAY}")
    shown(city.zhang, f"{PAGE}?place={city.yihe.pk}", status=404)
    shown(city.zhang, f"{PAGE}?unit={city.next_door_unit.pk}", status=404)
    shown(city.zhang, f"{PAGE}/cases?part=received&place={city.yihe.pk}", status=404)


def test_places_are_read_from_above_and_not_from_beside(scene):
    city = scene.city
    for account, place, status in (
        (city.dispatcher, city.township, 200),
        (city.dispatcher, city.yihe, 200),
        (city.dispatcher, city.county, 404),
        (city.dispatcher, city.far_village, 404),
        (city.commissioner, city.yihe, 200),
        (city.city_secretary, city.far_village, 200),
        (city.far_inspector, city.yihe, 404),
        (city.auditor, city.yihe, 404),
        (city.operator, city.yihe, 404),
    ):
        shown(account, f"{PAGE}?place={place.pk}", status=status)
    shown(city.dispatcher, f"{PAGE}?unit={city.yihe_unit.pk}")
    shown(city.dispatcher, f"{PAGE}?unit={city.far_unit.pk}", status=404)


def test_the_list_shows_what_the_person_may_see_and_how_many_it_does_not(scene):
    city, case = scene.city, scene.satisfied.case
    address = f"{PAGE}/cases?part=received&place={city.yihe.pk}&{ON_THE_DAY}"
    page = shown(city.dispatcher, address)
    assert len(numbers(page)) == 9
    assert "不归您看" not in page
    Conflict.objects.create(
        case=case, account=city.dispatcher, found_by=city.inspector, found_at=NOON, words="亲戚"
    )
    Case.objects.filter(pk=case.pk).update(has_conflicts=True)
    page = shown(city.dispatcher, address)
    assert "<small>9 件</small>" in page
    assert "其中 1 件不归您看" in page
    assert case.number not in page
    assert len(numbers(page)) == 8


def test_a_complaint_about_a_cadre_leaves_no_trace_in_any_number(scene):
    """With and without it every page is the same, for whoever it concerns and all beside them."""
    city = scene.city
    places = f"place={city.yihe.pk}", f"unit={city.yihe_unit.pk}"
    asked = [
        (account, f"{path}&{scope}&{ON_THE_DAY}")
        for account in (city.dispatcher, city.inspector)
        for scope in places
        for path in (f"{PAGE}?", f"{PAGE}/cases?part=received", f"{PAGE}/cases?part=in_hand")
    ]

    def all_pages() -> list[str]:
        pages = [shown(account, address) for account, address in asked]
        return [re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page) for page in pages]

    with_it = all_pages()
    assert not any(scene.sealed.case.number in page for page in with_it)
    scene.sealed.case.fact.delete()
    assert all_pages() == with_it


def test_words_and_identities_stand_on_no_page_of_figures(scene):
    city = scene.city
    for address in (f"{PAGE}?{ON_THE_DAY}", f"{PAGE}/cases?part=received&{ON_THE_DAY}"):
        page = shown(city.county_duty, address)
        assert "井盖坏了" not in page
        assert "13909431234" not in page
        assert "何秀英" not in page


def test_pages_ask_as_much_of_one_case_as_of_many(scene):
    browser = at_desk(scene.city.county_duty)

    def queries(address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        return len(asked)

    listed = f"{PAGE}/cases?part={{}}&{ON_THE_DAY}"
    assert queries(listed.format("returned")) == queries(listed.format("received"))
    assert queries(listed.format("received")) <= 10
    quiet = f"{PAGE}?from=2026-03-01&to=2026-03-01"
    assert queries(quiet) == queries(f"{PAGE}?{ON_THE_DAY}")
    assert queries(quiet) <= 26


def test_a_long_list_goes_on_page_by_page(scene):
    for _number in range(45):
        a_filed(scene.city, at=NOON)
    count(NOON)
    browser, address = at_desk(scene.city.county_duty), f"{PAGE}/cases?part=received&{ON_THE_DAY}"
    first = text_of(browser.get(address))
    assert len(numbers(first)) == 50
    following = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
    second = text_of(browser.get(f"{PAGE}/cases{following}"))
    assert len(numbers(second)) == 5
    assert not set(numbers(first)) & set(numbers(second))


@pytest.mark.parametrize(
    "query",
    [
        "part=nothing", "part=received&channel=smoke", "part=received&hour=24",
        "part=received&weekday=8", "part=received&category=x", "part=received&after=x",
        "part=received&state=lost", "part=received&place=abc", "part=received&unit=%C2%B2",
    ],
)  # fmt: skip
def test_addresses_that_name_nothing_are_not_there(scene, query):
    shown(scene.city.county_duty, f"{PAGE}/cases?{query}", status=404)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-03-05&to=2026-03-04", "开始的日子比结束的晚"),
        ("from=yesterday", "日期看不懂"),
        ("from=2001-01-01&to=2026-03-04", "时间太长了"),
    ],
)
def test_a_period_that_cannot_be_understood_is_said_and_the_usual_one_shown(scene, query, said):
    page = shown(scene.city.county_duty, f"{PAGE}?{query}")
    assert said in page
    assert "2026年2月3日—3月4日" in page


def test_periods_are_compared_to_the_one_before_or_the_year_before(scene):
    page = shown(scene.city.county_duty, f"{PAGE}?from=2026-03-05&to=2026-03-05")
    assert "和 2026年3月4日 比" in page
    assert "少 10（那时 10 件）" in page
    page = shown(scene.city.county_duty, f"{PAGE}?from=2027-03-04&to=2027-03-04&than=year")
    assert "少 10（那时 10 件）" in page
    page = shown(scene.city.county_duty, f"{PAGE}?from=2026-03-05&to=2026-03-05&than=none")
    assert "那时" not in page


def test_what_moved_a_moment_ago_is_said_until_it_is_counted(scene):
    a_filed(scene.city, at=NOON)
    assert "有 1 件刚有变动" in shown(scene.city.county_duty, PAGE)
    count(NOON)
    assert "刚有变动" not in shown(scene.city.county_duty, PAGE)


def test_the_definitions_name_every_figure_and_its_exclusions(scene):
    page = shown(scene.city.zhang, f"{PAGE}/definitions")
    assert 'id="closure"' in page
    assert "分子：单位已答复办结；分母：有效受理" in page
    shown(scene.city.auditor, f"{PAGE}/definitions", status=404)
