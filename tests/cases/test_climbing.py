"""Clocks: the warning, the ladder rung by rung, each told once."""

from datetime import UTC, datetime, timedelta

import pytest

from builders import a_filed, staff
from mashang.cases.actions import climbing
from mashang.cases.actions.moving import advance
from mashang.cases.flow import ClockName, State
from mashang.cases.models import Case, Clock, LadderStep, Limit
from mashang.cases.proving import Fault, verify
from mashang.core.cached import forget_all
from mashang.messaging.models import Message
from mashang.people.actors import Resident
from mashang.people.models import Post

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def told(case: Case) -> list[tuple[str, str]]:
    """(template, phone) of what the worker's looks sent, in order."""
    rows = Message.objects.filter(
        subject=case.subject, template__regex="(warning|overdue)$"
    ).order_by("id")
    return [(message.template, message.phone) for message in rows]


@pytest.fixture
def case(city):
    return a_filed(city, at=NOON).case


def test_nothing_is_due_before_twenty_minutes(case):
    assert climbing.look_at_due(at=minutes(19)) == 0
    assert told(case) == []


def test_the_contact_clock_warns_then_climbs_all_seven_rungs_each_once(city, case):
    expected = [("contact_warning", city.zhang.phone)]
    assert climbing.look_at_due(at=minutes(20)) == 1
    assert told(case) == expected
    rungs = {
        30: [city.commissioner],
        60: city.heads,
        90: [city.county_leader],
        150: [city.county_secretary],
        270: [city.county_head],
        510: [city.city_secretary],
    }
    for after, people in rungs.items():
        assert climbing.look_at_due(at=minutes(after - 1)) == 0
        assert climbing.look_at_due(at=minutes(after)) == 1
        assert climbing.look_at_due(at=minutes(after)) == 0
        expected += [("contact_overdue", person.phone) for person in people]
        assert told(case) == expected
    assert climbing.look_at_due(at=minutes(700)) == 0
    climbed = case.entries.filter(move="escalate").order_by("seq")
    assert [entry.data["rung"] for entry in climbed] == [2, 3, 4, 5, 6, 7]


def test_a_call_in_time_stops_the_ladder(city, case):
    advance(case, "contact_reached", by=staff(city.zhang), at=minutes(25))
    assert climbing.look_at_due(at=minutes(60)) == 0
    assert told(case) == []


def test_after_an_outage_every_rung_still_gets_its_own_time(city, case):
    assert climbing.look_at_due(at=minutes(300)) == 1
    assert told(case) == [("contact_overdue", city.commissioner.phone)]
    assert climbing.look_at_due(at=minutes(329)) == 0
    assert climbing.look_at_due(at=minutes(330)) == 1
    assert told(case)[1:] == [("contact_overdue", head.phone) for head in city.heads]


def test_a_clock_set_back_tells_nobody_twice(city, case):
    climbing.look_at_due(at=minutes(20))
    climbing.look_at_due(at=minutes(30))
    for earlier in (20, 29, 30):
        assert climbing.look_at_due(at=minutes(earlier)) == 0
    assert len(told(case)) == 2


def test_a_rung_that_nobody_holds_is_passed_at_once(city, case):
    Post.objects.filter(account=city.commissioner).delete()
    climbing.look_at_due(at=minutes(20))
    climbing.look_at_due(at=minutes(30))
    climbing.look_at_due(at=minutes(30))
    assert told(case)[1:] == [("contact_overdue", head.phone) for head in city.heads]
    empty = case.entries.filter(move="escalate").earliest("seq")
    assert (empty.data["rung"], empty.data["told"]) == (2, [])


def test_the_leaders_message_says_how_long_and_where(city, case):
    climbing.look_at_due(at=minutes(30))
    message = Message.objects.get(template="contact_overdue")
    assert message.params["waited"] == "30 分钟"
    assert message.params["community"] == "颐和社区"
    assert case.text not in str(message.params)


def test_a_sealed_matter_climbs_inspection_and_nobody_below_hears(city):
    case = a_filed(city, is_sealed=True, accused_level="village", at=NOON).case
    for after in (20, 30, 90, 150, 600):
        climbing.look_at_due(at=minutes(after))
    phones = [phone for _template, phone in told(case)]
    assert phones == [
        city.inspector.phone, city.inspection_lead.phone, city.city_inspector.phone,
    ]  # fmt: skip
    assert not Message.objects.filter(
        subject=case.subject, phone_index=city.commissioner.phone_index
    ).exists()


def test_handling_limits_warn_and_climb_in_working_days(city, case):
    advance(case, "contact_reached", by=staff(city.zhang), at=minutes(5))
    wednesday_next_week = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)
    assert climbing.look_at_due(at=wednesday_next_week - timedelta(days=1)) == 1
    assert climbing.look_at_due(at=wednesday_next_week) == 1
    assert climbing.look_at_due(at=wednesday_next_week + timedelta(hours=23)) == 0
    assert climbing.look_at_due(at=wednesday_next_week + timedelta(hours=24)) == 1
    assert told(case) == [
        ("handling_warning", city.zhang.phone),
        ("handling_overdue", city.commissioner.phone),
        *[("handling_overdue", head.phone) for head in city.heads],
    ]


def test_an_answer_nobody_rates_is_closed_after_fifteen_days(city, case):
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang, at=minutes(5))
    advance(case, "answer", by=zhang, at=minutes(60), words="好了", answer="修好了")
    assert climbing.look_at_due(at=minutes(59) + timedelta(days=15)) == 0
    assert climbing.look_at_due(at=minutes(60) + timedelta(days=15)) == 1
    assert Case.objects.get(pk=case.pk).state == State.CLOSED


def test_limits_and_ladders_are_dated_data(city):
    Limit.objects.create(
        name="contact", amount=10, unit="minutes", warn_after=5, valid_from="2026-03-05"
    )
    LadderStep.objects.create(
        ladder="ordinary", clock="contact", rung=3, position="township_head", after=0,
        unit="minutes", valid_from="2026-03-05",
    )  # fmt: skip
    forget_all()
    before = a_filed(city, at=NOON).case
    after = a_filed(city, at=NOON + timedelta(days=1)).case
    assert before.clocks.get(name=ClockName.CONTACT).due_at == minutes(30)
    assert after.clocks.get(name=ClockName.CONTACT).due_at == minutes(10) + timedelta(days=1)
    advance(before, "withdraw", by=Resident(frozenset({before.pk})), at=minutes(1))
    for _round in range(3):
        climbing.look_at_due(at=minutes(10) + timedelta(days=1))
    assert [phone for _template, phone in told(after)] == [head.phone for head in city.heads]


def test_one_broken_case_does_not_hold_up_the_others(city, monkeypatch):
    broken, sound = a_filed(city, at=NOON).case, a_filed(city, at=NOON).case
    real = climbing.entries.record_all

    def record_all(happenings, **more):
        if any(each.case.pk == broken.pk for each in happenings):
            raise RuntimeError("a row that cannot be read")
        real(happenings, **more)

    monkeypatch.setattr(climbing.entries, "record_all", record_all)
    climbing.look_at_due(at=minutes(20))
    assert told(sound) == [("contact_warning", city.zhang.phone)]
    assert told(broken) == []
    monkeypatch.setattr(climbing.entries, "record_all", real)
    assert climbing.look_at_due(at=minutes(29)) == 0
    climbing.look_at_due(at=minutes(31))
    assert ("contact_overdue", city.commissioner.phone) in told(broken)


def test_a_paused_clock_is_not_looked_at(city, case):
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang, at=minutes(5))
    advance(case, "ask_resident", by=zhang, at=minutes(6), words="哪一个？")
    assert climbing.look_at_due(at=NOON + timedelta(days=30)) == 0
    assert Clock.objects.get(case=case, name=ClockName.HANDLING).step == 0


def test_two_clocks_of_one_case_due_at_once_make_two_links_of_its_chain(city, case):
    two_days_later = NOON + timedelta(days=2)
    assert climbing.look_at_due(at=two_days_later) == 2
    moves = case.entries.filter(seq__gt=1).values_list("seq", "move", "data__clock")
    assert sorted(moves) == [(2, "escalate", "contact"), (3, "escalate", "acknowledge")]
    assert [found for found in verify() if isinstance(found, Fault)] == []


def test_each_case_gets_the_people_of_its_own_place_though_all_are_looked_up_together(city, case):
    far = a_filed(city, at=NOON, place=city.far_village, code=None).case
    assert climbing.look_at_due(at=minutes(31)) == 2
    assert told(case) == [("contact_overdue", city.commissioner.phone)]
    assert told(far) == []
    assert far.entries.get(move="escalate").data["told"] == []


def test_a_batch_looks_at_no_more_cases_than_it_is_given(city):
    for _each in range(3):
        a_filed(city, at=NOON)
    assert climbing.look_at_due(at=minutes(20), batch=2) == 2
    assert climbing.look_at_due(at=minutes(20), batch=2) == 1
