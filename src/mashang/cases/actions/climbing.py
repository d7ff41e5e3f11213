"""What the worker does with clocks: warn, then climb the ladder rung by rung, each told once."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mashang.cases import rules
from mashang.cases.actions import clocks, entries, telling
from mashang.cases.actions.moving import TooLate, advance
from mashang.cases.flow import ClockName
from mashang.cases.models import Case, Clock, LadderStep
from mashang.cases.wording import say_waited
from mashang.core.errors import Refused
from mashang.messaging.actions import queue
from mashang.people.actors import SYSTEM
from mashang.people.duty import holders
from mashang.people.models import Post

log = logging.getLogger(__name__)
BATCH = 100
POSTPONED = timedelta(minutes=10)


class Rungs:
    """Who holds which rung, asked once a batch and not once a clock."""

    def __init__(self, at: datetime):
        self.at = at
        self._known: dict[tuple[str, str], list[Post]] = {}

    def holders(self, position: str, place: str) -> list[Post]:
        key = (position, place[:9])
        if key not in self._known:
            self._known[key] = holders(position, place[:9], day=self.at)
        return self._known[key]


def look_at_due(*, at: datetime | None = None, batch: int = BATCH) -> int:
    """Take the next step of every clock that is due, up to `batch`; returns how many were due.

    Two workers share the work: each locks the cases it takes, skipping those the other holds. A
    step, its entry and its messages are one transaction: a worker killed anywhere leaves either
    all of a batch or nothing.
    """
    at = at or timezone.now()
    cases = list(
        Clock.objects.filter(next_look_at__lte=at)
        .order_by("next_look_at")
        .values_list("case_id", flat=True)[:batch]
    )
    if not cases:
        return 0
    return _take(sorted(set(cases)), at=at)


def _take(case_ids: Sequence[int], *, at: datetime) -> int:
    """One transaction for all; if it fails, each alone, so that one bad row holds up nobody."""
    try:
        with transaction.atomic():
            return _take_locked(case_ids, at=at)
    except Exception:
        if len(case_ids) > 1:
            return sum(_take([case_id], at=at) for case_id in case_ids)
        log.exception("the clocks of case %s could not be looked at; next try later", case_ids[0])
        Clock.objects.filter(case_id=case_ids[0], next_look_at__lte=at).update(
            next_look_at=at + POSTPONED
        )
        return 0


def _take_locked(case_ids: Sequence[int], *, at: datetime) -> int:
    locked = {
        case.pk: case
        for case in Case.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("place", "unit__parent", "assignee")
        .filter(pk__in=case_ids)
        .order_by("pk")
    }
    due = list(Clock.objects.filter(case__in=locked, next_look_at__lte=at).order_by("next_look_at"))
    rungs, orders = Rungs(at), []
    for clock in due:
        clock.case = locked[clock.case_id]
        if clock.name == ClockName.FOLLOW_UP:
            _expire(clock, at=at)
        elif clock.step == 0 and clock.due_at > at:
            orders += _warn(clock, at=at)
        else:
            orders += _climb(clock, rungs, at=at)
    queue(telling.staff_drafts(orders, at=at))
    return len(due)


def _step(clock: Clock, *, step: int, next_look_at: datetime | None) -> None:
    clock.step, clock.next_look_at = step, next_look_at
    Clock.objects.filter(pk=clock.pk).update(step=step, next_look_at=next_look_at)


def _expire(clock: Clock, *, at: datetime) -> None:
    """Nobody rated in time: the case is closed as the unit left it."""
    try:
        advance(clock.case, "expire", by=SYSTEM, at=at)
    except (Refused, TooLate):
        clocks.stop(clock.case, (ClockName.FOLLOW_UP,), at=at)


def _warn(clock: Clock, *, at: datetime) -> list[telling.ToStaff]:
    case = clock.case
    _step(clock, step=1, next_look_at=clock.due_at)
    told = case.assignee
    entries.record(
        case,
        move="warn",
        by=SYSTEM,
        at=at,
        data={"clock": str(clock.name), "told": [told.pk] if told else []},
    )
    if told is None:
        return []
    occasion = f"clock{clock.pk}.0"
    return [telling.ToStaff(case, told, f"{clock.name}_warning", occasion, at, due=clock.due_at)]


def _climb(clock: Clock, rungs: Rungs, *, at: datetime) -> list[telling.ToStaff]:
    """Tell the next rung. After an outage each rung still gets its own time before the next."""
    case = clock.case
    ladder = rules.ladder(
        rules.SEALED if case.is_sealed else rules.ORDINARY, clock=clock.name, at=at
    )
    done = max(clock.step, 1)
    if done > len(ladder):
        _step(clock, step=clock.step, next_look_at=None)
        return []
    rung = ladder[done - 1]
    posts = rungs.holders(rung.position, case.place_id)
    following = ladder[done] if done < len(ladder) else None
    _step(clock, step=done + 1, next_look_at=_next_look(rung, following, bool(posts), at=at))
    told = {post.account_id: post for post in posts if post.account.phone}
    entries.record(
        case,
        move="escalate",
        by=SYSTEM,
        at=at,
        data={
            "clock": str(clock.name),
            "rung": rung.rung,
            "position": rung.position,
            "told": sorted(told),
        },
    )
    waited = say_waited(int((at - clock.started_at).total_seconds() // 60))
    return [
        telling.ToStaff(
            case,
            post.account,
            f"{clock.name}_overdue",
            f"clock{clock.pk}.{done}",
            at,
            due=clock.due_at,
            more={"waited": waited, "rung": str(rung.get_position_display())},
        )
        for post in told.values()
    ]


def _next_look(
    rung: LadderStep, following: LadderStep | None, somebody: bool, *, at: datetime
) -> datetime | None:
    """When the next rung is due; at once where nobody holds this one."""
    if following is None:
        return None
    if not somebody:
        return at
    between = max(0, following.after - rung.after)
    return rules.calendar().add(at, between, following.unit).at
