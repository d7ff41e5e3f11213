"""Moves: what each does, and who is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from builders import PHONE, a_filed, requester_of, staff
from mashang.cases.actions import identity
from mashang.cases.actions.moving import NotThere, TooLate, advance
from mashang.cases.flow import ClockName, State
from mashang.cases.models import Ask, Case, Clock, Rating, Requester
from mashang.core.errors import Refused
from mashang.messaging.models import Message
from mashang.people.actors import SYSTEM, Resident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def clock(case: Case, name: str) -> Clock:
    return case.clocks.filter(name=name).latest("started_at")


def told(case: Case, template: str) -> list[str]:
    rows = Message.objects.filter(subject=case.subject, template=template).order_by("id")
    return [message.phone for message in rows]


@pytest.fixture
def filed(city):
    return a_filed(city, at=NOON)


@pytest.fixture
def case(filed):
    return filed.case


@pytest.fixture
def resident(filed):
    return requester_of(filed)


@pytest.fixture
def zhang(city):
    return staff(city.zhang)


@pytest.fixture
def dispatcher(city):
    return staff(city.dispatcher)


def contacted(case, zhang):
    advance(case, "contact_reached", by=zhang, at=minutes(10))


def answered(case, zhang, *, at=None):
    if clock(case, ClockName.CONTACT).is_live:
        contacted(case, zhang)
    advance(
        case, "answer", by=zhang, at=at or minutes(60), words="换了井盖", answer="井盖已经换好。"
    )


def test_the_straight_way_from_call_to_confirmation(case, zhang, resident):
    advance(case, "acknowledge", by=zhang, at=minutes(5))
    assert fresh(case).state == State.ACKNOWLEDGED
    contacted(case, zhang)
    assert fresh(case).state == State.HANDLING
    assert clock(case, ClockName.CONTACT).stopped_at == minutes(10)
    answered(case, zhang)
    done = fresh(case)
    assert (done.state, done.answer, done.closed_at) == (
        State.ANSWERED, "井盖已经换好。", minutes(60),
    )  # fmt: skip
    assert told(case, "answered") == [PHONE]
    advance(case, "confirm", by=resident, at=minutes(90), score="satisfied", words="谢谢")
    assert fresh(case).state == State.CONFIRMED
    assert Rating.objects.get(case=case).is_solved
    assert not Clock.objects.filter(case=case, stopped_at=None).exists()


def test_an_answer_without_a_call_is_refused(case, zhang):
    advance(case, "acknowledge", by=zhang, at=minutes(5))
    with pytest.raises(Refused, match="先打电话"):
        advance(case, "answer", by=zhang, at=minutes(6), words="x", answer="y")
    assert fresh(case).state == State.ACKNOWLEDGED


def test_an_anonymous_matter_is_answered_without_a_call(city):
    case = a_filed(city, name="", phone="", is_anonymous=True, at=NOON).case
    zhang = staff(city.zhang)
    advance(case, "acknowledge", by=zhang, at=minutes(5))
    advance(case, "answer", by=zhang, at=minutes(6), words="x", answer="y")
    assert fresh(case).state == State.ANSWERED


def test_calls_that_nobody_takes_count_after_the_third(case, zhang):
    for count in (1, 2):
        advance(case, "contact_missed", by=zhang, at=minutes(count))
        assert clock(case, ClockName.CONTACT).is_live
    advance(case, "contact_missed", by=zhang, at=minutes(3))
    assert clock(case, ClockName.CONTACT).stopped_at == minutes(3)
    assert told(case, "contact_missed") == [PHONE] * 3


def test_a_wrong_number_ends_the_contact_clock(case, zhang):
    advance(case, "contact_wrong", by=zhang, at=minutes(3))
    assert clock(case, ClockName.CONTACT).stopped_at == minutes(3)


def test_the_urgency_set_on_acknowledging_changes_the_limit(case, zhang):
    advance(case, "acknowledge", by=zhang, at=minutes(5), urgency="outage")
    assert clock(case, ClockName.HANDLING).due_at == NOON + timedelta(hours=24)
    assert fresh(case).urgency == "outage"


@pytest.mark.parametrize("name", ["neighbour", "far_cadre", "operator", "auditor", "security"])
def test_for_whoever_has_no_business_with_it_the_case_is_not_there(city, case, name):
    with pytest.raises(NotThere):
        advance(case, "acknowledge", by=staff(getattr(city, name)), at=minutes(5))
    assert fresh(case).state == State.DISPATCHED


def test_a_resident_cannot_do_the_cadres_work_nor_another_residents(city, case, resident):
    with pytest.raises(NotThere):
        advance(case, "acknowledge", by=resident)
    with pytest.raises(NotThere):
        advance(case, "withdraw", by=Resident(frozenset({case.pk + 1})))
    with pytest.raises(NotThere):
        advance(case, "withdraw", by=Resident())


def test_a_dispatcher_above_decides_but_does_not_do_the_units_work(case, dispatcher):
    with pytest.raises(NotThere):
        advance(case, "acknowledge", by=dispatcher)


def test_the_second_of_two_people_is_told_what_was_done(city, case, zhang):
    advance(case, "acknowledge", by=zhang, at=minutes(5))
    with pytest.raises(TooLate, match="签收"):
        advance(case, "acknowledge", by=staff(city.li), at=minutes(6))


def test_words_are_needed_and_limited(case, zhang):
    for words in ("", "   ", "字" * 2001):
        with pytest.raises(Refused):
            advance(case, "note", by=zhang, words=words)
    assert fresh(case).version == 1


# Returning ------------------------------------------------------------------------------------


def test_a_refused_return_is_the_last_word(city, case, zhang, dispatcher):
    advance(case, "ask_return", by=zhang, at=minutes(20), words="这是物业的事")
    assert told(case, "return_asked") == [city.dispatcher.phone]
    advance(case, "refuse_return", by=dispatcher, at=minutes(30), words="在你社区，请先办")
    assert fresh(case).state == State.ACKNOWLEDGED
    assert told(case, "ask_decided") == [city.zhang.phone]
    with pytest.raises(Refused, match="不能再退"):
        advance(case, "ask_return", by=zhang, at=minutes(40), words="还是不归我管")


def test_a_return_is_asked_for_within_two_working_days(case, zhang):
    with pytest.raises(Refused, match="退单期限"):
        advance(case, "ask_return", by=zhang, at=NOON + timedelta(days=3), words="不归我管")


def test_a_granted_return_goes_to_another_unit_and_the_call_is_still_owed(
    city, case, zhang, dispatcher
):
    advance(case, "ask_return", by=zhang, at=minutes(20), words="在隔壁社区地界")
    advance(
        case, "redispatch", by=dispatcher, at=minutes(22), unit=city.next_door_unit, words="属实"
    )
    moved = fresh(case)
    assert (moved.state, moved.unit, moved.assignee) == (
        State.DISPATCHED, city.next_door_unit, city.neighbour,
    )  # fmt: skip
    assert clock(case, ClockName.CONTACT).due_at == minutes(30)
    assert told(case, "duty_new") == [city.zhang.phone, city.neighbour.phone]
    assert Ask.objects.get(case=case).is_granted
    with pytest.raises(NotThere):
        advance(case, "note", by=zhang, words="还能看见吗")


def test_a_matter_is_passed_up_to_the_unit_above(city, case, zhang):
    advance(case, "pass_up", by=zhang, at=minutes(5), words="要街道协调")
    moved = fresh(case)
    assert (moved.unit, moved.assignee) == (city.township_unit, city.dispatcher)
    assert told(case, "passed_up") == [city.dispatcher.phone]
    assert told(case, "redispatched") == [PHONE]


# More time, help ------------------------------------------------------------------------------


def test_an_extension_is_asked_for_granted_and_told(city, case, zhang, dispatcher):
    contacted(case, zhang)
    advance(case, "ask_extension", by=zhang, at=minutes(60), words="等配件", days="3")
    with pytest.raises(Refused, match="已经提出"):
        advance(case, "ask_extension", by=zhang, at=minutes(61), words="等配件", days="3")
    advance(case, "grant_extension", by=dispatcher, at=minutes(70))
    assert clock(case, ClockName.HANDLING).due_at == datetime(2026, 3, 16, 10, 0, tzinfo=UTC)
    assert told(case, "extended") == [PHONE]
    with pytest.raises(Refused, match="最多 10"):
        advance(case, "ask_extension", by=zhang, at=minutes(80), words="还要", days="8")


def test_an_extension_asked_for_after_the_limit_is_refused(case, zhang):
    contacted(case, zhang)
    with pytest.raises(Refused, match="期限已过"):
        advance(case, "ask_extension", by=zhang, at=NOON + timedelta(days=8), words="x", days="1")


@pytest.mark.parametrize("days", ["0", "11", "-1", "两天", ""])
def test_nonsense_days_are_refused(case, zhang, days):
    contacted(case, zhang)
    with pytest.raises(Refused):
        advance(case, "ask_extension", by=zhang, at=minutes(60), words="等配件", days=days)


def test_a_refused_extension_leaves_the_limit(case, zhang, dispatcher):
    contacted(case, zhang)
    before = clock(case, ClockName.HANDLING).due_at
    advance(case, "ask_extension", by=zhang, at=minutes(60), words="等配件", days="3")
    advance(case, "refuse_extension", by=dispatcher, at=minutes(70), words="先用备件")
    assert clock(case, ClockName.HANDLING).due_at == before
    with pytest.raises(TooLate):
        advance(case, "grant_extension", by=dispatcher, at=minutes(71))


def test_nobody_decides_what_they_asked_for_themselves(city):
    case = a_filed(city, place=city.township, code=None, spot="", at=NOON).case
    dispatcher = staff(city.dispatcher)
    advance(case, "contact_reached", by=dispatcher, at=minutes(5))
    advance(case, "ask_extension", by=dispatcher, at=minutes(60), words="等料", days="3")
    with pytest.raises(Refused, match="自己提出"):
        advance(case, "grant_extension", by=dispatcher, at=minutes(61))
    advance(case, "grant_extension", by=staff(city.county_duty), at=minutes(62))
    assert Ask.objects.get(case=case).is_granted


def test_help_is_asked_of_the_unit_above_and_answered(city, case, zhang, dispatcher):
    contacted(case, zhang)
    advance(case, "ask_help", by=zhang, at=minutes(20), words="要吊车")
    assert told(case, "help_asked") == [city.dispatcher.phone]
    advance(case, "give_help", by=dispatcher, at=minutes(30), words="下午派车")
    assert told(case, "ask_decided") == [city.zhang.phone]


def test_a_leader_instructs_and_the_assignee_hears_of_it(city, case):
    advance(case, "instruct", by=staff(city.commissioner), at=minutes(5), words="今天办完")
    assert told(case, "instructed") == [city.zhang.phone]


# The resident ---------------------------------------------------------------------------------


def test_waiting_for_the_resident_is_not_counted(case, zhang, resident):
    contacted(case, zhang)
    before = clock(case, ClockName.HANDLING).due_at
    advance(case, "ask_resident", by=zhang, at=minutes(20), words="是哪个井盖？")
    assert clock(case, ClockName.HANDLING).next_look_at is None
    assert told(case, "question") == [PHONE]
    advance(case, "reply", by=resident, at=minutes(140), words="单元门口左边那个")
    assert fresh(case).state == State.HANDLING
    assert clock(case, ClockName.HANDLING).due_at == before + timedelta(minutes=120)


def test_words_added_reach_the_cadre(city, case, resident):
    advance(case, "add", by=resident, at=minutes(2), words="今天又有人绊倒")
    assert told(case, "added") == [city.zhang.phone]


def test_chasing_is_heard_once_a_day(city, case, resident):
    advance(case, "chase", by=resident, at=minutes(40))
    with pytest.raises(Refused, match="已经催过"):
        advance(case, "chase", by=resident, at=minutes(50))
    advance(case, "chase", by=resident, at=minutes(41) + timedelta(days=1))
    assert told(case, "chased") == [city.zhang.phone] * 2


def test_a_withdrawn_matter_has_no_clock_left(case, resident, zhang):
    advance(case, "withdraw", by=resident, at=minutes(2))
    assert not Clock.objects.filter(case=case, stopped_at=None).exists()
    with pytest.raises(TooLate):
        advance(case, "acknowledge", by=zhang, at=minutes(3))


def test_not_solved_reopens_once_and_the_duty_to_phone_begins_anew(case, zhang, resident):
    answered(case, zhang)
    advance(case, "reopen", by=resident, at=minutes(100), words="第二天又坏了")
    again = fresh(case)
    assert (again.state, again.reopenings, again.closed_at, again.answer) == (
        State.DISPATCHED, 1, None, "",
    )  # fmt: skip
    assert clock(case, ClockName.CONTACT).due_at == minutes(130)
    advance(case, "contact_reached", by=zhang, at=minutes(110))
    answered(case, zhang, at=minutes(200))
    with pytest.raises(Refused, match="已经重办过一次"):
        advance(case, "reopen", by=resident, at=minutes(300), words="还是坏的")
    advance(case, "dispute", by=resident, at=minutes(301), score="dissatisfied", words="没修好")
    assert fresh(case).state == State.CLOSED
    assert not Rating.objects.get(case=case).is_solved


def test_reopening_ends_fifteen_days_after_the_answer(case, zhang, resident):
    answered(case, zhang)
    late = minutes(61) + timedelta(days=15)
    with pytest.raises(Refused, match="超过 15 天"):
        advance(case, "reopen", by=resident, at=late, words="又坏了")


def test_solved_but_dissatisfied_is_told_to_the_unit_above(city, case, zhang, resident):
    answered(case, zhang)
    advance(case, "confirm", by=resident, at=minutes(90), score="dissatisfied", words="太慢")
    assert told(case, "dissatisfied") == [city.dispatcher.phone]


@pytest.mark.parametrize("score", ["", "excellent", "<b>"])
def test_a_rating_is_one_of_three(case, zhang, resident, score):
    answered(case, zhang)
    with pytest.raises(Refused):
        advance(case, "confirm", by=resident, at=minutes(90), score=score)
    assert not Rating.objects.filter(case=case).exists()


# Identity -------------------------------------------------------------------------------------


def test_a_look_at_the_phone_is_recorded(city, case, zhang):
    shown = identity.look_at_phone(case, by=zhang, at=minutes(5))
    assert shown.phone == PHONE
    entry = case.entries.latest("seq")
    assert (entry.move, entry.account, entry.data) == ("look", city.zhang, {"what": "phone"})


@pytest.mark.parametrize("name", ["neighbour", "far_cadre", "commissioner", "auditor"])
def test_who_may_not_look_sees_nothing_and_leaves_no_trace_of_it(city, case, name):
    with pytest.raises(NotThere):
        identity.look_at_phone(case, by=staff(getattr(city, name)))
    assert not case.entries.filter(move="look").exists()


def test_a_confidential_identity_stays_at_the_centre(city):
    case = a_filed(city, is_confidential=True, at=NOON).case
    county = staff(city.county_duty)
    assert identity.look_at_phone(case, by=county).phone == PHONE
    with pytest.raises(Refused, match="先给诉求人回电"):
        advance(case, "redispatch", by=county, unit=city.yihe_unit, words="请办理")
    advance(case, "contact_reached", by=county, at=minutes(8))
    advance(
        case, "redispatch", by=staff(city.county_duty), at=minutes(9), unit=city.yihe_unit,
        words="请办理，不问是谁",
    )  # fmt: skip
    assert fresh(case).unit == city.yihe_unit
    with pytest.raises(NotThere):
        identity.look_at_phone(case, by=staff(city.zhang))


def test_erasing_removes_the_person_and_keeps_the_matter(case, resident, zhang):
    identity.erase(case, by=resident, at=minutes(5))
    requester = Requester.objects.get(case=case)
    assert (requester.name, requester.phone, requester.phone_index) == (None, None, "")
    assert fresh(case).text == case.text
    assert not clock(case, ClockName.CONTACT).is_live
    with pytest.raises(NotThere):
        identity.look_at_phone(case, by=zhang)
    kept = Message.objects.filter(subject=case.subject, template="receipt").get()
    assert (kept.phone, kept.phone_index, kept.params) == ("", "", {})


def test_nobody_erases_for_another(case):
    with pytest.raises(NotThere):
        identity.erase(case, by=Resident())
    assert Requester.objects.get(case=case).phone == PHONE


def test_the_export_holds_what_is_kept(case, resident):
    out = identity.exported(case, by=resident)
    assert (out["电话"], out["反映内容"]) == (PHONE, case.text)


def test_entry_times_never_run_backwards(case, zhang):
    advance(case, "acknowledge", by=zhang, at=minutes(10))
    advance(case, "note", by=zhang, at=minutes(4), words="钟被调回去了")
    times = list(case.entries.order_by("seq").values_list("at", flat=True))
    assert times == [NOON, minutes(10), minutes(10)]


def test_the_system_closes_what_nobody_rated(case, zhang):
    answered(case, zhang)
    advance(case, "expire", by=SYSTEM, at=minutes(60) + timedelta(days=15))
    assert fresh(case).state == State.CLOSED
