"""The list: filters that stack, orders, pages by key, saved lists, and what keeps it fresh."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from builders import a_filed, staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Category
from mashang.workbench.models import SavedView
from mashang.workbench.ordering import ORDERS, page, parse_key
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def numbers(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/desk/cases/(\d+)"', page)


def shown(city, query: str, *, by: str = "county_duty", at: datetime = NOON) -> str:
    with time_machine.travel(at, tick=False):
        answer = at_desk(getattr(city, by)).get(f"/desk?{query}")
    assert answer.status_code == 200, answer.status_code
    return text_of(answer)


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="\?([^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


# Filters ------------------------------------------------------------------------------------------


@pytest.fixture
def two(city) -> tuple[Case, Case]:
    """One case for which each filter below is true, and one for which it is false."""
    road = Category.objects.create(code="road", name="道路")
    lamp = Category.objects.create(code="lamp", name="路灯", parent=road)
    wanted = a_filed(city, at=NOON).case
    other = a_filed(city, at=NOON - timedelta(days=9), place=city.next_door, code=None).case
    closed = NOON - timedelta(days=1)
    Case.objects.filter(pk=wanted.pk).update(
        category=lamp, urgency="danger", channel="phone", supervision="listed", rung=4,
        closed_at=closed, due_at=minutes(30), state="acknowledged",
    )  # fmt: skip
    Case.objects.filter(pk=other.pk).update(
        due_at=minutes(-30), closed_at=closed - timedelta(days=30), phase="waiting"
    )
    return Case.objects.get(pk=wanted.pk), Case.objects.get(pk=other.pk)


def test_each_filter_narrows_the_list_and_says_so_in_a_chip(city, two):
    wanted, other = two
    filters = {
        f"place={city.yihe.code}": "地点：",
        f"unit={city.yihe_unit.pk}": "单位：颐和社区居委会",
        f"assignee={city.zhang.pk}": "经办人：张桂兰",
        "state=acknowledged": "状态：已签收",
        "phase=open": "阶段：办理中",
        "clock=hour": "期限：一小时内到期",
        "clock=running": "期限：还没到期",
        "rung=4": "已上报到第 4 级",
        f"category={wanted.category_id}": "类别：路灯",
        f"category={wanted.category.parent_id}": "类别：道路",
        "urgency=danger": "紧急程度：危及生命财产",
        "channel=phone": "渠道：电话代办",
        "supervision=listed": "督办：挂牌督办",
        "received_from=2026-03-04": "2026年3月4日 起收到",
        "closed_from=2026-03-01": "起办结",
    }
    for query, said in filters.items():
        page = shown(city, f"queue=all&{query}")
        assert numbers(page) == [wanted.number], query
        assert said in page.split('class="chips"')[1].split("</ul>")[0], query
    for query in (
        "clock=overdue",
        "phase=waiting",
        "received_to=2026-03-01",
        "closed_to=2026-02-20",
    ):
        assert numbers(shown(city, f"queue=all&{query}")) == [other.number], query
    everything = "&".join(query for query in filters if not query.startswith("category"))
    assert numbers(shown(city, f"queue=all&{everything}")) == [wanted.number]
    assert numbers(shown(city, f"queue=all&{everything}&channel=web")) == []


def test_a_chip_takes_its_own_filter_off_and_leaves_the_others(city, two):
    page = shown(city, "queue=all&state=acknowledged&channel=phone&sort=oldest")
    chips = page.split('class="chips"')[1].split("</ul>")[0]
    links = [address.replace("&amp;", "&") for address in re.findall(r'href="\?([^"]+)"', chips)]
    assert links[0] == "queue=all&sort=oldest&channel=phone"
    assert links[1] == "queue=all&sort=oldest&state=acknowledged"


@pytest.mark.parametrize(
    "query",
    ["state=x", "place=999", "unit=x", "unit=99999", "assignee=x", "category=x", "clock=x",
     "rung=99", "received_from=yesterday", "words=a", "place_name=没有这里"],
)  # fmt: skip
def test_what_cannot_be_understood_is_said_and_narrows_nothing(city, two, query):
    page = shown(city, f"queue=all&{query}")
    assert len(numbers(page)) == 2
    assert 'class="problem"' in page


def test_places_and_units_are_typed_by_name(city, two):
    browser = at_desk(city.county_duty)
    answer = browser.get("/desk", {"queue": "all", "place_name": "颐和社区"})
    assert answer.status_code == 302
    assert f"place={city.yihe.code}" in answer.url
    answer = browser.get("/desk", {"queue": "all", "unit_name": "颐和社区居委会"})
    assert f"unit={city.yihe_unit.pk}" in answer.url
    several = text_of(browser.get("/desk", {"queue": "all", "place_name": "社区"}))
    assert "您要找的是" in several
    assert f"place={city.next_door.code}" in several
    assert json.loads(browser.get("/desk/suggest?of=units&q=颐和").content)["names"] == [
        "颐和社区居委会"
    ]


# Orders and pages ---------------------------------------------------------------------------------


@pytest.fixture
def many(city) -> list[Case]:
    """A hundred and twenty cases; due, closed and deferred at times that repeat or are missing."""
    first = a_filed(city, at=NOON).case
    rows = []
    for number in range(119):
        row = Case.objects.get(pk=first.pk)
        row.pk, row.submission, row.fingerprint = None, f"s{number}", f"f{number}"
        rows.append(row)
    Case.objects.bulk_create(rows)
    for case in Case.objects.order_by("pk"):
        case.received_at = minutes(case.pk % 17)
        case.due_at = None if case.pk % 4 == 0 else minutes(case.pk % 7)
        case.closed_at = None if case.pk % 3 == 0 else minutes(case.pk % 5)
        case.deferred_until = None if case.pk % 5 else date(2026, 4, 1 + case.pk % 9)
        case.place_id = (city.yihe.code, city.next_door.code)[case.pk % 2]
        case.save()
    return list(Case.objects.all())


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_walks_through_all_cases_once_and_back_again(city, many, name):
    order, forth = ORDERS[name], []
    rows, here = Case.objects.all(), page(Case.objects.all(), order)
    pages = [here]
    while here.after:
        here = page(rows, order, after=here.after)
        pages.append(here)
    forth = [case.pk for each in pages for case in each.cases]
    assert sorted(forth) == sorted(case.pk for case in many)
    assert [len(each.cases) for each in pages] == [50, 50, 20]
    known = [getattr(case, order.field) for each in pages for case in each.cases]
    valued = [value for value in known if value is not None]
    assert known[: len(valued)] == sorted(valued, reverse=order.is_descending)
    back = pages[-1]
    for expected in reversed(pages[:-1]):
        back = page(rows, order, before=back.before)
        assert [case.pk for case in back.cases] == [case.pk for case in expected.cases]
    assert not back.before


def test_a_link_to_a_page_shows_the_same_after_new_cases_have_come(city, many):
    first = shown(city, "queue=all")
    following = link(first, "next")
    before = numbers(shown(city, following))
    newer = a_filed(city, at=minutes(60)).case
    assert numbers(shown(city, "queue=all"))[0] == newer.number
    assert numbers(shown(city, following)) == before
    assert len(before) == 50
    assert not set(before) & set(numbers(first))


@pytest.mark.parametrize(
    "key", ["", "x", "~", "~~", "5", "x~5", "2026-13-45~5", "~99999999999999999999", "1~-1"]
)
def test_a_made_up_key_leads_to_the_first_page(city, many, key):
    assert parse_key(key, ORDERS["newest"]) is None
    for side in ("after", "before"):
        assert len(numbers(shown(city, f"queue=all&{side}={key}"))) == 50


def test_columns_sort_one_way_and_the_other(city, two):
    page = shown(city, "queue=all&sort=due")
    assert 'aria-sort="ascending"' in page
    assert numbers(page) == [two[1].number, two[0].number]
    assert "sort=due_last" in page
    assert numbers(shown(city, "queue=all&sort=due_last")) == [two[0].number, two[1].number]


# Saved lists --------------------------------------------------------------------------------------


def kept(city, name: str = "dispatcher", **fields: str) -> SavedView:
    query = {"name": "路灯", "query": "queue=all&state=handling&after=9", **fields}
    answer = at_desk(getattr(city, name)).post("/desk/views/keep", query)
    assert answer.status_code == 302, text_of(answer)
    return SavedView.objects.latest("pk")


def test_a_list_is_saved_without_its_page_and_opened_again(city):
    view = kept(city)
    assert view.query == "queue=all&state=handling"
    page = text_of(at_desk(city.dispatcher).get("/desk?queue=mine"))
    assert "?queue=all&amp;state=handling" in page
    assert "路灯" not in text_of(at_desk(city.county_duty).get("/desk/views"))


def test_a_shared_list_is_seen_by_the_unit_and_changed_by_its_owner_and_lead(city):
    view = kept(city, "zhang", unit=str(city.yihe_unit.pk))
    address = f"/desk/views/{view.pk}"
    for name, seen, changes in (
        ("li", True, False), ("lead", True, True), ("neighbour", False, False),
        ("zhang", True, True),
    ):  # fmt: skip
        browser = at_desk(getattr(city, name))
        assert ("路灯" in text_of(browser.get("/desk/views"))) == seen
        answer = browser.post(address, {"do": "save", "name": "路灯", "unit": city.yihe_unit.pk})
        assert answer.status_code == (302 if changes else 404)
    assert at_desk(city.zhang).post(address, {"do": "remove"}).status_code == 302
    assert not SavedView.objects.exists()


def test_nobody_shares_with_a_unit_that_is_not_theirs(city):
    assert kept(city, "zhang", unit=str(city.centre.pk)).shared_with is None


def test_the_desk_opens_with_the_list_chosen_to_be_first(city):
    view = kept(city, is_first="1")
    browser = at_desk(city.dispatcher)
    assert browser.get("/desk").url == "/desk?queue=all&state=handling"
    assert at_desk(city.county_duty).get("/desk").status_code == 200
    browser.post(f"/desk/views/{view.pk}", {"do": "not_first"})
    assert browser.get("/desk").status_code == 200


def test_names_are_needed_and_each_ones_own_and_what_was_typed_stays(city):
    kept(city)
    browser = at_desk(city.dispatcher)
    for name, said in (("", "起个名字"), ("路灯", "已经有一个列表叫"), ("长" * 31, "最多 30 个字")):
        answer = browser.post("/desk/views/keep", {"name": name, "query": "queue=all"})
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert 'value="queue=all"' in text_of(answer)
    kept(city, "zhang")
    assert browser.post("/desk/views/99999", {"do": "remove"}).status_code == 404


# Live ---------------------------------------------------------------------------------------------


def test_the_poll_says_nothing_anew_until_something_changes(city):
    case = a_filed(city, at=NOON).case
    browser = at_desk(city.zhang)
    with time_machine.travel(minutes(1), tick=False):
        first = browser.get("/desk/live?queue=mine")
        tag = first["ETag"]
        again = browser.get("/desk/live?queue=mine", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        found = json.loads(first.content)
        assert found["counts"]["mine"] == 1
        assert found["rows"] == [[case.pk, 1]]
        advance(case, "acknowledge", by=staff(city.zhang), at=minutes(1))
        changed = browser.get("/desk/live?queue=mine", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert json.loads(changed.content)["rows"] == [[case.pk, 2]]
    assert json.loads(changed.content)["counts"]["acknowledge"] == 0


def test_the_poll_tells_only_what_the_list_would(city):
    a_filed(city, at=NOON, is_sealed=True, accused_level="village")
    found = json.loads(at_desk(city.dispatcher).get("/desk/live?queue=all").content)
    assert found["rows"] == []
    assert set(found["counts"].values()) == {0}
    assert json.loads(at_desk(city.auditor).get("/desk/live").content) == {
        "counts": {}, "rungs": {}, "rows": [],
    }  # fmt: skip


def test_statements_are_planned_for_their_values_and_then_as_before(city):
    a_filed(city)
    at_desk(city.county_duty).get("/desk?queue=all")
    if connection.vendor == "postgresql":
        assert connection.connection.prepare_threshold == 5
