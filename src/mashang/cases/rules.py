"""The city's rules in force: limits, ladders, the calendar. All are dated rows, read for seconds
from memory since every report asks for them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.flow import ClockName
from mashang.cases.models import LadderStep, Limit
from mashang.core.cached import Fresh
from mashang.core.models import Day
from mashang.core.versions import in_force
from mashang.core.worktime import Calendar, Due

_limits: Fresh[list[Limit]] = Fresh(lambda: list(Limit.objects.standing()))
_ladder: Fresh[list[LadderStep]] = Fresh(lambda: list(LadderStep.objects.standing()))
_calendar: Fresh[Calendar] = Fresh(
    lambda: Calendar(
        dict(Day.objects.values_list("date", "is_working")), ZoneInfo(settings.TIME_ZONE)
    )
)

# Whoever supervises names the day, and whoever promises the hour.
NAMED_BY_A_PERSON = (ClockName.SUPERVISION, ClockName.PROMISE)
ORDINARY, SEALED = "ordinary", "sealed"
LIMIT_NAMES = [
    *(choice for choice in ClockName.choices if choice[0] not in NAMED_BY_A_PERSON),
    ("extension", _("延期最多")),
    ("return", _("退单期限")),
    ("ask_decision", _("审定多久后提醒")),
    ("assist_arrive", _("吹哨报到期限")),
    ("assist_reply", _("协办答复期限")),
    ("assist_climb", _("协办超时后多久告诉上级")),
    ("deferral", _("挂账累计最多")),
    ("contact_attempts", _("拨打次数")),
    ("follow_up_attempts", _("回访拨打次数")),
    ("follow_up_share", _("抽查回访的比例")),
]
LADDERS = [(ORDINARY, _("一般")), (SEALED, _("涉及干部或单位"))]


def limit(name: str, *, at: datetime, urgency: str = "") -> Limit:
    """The limit in force at `at`: the urgency's own, else the one for all."""
    found = in_force(_limits.get(), timezone.localdate(at))
    for wanted in (urgency, ""):
        if (name, wanted) in found:
            return found[name, wanted][0]
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
    rungs = in_force(_ladder.get(), timezone.localdate(at)).get((name, clock), [])
    return sorted(rungs, key=lambda row: row.rung)
