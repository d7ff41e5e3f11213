"""Starting, stopping, pausing and extending the clocks of one case.

Whoever writes a clock holds the lock on its case, so that a move and the worker never wait for
each other crosswise.
"""

from collections.abc import Iterable
from datetime import datetime

from mashang.cases import rules
from mashang.cases.flow import ClockName
from mashang.cases.models import Case, Clock, stamp
from mashang.cases.models.case import REQUEST
from mashang.core.worktime import WORKING_DAYS


def build(case: Case, names: Iterable[str], *, at: datetime) -> list[Clock]:
    """Clocks to start at `at`; nobody can be called back about an anonymous case."""
    clocks = []
    for name in names:
        if name == ClockName.CONTACT and case.is_anonymous:
            continue
        urgency = case.urgency if name == ClockName.HANDLING else ""
        run = rules.run(name, start=at, urgency=urgency)
        clocks.append(
            Clock(
                case=case,
                name=name,
                started_at=at,
                warn_at=run.warn_at,
                due_at=run.due.at,
                calendar_known=run.due.calendar_known,
                next_look_at=run.warn_at or run.due.at,
            )
        )
    return clocks


def described(clocks: Iterable[Clock]) -> dict[str, str]:
    """The limits as an entry keeps them: name → due time."""
    return {str(clock.name): stamp(clock.due_at) for clock in clocks}


def start(case: Case, names: Iterable[str], *, at: datetime) -> list[Clock]:
    return Clock.objects.bulk_create(build(case, names, at=at))


def run_until(case: Case, name: str, due: datetime, *, at: datetime) -> Clock:
    """Start the clock of a service, whose limit is `due`; one of the name that ran is stopped."""
    stop(case, [name], at=at)
    return Clock.objects.create(case=case, name=name, started_at=at, due_at=due, next_look_at=due)


def stop(case: Case, names: Iterable[str], *, at: datetime) -> None:
    """Stop the live clocks of these names; one that was paused ends when it was paused."""
    live = Clock.objects.filter(case=case, name__in=list(names), stopped_at=None)
    live.update(stopped_at=at, next_look_at=None)


LIMITS = (ClockName.CONTACT, ClockName.ACKNOWLEDGE, ClockName.HANDLING)


def nearest(clocks: Iterable[Clock]) -> datetime | None:
    """When the first limit ends of those that run; None where none does."""
    running = (c for c in clocks if c.name in LIMITS and not (c.stopped_at or c.paused_at))
    return min((clock.due_at for clock in running), default=None)


def summary(case: Case) -> dict[str, object]:
    """What the case's own columns say of its clocks: the nearest limit, and the rung of the ladder
    that was told, 0 once nothing is overdue any more that climbed."""
    limits = list(Clock.objects.filter(case=case, stopped_at=None))
    if case.flow != REQUEST:
        running = [clock.due_at for clock in limits if clock.paused_at is None]
        return {"due_at": min(running, default=None)}
    limits = [clock for clock in limits if clock.name in LIMITS]
    has_climbed = any(clock.step > 1 for clock in limits)
    return {"due_at": nearest(limits), "rung": case.rung if has_climbed else 0}


def live(case: Case, name: str) -> Clock | None:
    return Clock.objects.filter(case=case, name=name, stopped_at=None).first()


def pause(case: Case, *, at: datetime) -> None:
    """Time spent waiting for the resident is not counted."""
    waiting = (ClockName.HANDLING, ClockName.PROMISE)
    Clock.objects.filter(case=case, name__in=waiting, stopped_at=None, paused_at=None).update(
        paused_at=at, next_look_at=None
    )


def resume(case: Case, *, at: datetime) -> list[Clock]:
    """Run the paused clocks on, their limits later by the time they stood still."""
    resumed = list(Clock.objects.filter(case=case, stopped_at=None, paused_at__isnull=False))
    for clock in resumed:
        stood = at - (clock.paused_at or at)
        clock.due_at += stood
        clock.warn_at = clock.warn_at and clock.warn_at + stood
        clock.paused_at = None
        clock.next_look_at = clock.warn_at if clock.step == 0 and clock.warn_at else clock.due_at
        clock.save(update_fields=["due_at", "warn_at", "paused_at", "next_look_at"])
    return resumed


def extend(clock: Clock, *, days: int) -> None:
    """Give the clock `days` more working days; the ladder begins anew after the new limit."""
    due = rules.calendar().add(clock.due_at, days, WORKING_DAYS)
    clock.due_at, clock.calendar_known = due.at, clock.calendar_known and due.calendar_known
    clock.warn_at = None
    clock.step = min(clock.step, 1)
    if clock.paused_at is None:
        clock.next_look_at = clock.due_at
    clock.save(update_fields=["due_at", "calendar_known", "warn_at", "step", "next_look_at"])


def hasten(case: Case, *, at: datetime) -> list[Clock]:
    """Give the handling clock the limit of the case's raised urgency, counted from now; never a
    later one than it has."""
    clock = live(case, ClockName.HANDLING)
    run = rules.run(ClockName.HANDLING, start=at, urgency=case.urgency)
    if clock is None or run.due.at >= clock.due_at:
        return []
    clock.warn_at, clock.due_at, clock.calendar_known = run.warn_at, run.due.at, True
    clock.step = 0
    if clock.paused_at is None:
        clock.next_look_at = clock.warn_at or clock.due_at
    clock.save(update_fields=["warn_at", "due_at", "calendar_known", "step", "next_look_at"])
    return [clock]


def limit_anew(case: Case, *, at: datetime) -> list[Clock]:
    """Give the handling clock the limit of the case's new urgency, counted from its start."""
    clock = live(case, ClockName.HANDLING)
    if clock is None:
        return []
    run = rules.run(ClockName.HANDLING, start=clock.started_at, urgency=case.urgency)
    clock.warn_at, clock.due_at, clock.calendar_known = (
        run.warn_at,
        run.due.at,
        run.due.calendar_known,
    )
    clock.step = 0
    ahead = [moment for moment in (clock.warn_at, clock.due_at) if moment and moment > at]
    clock.next_look_at = min(ahead, default=clock.due_at)
    clock.save(update_fields=["warn_at", "due_at", "calendar_known", "step", "next_look_at"])
    return [clock]
