"""The city's rules in force: limits, ladders, the calendar. All are dated rows, read for seconds
from memory since every report asks for them."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from mashang.cases.models import LadderStep, Limit
from mashang.core.cached import Fresh
from mashang.core.models import Day
from mashang.core.worktime import Calendar, Due

_limits: Fresh[list[Limit]] = Fresh(lambda: list(Limit.objects.order_by("valid_from")))
_ladder: Fresh[list[LadderStep]] = Fresh(lambda: list(LadderStep.objects.order_by("valid_from")))
_calendar: Fresh[Calendar] = Fresh(
    lambda: Calendar(
        dict(Day.objects.values_list("date", "is_working")), ZoneInfo(settings.TIME_ZONE)
    )
)

ORDINARY, SEALED = "ordinary", "sealed"


def limit(name: str, *, at: datetime, urgency: str = "") -> Limit:
    """The limit in force at `at`: the urgency's own, else the one for all."""
    day = timezone.localdate(at)
    for wanted in (urgency, ""):
        rows = [
            row
            for row in _limits.get()
            if row.name == name and row.urgency == wanted and row.valid_from <= day
        ]
        if rows:
            return rows[-1]
    raise ImproperlyConfigured(f"no limit {name!r} is in force; run `mashang load-rules`")


def calendar() -> Calendar:
    return _calendar.get()


@dataclass(frozen=True)
class Run:
    """When a clock started now would warn and run out."""

    warn_at: datetime | None
    due: Due


def run(name: str, *, start: datetime, urgency: str = "") -> Run:
    """The times of clock `name` started at `start`."""
    rule = limit(name, at=start, urgency=urgency)
    days = calendar()
    warn = rule.warn_after and days.add(start, rule.warn_after, rule.unit).at
    return Run(warn or None, days.add(start, rule.amount, rule.unit))


def ladder(name: str, *, clock: str, at: datetime) -> list[LadderStep]:
    """The rungs in force, lowest first. Rows of one day replace all earlier rows of their ladder
    and clock, so a city changes a ladder by writing it whole with a new date."""
    day: date = timezone.localdate(at)
    rows = [
        row
        for row in _ladder.get()
        if row.ladder == name and row.clock == clock and row.valid_from <= day
    ]
    newest = max((row.valid_from for row in rows), default=None)
    return sorted((row for row in rows if row.valid_from == newest), key=lambda row: row.rung)
