"""The desk: whose cases, in which list, in which order."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from builders import NAME, PHONE, WORDS, a_filed, a_post, staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.people.models import Role, Unit
from mashang.workbench.queries import A_PAGE
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


def counts(page: str) -> dict[str, str]:
    return dict(re.findall(r'\?tab=(\w+)"[^>]*>[^<]*<span class="tab-count">(\d+)', page))


@pytest.fixture
def case(city):
    return a_filed(city, at=NOON).case


def test_a_row_says_number_place_state_limit_age_and_whose_it_is(city, case):
    shown = desk(city.zhang, at=minutes(12))
    assert numbers(shown) == [case.number]
    row = shown.split("<tbody>")[1]
    for said in ("颐和社区3号楼", "待签收", "12:30", "12 分钟", "颐和社区居委会", "张桂兰"):
        assert said in row
    assert "已超时" not in row


def test_a_list_shows_nobodys_words_name_or_phone(city, case):
    shown = desk(city.county_duty, "?tab=all")
    assert numbers(shown) == [case.number]
    for secret in (WORDS, NAME, PHONE):
        assert secret not in shown


def test_what_is_overdue_says_so_in_words(city, case):
    row = desk(city.zhang, at=minutes(31)).split("<tbody>")[1]
    assert "! 已超时" in row
    assert counts(desk(city.zhang, at=minutes(31)))["overdue"] == "1"
    assert numbers(desk(city.zhang, "?tab=overdue", at=minutes(31))) == [case.number]
    assert numbers(desk(city.zhang, "?tab=overdue", at=minutes(29))) == []


def test_the_one_due_soonest_comes_first_and_closed_ones_last(city):
    closed = a_filed(city, at=NOON).case
    advance(closed, "contact_reached", by=staff(city.zhang), at=minutes(1))
    advance(closed, "answer", by=staff(city.zhang), at=minutes(2), words="好了", answer="好了。")
    called = a_filed(city, at=NOON).case
    advance(called, "contact_reached", by=staff(city.zhang), at=minutes(1))
    first = a_filed(city, at=NOON).case
    second = a_filed(city, at=minutes(5)).case
    expected = [case.number for case in (first, second, called, closed)]
    assert numbers(desk(city.zhang, at=minutes(6))) == expected


def test_mine_and_my_units(city, case):
    assert numbers(desk(city.zhang)) == [case.number]
    assert numbers(desk(city.li)) == []
    assert "这里现在没有事项" in desk(city.li)
    assert numbers(desk(city.li, "?tab=unit")) == [case.number]
    assert numbers(desk(city.li, "?tab=all")) == [case.number]


@pytest.mark.parametrize("name", ["neighbour", "far_cadre", "far_inspector"])
def test_nobody_sees_the_cases_of_others_in_any_list(city, case, name):
    for tab in ("mine", "unit", "overdue", "triage", "asks", "all", "nonsense"):
        assert numbers(desk(getattr(city, name), f"?tab={tab}", at=minutes(40))) == []
    assert set(counts(desk(getattr(city, name))).values()) <= {"0"}


def test_cases_without_a_unit_wait_in_the_dispatchers_list(city):
    Unit.objects.exclude(pk=city.inspection.pk).update(is_active=False)
    waiting = a_filed(city, at=NOON, code=None).case
    assert waiting.unit is None
    assert numbers(desk(city.dispatcher, "?tab=triage")) == [waiting.number]
    assert "?tab=triage" not in desk(city.zhang)


def test_what_waits_for_a_decision_is_listed_for_whoever_decides(city, case):
    zhang = staff(city.zhang)
    assert numbers(desk(city.dispatcher, "?tab=asks")) == []
    advance(case, "contact_reached", by=zhang, at=minutes(1))
    advance(case, "ask_extension", by=zhang, at=minutes(2), words="备料", days=2)
    assert numbers(desk(city.dispatcher, "?tab=asks")) == [case.number]
    assert numbers(desk(city.commissioner, "?tab=asks")) == []
    assert "?tab=asks" not in desk(city.zhang)
    advance(case, "ask_help", by=zhang, at=minutes(3), words="吊车")
    assert numbers(desk(city.commissioner, "?tab=asks")) == [case.number]
    advance(case, "give_help", by=staff(city.dispatcher), at=minutes(4), words="好")
    advance(case, "grant_extension", by=staff(city.dispatcher), at=minutes(5))
    assert numbers(desk(city.dispatcher, "?tab=asks")) == []


def test_a_leader_begins_with_all_cases_of_the_place(city, case):
    other = a_filed(city, at=minutes(1), place=city.next_door, code=None).case
    assert set(numbers(desk(city.commissioner))) == {case.number, other.number}


def test_fifty_are_on_a_page(city):
    for _number in range(A_PAGE + 1):
        a_filed(city, at=NOON)
    first, second = desk(city.zhang), desk(city.zhang, "?page=2")
    assert len(numbers(first)) == A_PAGE
    assert len(numbers(second)) == 1
    assert "第 1 页，共 2 页" in first
    assert not set(numbers(first)) & set(numbers(second))
    for odd in ("0", "-1", "x", "999"):
        assert numbers(desk(city.zhang, f"?page={odd}"))


def test_a_list_asks_the_database_the_same_number_of_times_for_one_row_and_for_three(city, case):
    browser = at_desk(city.dispatcher)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get("/desk?tab=all").status_code == 200
        return len(counted)

    one = queries()
    a_filed(city, at=NOON, place=city.next_door, code=None)
    a_filed(city, at=NOON, is_confidential=True)
    assert queries() == one
    assert one <= 10  # four of them about hours that nobody covers


# By number ---------------------------------------------------------------------------------------


SPELLINGS = {
    "plain": lambda number: number,
    "with blanks": lambda number: f" {number[:3]} {number[3:]} ",
    "with dashes": lambda number: f"{number[:3]}-{number[3:]}",
    "full-width": lambda number: "".join(chr(ord(digit) + 0xFEE0) for digit in number),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_leads_to_its_case_however_it_is_typed(city, case, spelling):
    answer = at_desk(city.zhang).get("/desk", {"number": SPELLINGS[spelling](case.number)})
    assert answer.status_code == 302
    assert answer.url == f"/desk/cases/{case.number}"


def test_a_number_that_is_not_there_and_one_that_is_not_theirs_read_alike(city, case):
    browser = at_desk(city.neighbour)
    theirs, nobodys = case.number, "269999990"
    pages = [text_of(browser.get("/desk", {"number": n})) for n in (theirs, nobodys)]
    bodies = [page.split("<main")[1].split("</main>")[0] for page in pages]
    assert bodies[0].replace(theirs, "") == bodies[1].replace(nobodys, "")
    assert f"没有找到编号 {theirs}" in bodies[0]


def test_nonsense_typed_as_a_number_is_shown_and_not_run(city):
    shown = text_of(at_desk(city.zhang).get("/desk", {"number": "<script>'; DROP TABLE"}))
    assert "<script>'" not in shown
    assert "没有找到" in shown


# Who has no cases --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["operator", "security", "auditor"])
def test_those_who_run_or_check_the_system_see_no_cases(city, case, name):
    shown = desk(getattr(city, name), "?tab=all")
    assert "不办理诉求" in shown
    assert numbers(shown) == []
    assert "?tab=" not in shown
    found = at_desk(getattr(city, name)).get("/desk", {"number": case.number})
    assert found.status_code == 200


def test_only_the_system_operator_is_shown_the_way_to_the_administration(city):
    assert "/admin/" in desk(city.operator)
    assert "/admin/" not in desk(city.auditor)
    assert "/admin/" not in desk(city.zhang)


def test_somebody_with_two_offices_works_in_both(city, case):
    a_post(city.operator, city.yihe_unit, Role.HANDLER)
    assert numbers(desk(city.operator, "?tab=unit")) == [case.number]


def test_whoever_is_not_signed_in_is_asked_to(city, case):
    answer = Client().get("/desk?tab=all")
    assert answer.status_code == 302
    assert answer.url.startswith("/staff/sign-in?next=/desk")


def test_the_desk_takes_no_post(city):
    assert at_desk(city.zhang).post("/desk").status_code == 405
    assert Case.objects.count() == 0
