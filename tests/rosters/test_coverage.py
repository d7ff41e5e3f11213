"""Hours that nobody covers: found, said apart from those of the lead, and told once a day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import a_place, a_unit, someone
from mashang.core.loops import Worker
from mashang.messaging.models import Message, MessageState
from mashang.messaging.sending import send_due
from mashang.people.duty import who_is_on_call
from mashang.people.models import Absence, Account, Post, Role, Shift, Unit, UnitKind
from mashang.places.models import Kind, Level
from mashang.rosters.coverage import AHEAD, Cover, holes, rosters
from mashang.rosters.warning import warn_of_holes

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 28)
NOON = datetime(2026, 9, 28, 4, 0, tzinfo=UTC)


def moment(hour: int, day: date = TODAY) -> datetime:
    return datetime.combine(day, time(hour), UTC) - timedelta(hours=8)


def open_hours(unit: Unit, cover: Cover, *, hours: int = 24) -> list[tuple[datetime, datetime]]:
    found = holes([unit], NOON, NOON + timedelta(hours=hours))
    rows = found.nobody if cover == Cover.NOBODY else found.lead
    return [(span.starts, span.ends) for hole in rows for span in hole.spans]


def no_lead(city) -> None:
    Post.objects.filter(account=city.lead).update(is_lead=False)


def test_a_unit_with_everybody_there_has_no_hole(city):
    assert open_hours(city.yihe_unit, Cover.NOBODY, hours=14 * 24) == []
    assert open_hours(city.yihe_unit, Cover.LEAD, hours=14 * 24) == []


def test_hours_without_a_shift_are_the_leads_or_nobodys(city):
    Shift.objects.filter(unit=city.yihe_unit).update(starts="08:00", ends="18:00")
    night = [(moment(18), moment(8, TODAY + timedelta(days=1)))]
    assert open_hours(city.yihe_unit, Cover.LEAD) == night
    assert open_hours(city.yihe_unit, Cover.NOBODY) == []
    no_lead(city)
    assert open_hours(city.yihe_unit, Cover.NOBODY) == night


def test_a_dated_duty_leaves_the_rest_of_its_day_open(city):
    no_lead(city)
    day = TODAY + timedelta(days=1)
    Shift.objects.create(
        unit=city.yihe_unit, account=city.zhang, is_dated=True, valid_from=day, valid_to=day,
        starts="08:00", ends="12:00",
    )  # fmt: skip
    assert open_hours(city.yihe_unit, Cover.NOBODY, hours=48) == [
        (moment(0, day), moment(8, day)),
        (moment(12, day), moment(0, day + timedelta(days=1))),
    ]


@pytest.mark.parametrize("why", ["away", "silent", "blocked", "left"])
def test_people_who_cannot_be_called_cover_nothing(city, why):
    no_lead(city)
    people = Account.objects.filter(pk__in=(city.zhang.pk, city.li.pk))
    since = moment(15)
    if why == "away":
        for account in people:
            Absence.objects.create(account=account, starts_at=since, ends_at=moment(17))
    elif why == "silent":
        people.update(phone="", phone_index="")
    elif why == "blocked":
        people.update(is_active=False)
    else:
        Post.objects.filter(account__in=people).update(ends_on=TODAY - timedelta(days=1))
    found = open_hours(city.yihe_unit, Cover.NOBODY)
    if why == "away":
        assert found == [(since, moment(17))]
        Absence.objects.filter(account=city.zhang).update(deputy=city.lead)
        assert open_hours(city.yihe_unit, Cover.NOBODY) == []
    else:
        assert found == [(NOON, NOON + timedelta(hours=24))]
    hole = holes([city.yihe_unit], NOON, NOON + timedelta(hours=24)).nobody
    assert all(span.is_arranged for each in hole for span in each.spans)


def test_leaders_units_are_not_asked(city):
    leaders = Unit.objects.get(code="leaders")
    assert not holes([leaders], NOON, NOON + AHEAD).nobody


def test_it_says_the_same_as_whoever_would_be_called(city):
    """The hours computed for the page against the question asked at each report."""
    no_lead(city)
    Shift.objects.filter(account=city.zhang).update(starts="22:00", ends="06:00", weekdays="135")
    Shift.objects.filter(account=city.li).update(
        starts="09:00", ends="17:00", valid_to=TODAY + timedelta(days=8)
    )
    day = TODAY + timedelta(days=3)
    Shift.objects.create(
        unit=city.yihe_unit, account=city.lead, is_dated=True, valid_from=day, valid_to=day,
        starts="20:00", ends="02:00",
    )  # fmt: skip
    Absence.objects.create(
        account=city.li, deputy=city.neighbour, starts_at=moment(10, day - timedelta(days=1)),
        ends_at=moment(11, day + timedelta(days=2)),
    )  # fmt: skip
    Post.objects.filter(account=city.zhang).update(ends_on=TODAY + timedelta(days=6))
    until = NOON + AHEAD
    roster = rosters([city.yihe_unit], NOON, until)[city.yihe_unit.pk]
    spans = roster.spans(NOON, until)
    assert (spans[0].starts, spans[-1].ends) == (NOON, until)
    unit = Unit.objects.get(pk=city.yihe_unit.pk)
    unit.parent = None
    asked = {}
    for half_hours in range(14 * 48):
        at = NOON + timedelta(minutes=30 * half_hours)
        found = who_is_on_call(unit, at=at)
        (span,) = [each for each in spans if each.starts <= at < each.ends]
        asked[at] = (found is not None, span.cover == Cover.DUTY)
    assert all(one == other for one, other in asked.values())
    assert len(set(asked.values())) == 2


def test_as_many_queries_for_three_units_as_for_one(city):
    def queries(units: list[Unit]) -> int:
        with CaptureQueriesContext(connection) as asked:
            holes(units, NOON, NOON + AHEAD)
        return len(asked)

    Absence.objects.create(account=city.zhang, starts_at=NOON, ends_at=moment(17))
    one = queries([city.yihe_unit])
    assert one == queries([city.yihe_unit, city.next_door_unit, city.township_unit]) <= 3


def test_a_county_of_three_hundred_units_takes_three_queries(city):
    units = []
    for number in range(100):
        place = a_place(
            f"620402001{100 + number}", f"社区{number}", Level.VILLAGE, Kind.COMMUNITY,
            city.township,
        )  # fmt: skip
        unit = a_unit(f"u{number}", f"社区{number}", UnitKind.COMMUNITY, place, city.township_unit)
        units.append(unit)
    someone("one", "一个人", units[0], Role.HANDLER, on_duty=1)
    with CaptureQueriesContext(connection) as asked:
        found = holes(units, NOON, NOON + AHEAD)
    assert len(asked) == 3
    assert len(found.nobody) == 99


# Telling -----------------------------------------------------------------------------------------


@pytest.fixture
def hole(city):
    """From 18:00 nobody of 颐和社区 is there: the lead is away as well."""
    Shift.objects.filter(unit=city.yihe_unit).update(starts="08:00", ends="18:00")
    Absence.objects.create(
        account=city.lead, starts_at=moment(17), ends_at=moment(6, TODAY + timedelta(days=1))
    )


def warned() -> list[Message]:
    return list(Message.objects.filter(template="duty_hole", subject__startswith="unit:"))


def of(unit: Unit) -> list[Message]:
    return [message for message in warned() if message.subject == f"unit:{unit.pk}"]


def test_the_lead_is_told_once_a_day(city, hole, noon):
    warn_of_holes()
    warn_of_holes()
    (message,) = of(city.yihe_unit)
    assert message.phone == city.lead.phone
    assert message.params["due"] == "18:00"
    assert message.params["link"].endswith("/desk/duty/units/yihe")
    noon.shift(timedelta(days=1))
    Absence.objects.update(ends_at=moment(12, TODAY + timedelta(days=3)))
    warn_of_holes()
    assert len(of(city.yihe_unit)) == 2


def test_only_the_lead_on_duty_is_no_reason_for_an_sms(city):
    Shift.objects.filter(unit=city.yihe_unit).delete()
    warn_of_holes()
    assert of(city.yihe_unit) == []


def test_without_a_lead_the_unit_above_is_told(city, hole):
    no_lead(city)
    warn_of_holes()
    assert of(city.yihe_unit)[0].phone == city.dispatcher.phone


def test_at_night_it_waits_for_the_morning(city, hole, noon):
    noon.move_to(moment(23))
    warn_of_holes()
    (message,) = of(city.yihe_unit)
    assert message.params["due"] == "现在"
    assert message.next_attempt_at == moment(7, TODAY + timedelta(days=1))


def test_it_is_not_sent_once_somebody_is_there(city, hole, noon):
    warn_of_holes()
    Shift.objects.filter(account=city.li).update(starts="00:00", ends="00:00")
    send_due()
    (message,) = of(city.yihe_unit)
    message.refresh_from_db()
    assert (message.state, message.reason) == (MessageState.ABORTED, "已经有人值班")


def test_the_worker_does_it(city, hole):
    next(step for step in Worker().steps if step.name == "warn of uncovered hours").function()
    assert len(of(city.yihe_unit)) == 1
