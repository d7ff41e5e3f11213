"""When things happen: limits and days counted once, and the days and hours of reports."""

from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from random import Random

from mashang.cases import rules
from mashang.cases.models import LadderStep
from mashang.core.worktime import HOURS, WORKING_DAYS

# Reports by the hour of the day: a peak at 10:00. By the day: 14 % on two days of seven.
HOURS_OF_DAY = (
    *(1, 0.6, 0.4, 0.3, 0.3, 0.6, 2, 5),
    *(9, 12, 13, 10, 6, 6, 9, 9.5, 9),
    *(7, 5, 5.5, 6, 5, 3.5, 2),
)
WEEKDAY, WEEKEND = 0.86 / 5, 0.14 / 2
GROWTH = 0.15  # a year's reports against the year's before


class Limits:
    """The city's limits and ladders as they are now, taken for the whole past."""

    def __init__(self, now: datetime):
        self._now = now
        self._days = rules.calendar()
        self.zone = self._days.zone
        self._rule = cache(lambda name, urgency: rules.limit(name, at=now, urgency=urgency))
        self._end = cache(self._end_of_working_days)
        self.ladder = cache(self._ladder)

    def run(
        self, name: str, start: datetime, urgency: str = ""
    ) -> tuple[datetime | None, datetime, bool]:
        """When a clock started then warns and runs out, and whether the calendar knew the days."""
        rule = self._rule(name, urgency)
        due, is_known = self.add(start, rule.amount, rule.unit)
        warn = self.add(start, rule.warn_after, rule.unit)[0] if rule.warn_after else None
        return warn, due, is_known

    def after(self, name: str, start: datetime) -> datetime:
        """When this limit ends that began then."""
        rule = self._rule(name, "")
        return self.add(start, rule.amount, rule.unit)[0]

    def add(self, start: datetime, amount: int, unit: str) -> tuple[datetime, bool]:
        if unit == WORKING_DAYS:
            if not amount:
                return start, True
            return self._end(start.astimezone(self.zone).date(), amount)
        return start + timedelta(**{"hours" if unit == HOURS else "minutes": amount}), True

    def _end_of_working_days(self, day: date, amount: int) -> tuple[datetime, bool]:
        noon = datetime.combine(day, time(12), self.zone)
        due = self._days.add(noon, amount, WORKING_DAYS)
        return due.at.astimezone(UTC), due.calendar_known

    def _ladder(self, name: str, clock: str) -> list[LadderStep]:
        return rules.ladder(name, clock=clock, at=self._now)


def moments(count: int, *, days: int, now: datetime, chance: Random) -> Iterator[datetime]:
    """`count` moments in the `days` before `now`, in order, in the shape of a city's weeks."""
    zone = rules.calendar().zone
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(days, -1, -1)]
    weights = [_weight(day, place / 365) for place, day in enumerate(dates)]
    weights[-1] *= _passed(now.astimezone(zone))
    hours = list(accumulate(HOURS_OF_DAY))
    total, before, sent = sum(weights), 0.0, 0
    for day, weight in zip(dates, weights, strict=True):
        before += weight
        number = round(count * before / total) - sent
        sent += number
        midnight = datetime.combine(day, time(0), zone).astimezone(UTC)
        latest = now - midnight
        found = []
        while len(found) < number:
            hour = bisect(hours, chance.random() * hours[-1])
            after = timedelta(hours=hour, microseconds=chance.randrange(3600_000_000))
            if after < latest:
                found.append(midnight + after)
        yield from sorted(found)


def _weight(day: date, year: float) -> float:
    return (WEEKEND if day.weekday() >= 5 else WEEKDAY) * (1 + GROWTH) ** year


def _passed(local: datetime) -> float:
    """The share of a day's reports that have come by this hour."""
    hours = HOURS_OF_DAY[: local.hour]
    share = HOURS_OF_DAY[local.hour] * (local.minute * 60 + local.second + 1) / 3600
    return (sum(hours) + share) / sum(HOURS_OF_DAY)
