"""Limits in minutes, hours and working days; 2026 as the State Council's notice has it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.core.worktime import HOURS, MINUTES, WORKING_DAYS, Calendar, Due

CITY = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar({}, CITY)


def at(month: int, day: int, hour: int = 10, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=CITY)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),  # New Year
        date(2026, 2, 16),  # Spring Festival, a Monday
        date(2026, 2, 23),
        date(2026, 4, 6),  # Qingming
        date(2026, 5, 5),  # Labour Day
        date(2026, 6, 19),  # Dragon Boat Festival
        date(2026, 9, 25),  # Mid-Autumn Festival
        date(2026, 10, 7),  # National Day
        date(2026, 10, 11),  # a plain Sunday
    ],
)
def test_public_holidays_and_plain_weekends_are_free(day):
    assert CALENDAR.is_working(day) == (False, True)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    ],
)
def test_weekends_swapped_for_holidays_are_worked(day):
    assert day.weekday() >= 5
    assert CALENDAR.is_working(day) == (True, True)


def test_minutes_and_hours_run_on_the_wall_clock_day_and_night():
    night = at(2, 16, 23)  # in the Spring Festival
    assert CALENDAR.add(night, 30, MINUTES) == Due(night + timedelta(minutes=30))
    assert CALENDAR.add(night, 24, HOURS) == Due(night + timedelta(hours=24))


def test_working_days_begin_on_the_next_one_and_end_at_six():
    assert CALENDAR.add(at(11, 23), 1, WORKING_DAYS).at == at(11, 24, 18)
    assert CALENDAR.add(at(11, 27), 1, WORKING_DAYS).at == at(11, 30, 18)  # over a weekend


def test_a_limit_over_the_spring_festival_counts_swapped_weekends():
    # Asked on Friday the 13th: Saturday the 14th is worked, the 15th to the 23rd are free.
    assert CALENDAR.add(at(2, 13), 1, WORKING_DAYS).at == at(2, 14, 18)
    assert CALENDAR.add(at(2, 13), 2, WORKING_DAYS).at == at(2, 24, 18)
    assert CALENDAR.add(at(2, 13), 6, WORKING_DAYS).at == at(2, 28, 18)


def test_days_are_the_citys_and_not_the_servers():
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # past midnight in the city
    assert CALENDAR.add(late, 1, WORKING_DAYS).at == at(11, 25, 18)


def test_the_operators_table_wins_over_the_notice():
    calendar = Calendar({date(2026, 11, 24): False, date(2026, 11, 28): True}, CITY)
    assert calendar.is_working(date(2026, 11, 24)) == (False, True)
    assert calendar.add(at(11, 23), 1, WORKING_DAYS).at == at(11, 25, 18)
    assert calendar.add(at(11, 27), 1, WORKING_DAYS).at == at(11, 28, 18)


def test_beyond_the_known_calendar_the_answer_is_marked_as_a_guess():
    far = at(12, 30, year=2050)
    assert CALENDAR.is_working(date(2050, 12, 31)) == (False, False)  # a Saturday
    due = CALENDAR.add(far, 1, WORKING_DAYS)
    assert due == Due(at(1, 2, 18, year=2051), calendar_known=False)
    assert CALENDAR.add(far, 5, HOURS).calendar_known


def test_the_table_makes_an_unknown_year_known():
    monday = date(2051, 1, 2)
    table = {date(2050, 12, 31): False, date(2051, 1, 1): False, monday: True}
    due = Calendar(table, CITY).add(at(12, 30, year=2050), 1, WORKING_DAYS)
    assert due == Due(at(1, 2, 18, year=2051), calendar_known=True)


def test_the_operator_can_be_told_how_far_the_calendar_reaches():
    known = CALENDAR.known_until(date(2026, 1, 1))
    assert CALENDAR.is_working(known)[1]
    assert not CALENDAR.is_working(known + timedelta(days=1))[1]
    longer = Calendar({known + timedelta(days=1): True}, CITY)
    assert longer.known_until(date(2026, 1, 1)) == known + timedelta(days=1)


def test_an_unknown_unit_is_an_error_and_no_guess():
    with pytest.raises(ValueError, match="fortnights"):
        CALENDAR.add(at(11, 23), 1, "fortnights")


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30), timezones=st.just(CITY)),
    st.integers(1, 40),
)
def test_a_limit_ends_on_a_working_day_with_as_many_worked_days_in_between(start, amount):
    due = CALENDAR.add(start, amount, WORKING_DAYS)
    assert due.calendar_known
    first, last = start.date() + timedelta(days=1), due.at.date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert CALENDAR.is_working(last)[0]
    assert sum(CALENDAR.is_working(day)[0] for day in days) == amount
