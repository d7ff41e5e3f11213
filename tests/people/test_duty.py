"""Who is called at a moment: regular and dated shifts, the night, absences, posts that ended."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from builders import City, make_city
from mashang.core.cached import forget_all
from mashang.people.duty import who_is_on_call
from mashang.people.models import Absence, Account, Post, Shift

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 1)  # a Thursday


@pytest.fixture
def city(db) -> City:
    forget_all()
    return make_city()


def moment(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    """A time of day in the city, eight hours before UTC."""
    return datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=8)


def called(city: City, at: datetime) -> str:
    found = who_is_on_call(city.yihe_unit, at=at)
    return f"{found.account.username} {found.reason}"


def a_shift(city: City, account: Account, **changes: object) -> Shift:
    values = {"valid_from": DAY - timedelta(days=300), "order": 5, **changes}
    return Shift.objects.create(unit=city.yihe_unit, account=account, **values)


def dated(city: City, account: Account, day: date = DAY, **changes: object) -> Shift:
    return a_shift(city, account, valid_from=day, valid_to=day, is_dated=True, **changes)


@pytest.fixture
def noon_shifts(city):
    """Zhang by day, Li by night past midnight, every weekday."""
    Shift.objects.filter(unit=city.yihe_unit).delete()
    a_shift(city, city.zhang, starts="08:00", ends="18:00")
    a_shift(city, city.li, starts="18:00", ends="08:00")


def test_a_night_belongs_to_the_day_it_began(city, noon_shifts):
    assert called(city, moment(8)) == "zhang shift"
    assert called(city, moment(17, 59)) == "zhang shift"
    assert called(city, moment(18)) == "li shift"
    assert called(city, moment(7, 59, day=DAY + timedelta(days=1))) == "li shift"


def test_the_last_night_of_a_shift_runs_to_its_end(city, noon_shifts):
    Shift.objects.filter(account=city.li).update(valid_to=DAY)
    assert called(city, moment(7, day=DAY + timedelta(days=1))) == "li shift"
    assert called(city, moment(19, day=DAY + timedelta(days=1))) == "lead lead"


def test_a_dated_duty_takes_the_place_of_the_regular_ones_for_its_day_alone(city, noon_shifts):
    dated(city, city.lead, starts="09:00", ends="12:00")
    assert called(city, moment(10, day=DAY - timedelta(days=1))) == "zhang shift"
    assert called(city, moment(7, 30)) == "li shift", "last night goes on till its end"
    assert called(city, moment(10)) == "lead shift"
    assert called(city, moment(14)) == "lead lead", "nobody is arranged, so the lead is called"
    assert called(city, moment(20)) == "lead lead"
    assert called(city, moment(10, day=DAY + timedelta(days=1))) == "zhang shift"


def test_a_dated_duty_counts_on_its_date_whatever_the_weekday(city, noon_shifts):
    dated(city, city.lead, weekdays="1")
    assert called(city, moment(10)) == "lead shift"


def test_what_was_withdrawn_counted_until_then(city, noon_shifts):
    dated(city, city.lead, made_at=moment(10), withdrawn_at=moment(14))
    assert called(city, moment(9, 59)) == "zhang shift"
    assert called(city, moment(10)) == "lead shift"
    assert called(city, moment(13, 59)) == "lead shift"
    assert called(city, moment(14)) == "zhang shift"


def test_whoever_left_the_unit_is_not_called_for_it(city, noon_shifts):
    Post.objects.filter(account=city.zhang).update(ends_on=DAY)
    assert called(city, moment(10)) == "zhang shift", "the last day counts"
    assert called(city, moment(10, day=DAY + timedelta(days=1))) == "lead lead"
    Post.objects.filter(account=city.zhang).update(unit=city.next_door_unit, ends_on=None)
    assert called(city, moment(10)) == "lead lead"


def test_deputies_of_deputies_are_called_and_circles_end(city, noon_shifts):
    span = {"starts_at": moment(9), "ends_at": moment(12)}
    Absence.objects.create(account=city.zhang, deputy=city.neighbour, **span)
    assert called(city, moment(10)) == "neighbour deputy"
    assert called(city, moment(12)) == "zhang shift"
    second = Absence.objects.create(account=city.neighbour, deputy=city.li, **span)
    assert called(city, moment(10)) == "li deputy"
    second.deputy = city.zhang
    second.save()
    assert called(city, moment(10)) == "lead lead"


def test_nobody_is_on_duty_for_a_closed_unit(city):
    city.yihe_unit.is_active = False
    assert called(city, moment(10)) == "dispatcher above"


def test_a_dated_duty_is_for_one_day(city):
    for last in (None, DAY + timedelta(days=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            a_shift(city, city.zhang, valid_from=DAY, valid_to=last, is_dated=True)
