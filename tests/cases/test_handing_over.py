"""Open cases never lose their owner: posts that end, accounts and units that are closed."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import a_filed, a_post, someone, staff
from mashang.cases.actions.handing_over import adopt_orphans, hand_over, hand_over_case, move_unit
from mashang.cases.actions.moving import advance
from mashang.cases.handing_over import handable_by, holdings, may_hand_over
from mashang.cases.models import Case, Clock, OrderLink
from mashang.cases.proving import Fault, verify
from mashang.messaging.models import Message
from mashang.messaging.registry import checks_of
from mashang.people.actors import SYSTEM
from mashang.people.models import Account, Post, Role, Shift, Unit
from visits import at_desk, fresh, last, link_of, text_of

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 4)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture
def case(city):
    """Zhang's, acknowledged."""
    found = a_filed(city).case
    advance(found, "acknowledge", by=staff(city.zhang))
    return fresh(found)


@pytest.fixture
def sealed(city):
    return a_filed(city, is_sealed=True, accused_level="village").case


def told(account: Account, template: str) -> list[Message]:
    rows = Message.objects.filter(template=template).order_by("id")
    return [message for message in rows if message.phone == account.phone]


def is_sound() -> bool:
    return not [found for found in verify() if isinstance(found, Fault)]


def leaves(account: Account, on: date = TODAY - timedelta(days=1)) -> None:
    Post.objects.filter(account=account).update(ends_on=on)


# A person's cases --------------------------------------------------------------------------------


def test_cases_go_to_whoever_is_on_duty_with_a_fresh_link_and_the_old_one_dies(city, case):
    old = link_of(case, city.zhang)
    done = hand_over(city.zhang, city.yihe_unit, by=staff(city.dispatcher))
    assert [(r.case, r.to) for r in done.done] == [(case, city.li)]
    assert fresh(case).assignee == city.li
    entry = last(case)
    assert (entry.move, entry.account, entry.data["reason"]) == (
        "reassign", city.dispatcher, "hand_over",
    )  # fmt: skip
    old.refresh_from_db()
    assert old.revoked_at == NOON
    (message,) = told(city.li, "handed_over")
    assert link_of(case, city.li).token in message.params["link"]
    assert is_sound()


def test_cases_go_to_a_named_successor_and_single_ones_to_others(city):
    first, second = a_filed(city).case, a_filed(city).case
    done = hand_over(
        city.zhang, city.yihe_unit, by=staff(city.lead), to=city.li, chosen={second.pk: city.lead}
    )
    assert {r.case.pk: r.to for r in done.done} == {first.pk: city.li, second.pk: city.lead}
    assert set(done.by_person) == {(city.lead, 1), (city.li, 1)}


def test_a_dry_run_says_the_same_and_writes_nothing(city, case):
    before = fresh(case).version
    shown = hand_over(city.zhang, city.yihe_unit, by=staff(city.lead), dry_run=True)
    assert [(r.case, r.to) for r in shown.done] == [(case, city.li)]
    assert fresh(case).version == before
    assert fresh(case).assignee == city.zhang


def test_what_is_not_begun_is_told_at_any_hour_and_what_is_waits_for_the_morning(city, noon):
    begun, new = a_filed(city).case, a_filed(city).case
    advance(begun, "contact_reached", by=staff(city.zhang))
    night = NOON + timedelta(hours=11)  # 23:00
    noon.move_to(night)
    hand_over(city.zhang, city.yihe_unit, by=SYSTEM)
    (urgent,) = [m for m in told(city.li, "duty_new") if m.subject == new.subject]
    assert urgent.next_attempt_at == night
    (quiet,) = told(city.li, "handed_over")
    assert quiet.next_attempt_at == NOON + timedelta(hours=19)  # 07:00


@pytest.mark.parametrize("name", ["neighbour", "dispatcher", "far_cadre"])
def test_nobody_from_outside_the_unit_can_be_chosen(city, case, name):
    done = hand_over(city.zhang, city.yihe_unit, by=staff(city.dispatcher), to=getattr(city, name))
    assert "不在这个单位任职" in done.refused[0].refusal
    assert fresh(case).assignee == city.zhang


def test_a_sealed_case_never_goes_to_somebody_of_the_accused_unit(city, sealed):
    leader = staff(city.inspection_lead)
    cousin = someone("cousin", "两边干", city.inspection, Role.HANDLER, on_duty=2)
    a_post(cousin, city.yihe_unit, Role.HANDLER)
    done = hand_over(city.inspector, city.inspection, by=leader, to=cousin)
    assert "可能被反映" in done.refused[0].refusal
    done = hand_over(city.inspector, city.inspection, by=leader)
    assert done.done[0].to == city.inspection_lead, "whoever serves there is passed over"
    assert not told(cousin, "sealed_new")


def test_only_dispatchers_of_the_place_and_the_units_lead_hand_over(city, case, sealed):
    everybody = [a for a in vars(city).values() if isinstance(a, Account)]
    for account in everybody:
        actor = staff(account)
        by_function = {c for c in Case.objects.all() if may_hand_over(actor, c)}
        assert by_function == set(handable_by(actor)), account
        result = hand_over_case(
            case.pk, by=actor, leaving=city.zhang, to=city.li, at=NOON, dry_run=True
        )
        assert (result is not None) == (case in by_function)
    may = {a.username for a in everybody if case in handable_by(staff(a))}
    assert may == {"lead", "dispatcher", "county-duty"}
    assert {a.username for a in everybody if sealed in handable_by(staff(a))} == {"inspection-lead"}


def test_the_members_of_a_merged_case_go_with_their_lead(city, case):
    member = a_filed(city).case
    advance(member, "merge", by=staff(city.zhang), lead=case, words="同一件事")
    done = hand_over(city.zhang, city.yihe_unit, by=staff(city.lead))
    assert [r.case for r in done.results] == [case]
    assert fresh(member).assignee == fresh(case).assignee == city.li
    assert fresh(member).state == "merged"
    assert len(told(city.li, "handed_over")) == 1
    Account.objects.filter(pk=city.li.pk).update(is_active=False)
    assert adopt_orphans() == 1
    assert fresh(member).assignee == fresh(case).assignee == city.zhang
    assert not OrderLink.objects.filter(account=city.li, revoked_at=None).exists()
    assert is_sound()


def test_a_second_time_finds_nothing_to_do(city, case):
    lead = staff(city.lead)
    hand_over(city.zhang, city.yihe_unit, by=lead, to=city.li)
    version = fresh(case).version
    again = hand_over_case(case.pk, by=lead, leaving=city.zhang, to=city.li)
    assert again.is_done_before
    assert city.li.name in again.refusal
    assert fresh(case).version == version
    assert not hand_over(city.zhang, city.yihe_unit, by=lead).results


def test_a_message_to_somebody_who_has_it_no_longer_is_not_sent(city, case):
    hand_over(city.zhang, city.yihe_unit, by=SYSTEM, to=city.li)
    hand_over(city.li, city.yihe_unit, by=SYSTEM, to=city.lead)
    messages = list(Message.objects.filter(template="handed_over"))
    stale = {pk for check, asked in checks_of(messages) for pk in check(asked)}
    assert stale == {message.pk for message in told(city.li, "handed_over")}


# What nobody has ---------------------------------------------------------------------------------


def test_the_day_after_a_post_ended_its_cases_go_to_whoever_is_on_duty(city, case, noon):
    leaves(city.zhang, TODAY)
    assert adopt_orphans() == 0, "the last day counts"
    noon.shift(timedelta(days=1))
    assert adopt_orphans() == 1
    assert fresh(case).assignee == city.li
    assert last(case).actor == {"kind": "system"}
    assert adopt_orphans() == 0
    assert is_sound()


def test_a_blocked_account_keeps_no_case(city, case):
    Account.objects.filter(pk=city.zhang.pk).update(is_active=False)
    assert adopt_orphans() == 1
    assert fresh(case).assignee == city.li


def test_whoever_moved_up_does_not_keep_the_cases_of_the_unit_they_left(city, case):
    leaves(city.zhang)
    Post.objects.filter(account=city.zhang).update(ends_on=TODAY)
    a_post(city.zhang, city.township_unit, Role.HANDLER)
    assert adopt_orphans() == 0
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert adopt_orphans() == 1
    assert fresh(case).assignee == city.li


def test_whoever_is_called_from_above_or_stands_in_keeps_the_case(city):
    Shift.objects.filter(unit=city.yihe_unit).delete()
    Post.objects.filter(account=city.lead).update(is_lead=False)
    case = a_filed(city).case
    assert case.assignee == city.dispatcher
    assert adopt_orphans() == 0


def test_nobody_anywhere_puts_it_into_the_dispatchers_list_until_somebody_is_there(city, case):
    shifts = list(Shift.objects.all())
    Shift.objects.all().delete()
    Post.objects.update(is_lead=False)
    Account.objects.filter(pk=city.zhang.pk).update(is_active=False)
    assert adopt_orphans() == 1
    assert fresh(case).assignee is None
    assert adopt_orphans() == 0
    page = text_of(at_desk(city.dispatcher).get("/desk?queue=triage"))
    assert case.number in page
    assert "没有经办人" in page
    Shift.objects.bulk_create(shifts)
    assert adopt_orphans() == 1
    assert fresh(case).assignee == city.li
    assert case.number not in text_of(at_desk(city.dispatcher).get("/desk?queue=triage"))


def test_where_nobody_else_is_on_duty_a_case_stays_with_whoever_can_still_work_on_it(city, case):
    Shift.objects.all().delete()
    Post.objects.update(is_lead=False)
    done = hand_over(city.zhang, city.yihe_unit, by=staff(city.dispatcher))
    assert "先留在原经办人手里" in done.refused[0].refusal
    assert fresh(case).assignee == city.zhang


def test_closed_and_answered_cases_stay_as_they_are(city, case):
    advance(case, "contact_reached", by=staff(city.zhang))
    advance(case, "answer", by=staff(city.zhang), words="好了", answer="好了。")
    leaves(city.zhang)
    assert adopt_orphans() == 0
    assert fresh(case).assignee == city.zhang


# Closed units ------------------------------------------------------------------------------------


def close(unit: Unit) -> None:
    Unit.objects.filter(pk=unit.pk).update(is_active=False)


def test_a_closed_units_cases_move_whole_to_the_unit_that_takes_its_place(city, case):
    close(city.yihe_unit)
    clocks = list(Clock.objects.filter(case=case).values_list("name", "due_at", "stopped_at"))
    dispatcher = staff(city.dispatcher)
    shown = move_unit(city.yihe_unit, city.next_door_unit, by=dispatcher, dry_run=True)
    assert [r.to for r in shown.done] == [city.neighbour]
    assert fresh(case).unit == city.yihe_unit
    move_unit(city.yihe_unit, city.next_door_unit, by=dispatcher)
    moved = fresh(case)
    assert (moved.unit, moved.assignee, moved.state) == (
        city.next_door_unit, city.neighbour, case.state,
    )  # fmt: skip
    assert clocks == list(
        Clock.objects.filter(case=case).values_list("name", "due_at", "stopped_at")
    )
    assert told(city.neighbour, "handed_over")
    assert OrderLink.objects.get(case=case, account=city.zhang).revoked_at
    assert not move_unit(city.yihe_unit, city.next_door_unit, by=dispatcher).results
    assert is_sound()


def test_a_waiting_case_moves_too(city, case):
    advance(case, "ask_resident", by=staff(city.zhang), words="哪一栋？")
    close(city.yihe_unit)
    move_unit(city.yihe_unit, city.next_door_unit, by=staff(city.dispatcher))
    assert fresh(case).unit == city.next_door_unit
    assert fresh(case).state == "waiting"


def test_cases_of_a_closed_unit_go_to_the_unit_above_until_somebody_moves_them(city, case):
    close(city.yihe_unit)
    assert adopt_orphans() == 1
    assert fresh(case).assignee == city.dispatcher
    assert adopt_orphans() == 0


@pytest.mark.parametrize("name", ["far_unit", "inspection", "yihe_unit"])
def test_a_unit_out_of_reach_is_refused(city, case, name):
    done = move_unit(city.yihe_unit, getattr(city, name), by=staff(city.dispatcher))
    assert "不在您的派单范围里" in done.refused[0].refusal
    assert fresh(case).unit == city.yihe_unit


def test_a_confidential_case_is_called_about_before_it_leaves_the_centre(city):
    kept = a_filed(city, is_confidential=True).case
    assert kept.unit == city.centre
    done = move_unit(city.centre, city.township_unit, by=staff(city.county_duty))
    assert "请先给诉求人回电" in done.refused[0].refusal


# The pages ---------------------------------------------------------------------------------------


def person_page(city) -> str:
    return f"/desk/hand-over/people/yihe/{city.zhang.pk}"


def test_who_leaves_comes_first_with_why(city, case):
    a_filed(city, place=city.next_door, code=None)
    leaves(city.zhang, TODAY + timedelta(days=5))
    rows = holdings(staff(city.dispatcher))
    assert [(r.account, r.count, r.why) for r in rows] == [
        (city.zhang, 1, "2026-03-09 离任"),
        (city.neighbour, 1, ""),
    ]
    page = text_of(at_desk(city.dispatcher).get("/desk/hand-over"))
    assert page.index("张桂兰") < page.index("邻居红")
    assert "2026-03-09 离任" in page


def test_the_page_shows_first_and_does_second(city, case):
    browser = at_desk(city.lead)
    page = text_of(browser.get(person_page(city)))
    assert case.number in page
    assert "李建国" in page
    sent = {"to": city.li.pk, "case": case.pk}
    shown = text_of(browser.post(person_page(city), {"step": "look", **sent}))
    assert "将交接 1 件" in shown
    assert fresh(case).assignee == city.zhang
    done = text_of(browser.post(person_page(city), {"step": "do", **sent}))
    assert "已交接 1 件" in done
    assert fresh(case).assignee == city.li
    again = text_of(browser.post(person_page(city), {"step": "do", **sent}))
    assert "已交接 0 件" in again
    assert "已交给李建国" in again


def test_a_case_that_nobody_has_is_given_to_somebody(city, case):
    Case.objects.filter(pk=case.pk).update(assignee=None)
    browser = at_desk(city.dispatcher)
    assert "没有经办人" in text_of(browser.get("/desk/hand-over"))
    page = "/desk/hand-over/people/yihe/0"
    assert case.number in text_of(browser.get(page))
    browser.post(page, {"step": "do", "to": city.lead.pk, "case": case.pk})
    assert fresh(case).assignee == city.lead


def test_the_page_of_a_closed_unit(city, case):
    close(city.yihe_unit)
    browser = at_desk(city.dispatcher)
    assert "停用的单位还有没办完的事项" in text_of(browser.get("/desk/hand-over"))
    page = "/desk/hand-over/units/yihe"
    assert browser.post(page, {"step": "look"}).status_code == 422
    assert "隔壁社区居委会" in text_of(browser.get(page))
    shown = text_of(browser.post(page, {"step": "look", "to": "next-door"}))
    assert "将交接 1 件" in shown
    browser.post(page, {"step": "do", "to": "next-door"})
    assert fresh(case).unit == city.next_door_unit


@pytest.mark.parametrize("name", ["zhang", "neighbour", "commissioner", "operator", "auditor"])
def test_there_is_nothing_here_for_others(city, case, name):
    browser = at_desk(getattr(city, name))
    for page in ("/desk/hand-over", person_page(city), "/desk/hand-over/units/yihe"):
        assert browser.get(page).status_code == 404
    assert browser.post(person_page(city), {"step": "do", "case": case.pk}).status_code == 404
    assert fresh(case).assignee == city.zhang


def test_the_lead_next_door_sees_nothing_of_this_unit(city, case):
    other = someone("other-lead", "隔壁头", city.next_door_unit, Role.HANDLER, is_lead=True)
    browser = at_desk(other)
    assert case.number not in text_of(browser.get("/desk/hand-over"))
    assert "张桂兰" not in text_of(browser.get("/desk/hand-over"))
    assert browser.get(person_page(city)).status_code == 404
    sent = {"step": "do", "case": case.pk, "to": city.li.pk}
    assert case.number not in text_of(browser.post(person_page(city), sent))
    assert fresh(case).assignee == city.zhang


@pytest.mark.parametrize("page", ["/desk/hand-over", "person"])
def test_as_many_queries_for_three_as_for_one(city, case, page):
    browser = at_desk(city.dispatcher)
    address = person_page(city) if page == "person" else page
    browser.get(address)  # what a first look puts into memory is there
    with CaptureQueriesContext(connection) as one:
        browser.get(address)
    for _n in range(2):
        a_filed(city)
    a_filed(city, place=city.next_door, code=None)
    with CaptureQueriesContext(connection) as many:
        browser.get(address)
    assert len(many) == len(one)
