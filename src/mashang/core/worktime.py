"""Adding minutes, hours and working days, as the law counts them.

Working days follow the State Council's yearly notice. The day table that an operator edits comes
first, then the library of published notices, then the plain week, and that last answer is
marked as a guess so that nobody takes it for a promise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

MINUTES, HOURS, WORKING_DAYS = "minutes", "hours", "working_days"
UNITS = (MINUTES, HOURS, WORKING_DAYS)
END_OF_DAY = time(18, 0)


@cache
def _published(day: date) -> tuple[bool, bool]:
    """(worked?, known?) by the published notices, else by the plain week. Remembered, since the
    library looks through all its years at each question."""
    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:
        return day.weekday() < 5, False


@dataclass(frozen=True)
class Due:
    """A moment, and whether the calendar knew every day up to it."""

    at: datetime
    calendar_known: bool = True


class Calendar:
    """Which days are worked. `table` is the operator's: date → worked or not."""

    def __init__(self, table: Mapping[date, bool], zone: ZoneInfo):
        self.table = table
        self.zone = zone

    def is_working(self, day: date) -> tuple[bool, bool]:
        """(worked?, known?): known is False where only the plain week could answer."""
        if day in self.table:
            return self.table[day], True
        return _published(day)

    def published(self, day: date) -> tuple[bool, bool]:
        """The same without the operator's table."""
        return _published(day)

    def add(self, start: datetime, amount: int, unit: str) -> Due:
        """`start` plus `amount` of `unit`.

        Minutes and hours run on the wall clock. A limit in working days begins on the next
        working day and ends when the last day's work ends (18:00 city time), as periods
        in days are counted in Chinese law.
        """
        if unit == MINUTES:
            return Due(start + timedelta(minutes=amount))
        if unit == HOURS:
            return Due(start + timedelta(hours=amount))
        if unit != WORKING_DAYS:
            raise ValueError(f"unknown unit of time: {unit}")
        day, known = start.astimezone(self.zone).date(), True
        left = amount
        while left > 0:
            day += timedelta(days=1)
            worked, sure = self.is_working(day)
            known = known and sure
            left -= worked
        return Due(datetime.combine(day, END_OF_DAY, self.zone), known)

    def known_until(self, today: date) -> date:
        """The last day, from `today` on, that the table or the library knows."""
        day = today
        while self.is_working(day)[1] and day < today + timedelta(days=800):
            day += timedelta(days=1)
        return day - timedelta(days=1)
