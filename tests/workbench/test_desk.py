"""The desk: whose cases, in which queue, in which order, and what a row says."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from builders import NAME, PHONE, WORDS, a_filed, a_post, requester_of, staff
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Category
from mashang.core.cached import forget_all
from mashang.people.models import Role, Unit
from mashang.workbench.queues import QUEUES
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def desk(account, query: str = "", *, at: datetime = NOON) -> str:
    with time_machine.travel(at, tick=False):
        answer = at_desk(account).get(f"/desk{query}")
    assert answer.status_code == 200
    return text_of(answer)


def numbers(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/desk/cases/(\d+)"', page)


def counts(page: str) -> dict[str, int]:
    found = re.findall(r'data-queue="(\w+)"[^>]*>(.*?)</a>', page, re.S)
    badges = {name: re.search(r"queue-count[^>]*>(\d+)", inside) for name, inside in found}
    return {name: int(badge.group(1)) for name, badge in badges.items() if badge}


def has(page: str) -> set[str]:
    return set(re.findall(r'data-queue="(\w+)"', page))


def handled(case: Case, city) -> Case:
    advance(case, "contact_reached", by=staff(city.zhang), at=minutes(1))
    return case


@pytest.fixture
def case(city):
    return a_filed(city, at=NOON).case


# A row --------------------------------------------------------------------------------------------


def test_a_row_says_number_place_words_state_limit_and_whose_it_is(city, case):
    shown = desk(city.zhang, at=minutes(12))
    assert numbers(shown) == [case.number]
    row = shown.split("<tbody>")[1]
    said = (
        "颐和社区3号楼",
        "下水井盖坏了",
        "待签收",
        "12:30",
        "还剩 18 分钟",
        "颐和社区居委会",
        "张桂兰",
    )
    for words in said:
        assert words in row
    assert "超时" not in row


def test_a_list_shows_nobodys_name_or_phone(city):
    case = a_filed(city, at=NOON, text=f"{WORDS}我的电话是{PHONE}").case
    shown = desk(city.county_duty, "?queue=all")
    assert numbers(shown) == [case.number]
    assert "139****" in shown
    for secret in (NAME, PHONE):
        assert secret not in shown


@pytest.mark.parametrize("secrecy", [{"is_confidential": True}, {"is_sealed": True}])
def test_words_of_confidential_and_sealed_cases_stay_off_the_list(city, secrecy):
    case = a_filed(city, at=NOON, **secrecy).case
    shown = desk(city.inspector, "?queue=all")
    assert numbers(shown) == [case.number]
    assert WORDS[:6] not in shown
    assert "内容只在事项页里看" in shown


def test_what_is_overdue_says_so_in_words(city, case):
    row = desk(city.zhang, at=minutes(31)).split("<tbody>")[1]
    assert "! 超时 1 分钟" in row
    assert counts(desk(city.zhang, at=minutes(31)))["overdue"] == 1
    assert numbers(desk(city.zhang, "?queue=overdue", at=minutes(31))) == [case.number]
    assert numbers(desk(city.zhang, "?queue=overdue", at=minutes(29))) == []


def test_what_is_overdue_is_told_apart_by_the_rung_that_was_told(city, case):
    other = a_filed(city, at=minutes(60), place=city.next_door, code=None).case
    for minute in (20, 31, 80, 91):
        look_at_due(at=minutes(minute))
    shown = desk(city.dispatcher, "?queue=overdue", at=minutes(92))
    assert set(numbers(shown)) == {case.number, other.number}
    rungs = {
        number: fresh.rung for number, fresh in ((c.number, fresh_of(c)) for c in (case, other))
    }
    assert rungs[case.number] > rungs[other.number] == 2
    chosen = desk(city.dispatcher, f"?queue=overdue&rung={rungs[case.number]}", at=minutes(92))
    assert numbers(chosen) == [case.number]
    assert f"报到第 {rungs[case.number]} 级" in chosen


def fresh_of(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# Queues -------------------------------------------------------------------------------------------


def test_the_one_due_soonest_comes_first_and_closed_ones_have_left(city):
    closed = handled(a_filed(city, at=NOON).case, city)
    advance(closed, "answer", by=staff(city.zhang), at=minutes(2), words="好了", answer="好了。")
    called = handled(a_filed(city, at=NOON).case, city)
    first = a_filed(city, at=NOON).case
    second = a_filed(city, at=minutes(5)).case
    expected = [case.number for case in (first, second, called)]
    assert numbers(desk(city.zhang, at=minutes(6))) == expected
    assert numbers(desk(city.zhang, "?queue=all", at=minutes(6)))[0] == second.number
    assert closed.number in numbers(desk(city.zhang, "?queue=all", at=minutes(6)))


def test_mine_and_my_places(city, case):
    assert numbers(desk(city.zhang)) == [case.number]
    assert "这里现在没有事项" in desk(city.li)
    assert numbers(desk(city.li, "?queue=places")) == [case.number]
    assert numbers(desk(city.li, "?queue=all")) == [case.number]


@pytest.mark.parametrize("name", ["neighbour", "far_cadre", "far_inspector"])
def test_nobody_sees_the_cases_of_others_in_any_queue(city, case, name):
    account = getattr(city, name)
    for queue in (*QUEUES, "nonsense"):
        assert numbers(desk(account, f"?queue={queue}", at=minutes(40))) == []
    assert set(counts(desk(account)).values()) == {0}


def test_cases_without_a_unit_wait_in_the_dispatchers_queue(city):
    Unit.objects.exclude(pk=city.inspection.pk).update(is_active=False)
    waiting = a_filed(city, at=NOON, code=None).case
    assert waiting.unit is None
    assert numbers(desk(city.dispatcher, "?queue=triage")) == [waiting.number]
    assert counts(desk(city.dispatcher))["triage"] == 1
    assert "triage" not in has(desk(city.zhang))
    assert numbers(desk(city.zhang, "?queue=triage")) == []


def test_each_stage_of_the_work_has_its_queue(city, case):
    def where() -> set[str]:
        page = desk(city.dispatcher, at=minutes(9))
        return {name for name, number in counts(page).items() if number}

    zhang, dispatcher = staff(city.zhang), staff(city.dispatcher)
    assert where() == {"acknowledge", "contact", "places"}
    advance(case, "acknowledge", by=zhang, at=minutes(1))
    assert where() == {"contact", "places"}
    advance(case, "contact_reached", by=zhang, at=minutes(2))
    assert where() == {"places"}
    advance(case, "ask_extension", by=zhang, at=minutes(3), words="备料", days=2)
    assert where() == {"extension", "places"}
    advance(case, "grant_extension", by=dispatcher, at=minutes(4))
    advance(case, "ask_help", by=zhang, at=minutes(4), words="吊车")
    assert where() == {"help", "places"}
    advance(case, "give_help", by=dispatcher, at=minutes(5), words="好")
    advance(case, "ask_return", by=zhang, at=minutes(5), words="归水务")
    assert where() == {"returned", "places"}
    advance(case, "refuse_return", by=dispatcher, at=minutes(6), words="仍由你办")
    until = (NOON + timedelta(days=20)).date()
    advance(case, "defer", by=dispatcher, at=minutes(7), words="等供暖结束", until=until)
    assert where() == {"deferred", "places"}
    assert "挂账到 3月24日" in desk(city.dispatcher, "?queue=deferred", at=minutes(9))


def test_what_the_resident_disputes_is_shown_for_a_month(city, case):
    filed = a_filed(city, at=NOON)
    handled(filed.case, city)
    advance(filed.case, "answer", by=staff(city.zhang), at=minutes(2), words="好", answer="好了。")
    assert counts(desk(city.dispatcher, at=minutes(3)))["disputed"] == 0
    advance(filed.case, "dispute", by=requester_of(filed), at=minutes(4), score="dissatisfied")
    later = minutes(5) + timedelta(days=29)
    assert numbers(desk(city.dispatcher, "?queue=disputed", at=later)) == [filed.case.number]
    assert counts(desk(city.dispatcher, at=later))["disputed"] == 1
    assert counts(desk(city.dispatcher, at=later + timedelta(days=2)))["disputed"] == 0
    assert "disputed" not in has(desk(city.zhang))


def test_sealed_cases_have_a_queue_for_inspection_alone(city, case):
    sealed = a_filed(city, at=NOON, is_sealed=True, accused_level="village").case
    shown = desk(city.inspector, "?queue=sealed")
    assert numbers(shown) == [sealed.number]
    assert counts(shown)["sealed"] == 1
    for account in (city.dispatcher, city.county_duty, city.county_head, city.zhang):
        page = desk(account, "?queue=all")
        assert sealed.number not in page
        assert "sealed" not in has(page)


def test_every_queue_counts_what_it_lists(city, case):
    handled(a_filed(city, at=NOON).case, city)
    a_filed(city, at=NOON, is_confidential=True)
    a_filed(city, at=NOON, is_sealed=True)
    for account in (city.dispatcher, city.zhang, city.inspector, city.city_inspector):
        for name, number in counts(desk(account, at=minutes(45))).items():
            listed = numbers(desk(account, f"?queue={name}", at=minutes(45)))
            assert len(listed) == number, name


def test_a_leader_begins_with_all_open_cases_of_the_place(city, case):
    other = a_filed(city, at=minutes(1), place=city.next_door, code=None).case
    assert set(numbers(desk(city.commissioner))) == {case.number, other.number}


def test_categories_and_supervision_stand_in_the_row(city, case):
    category = Category.objects.create(code="road", name="道路设施")
    Case.objects.filter(pk=case.pk).update(category=category, supervision="listed")
    row = desk(city.zhang).split("<tbody>")[1]
    assert "道路设施" in row
    assert "挂牌督办" in row


# How often the database is asked ------------------------------------------------------------------


def test_a_list_asks_the_database_the_same_number_of_times_for_one_row_and_for_three(city, case):
    browser = at_desk(city.dispatcher)

    def queries(address: str) -> int:
        forget_all()
        browser.get(address)  # now what is kept for seconds is loaded
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(address).status_code == 200
        return len(counted)

    addresses = ("/desk?queue=all", "/desk?queue=places", "/desk?queue=mine", "/desk?queue=overdue")
    one = [queries(address) for address in addresses]
    a_filed(city, at=NOON, place=city.next_door, code=None)
    a_filed(city, at=NOON, is_confidential=True)
    assert [queries(address) for address in addresses] == one
    opening = one.pop(1)  # where the desk opens, hours that nobody covers are looked for too
    assert max(one) <= 8
    assert opening <= 12


# Who has no cases --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["operator", "security", "auditor"])
def test_those_who_run_or_check_the_system_see_no_cases(city, case, name):
    shown = desk(getattr(city, name), "?queue=all")
    assert "不办理诉求" in shown
    assert numbers(shown) == []
    assert has(shown) == set()


def test_only_the_system_operator_is_shown_the_way_to_the_administration(city):
    assert "/admin/" in desk(city.operator)
    assert "/admin/" not in desk(city.auditor)
    assert "/admin/" not in desk(city.zhang)


def test_somebody_with_two_offices_works_in_both(city, case):
    a_post(city.operator, city.yihe_unit, Role.HANDLER)
    assert numbers(desk(city.operator, "?queue=places")) == [case.number]


def test_whoever_is_not_signed_in_is_asked_to(city, case):
    answer = Client().get("/desk?queue=all")
    assert answer.status_code == 302
    assert answer.url.startswith("/staff/sign-in?next=/desk")


def test_the_desk_takes_no_post(city):
    assert at_desk(city.zhang).post("/desk").status_code == 405
    assert Case.objects.count() == 0
