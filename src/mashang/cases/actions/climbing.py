"""What the worker does with clocks: warn, then climb the ladder rung by rung, each told once."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mashang.cases import flows, rules
from mashang.cases.access import barred
from mashang.cases.actions import clocks, entries, telling
from mashang.cases.actions.moves.watching import ASKED_BY, waiting_for_report
from mashang.cases.actions.moving import TooLate, advance
from mashang.cases.flow import ClockName
from mashang.cases.models import Case, Clock, LadderStep
from mashang.cases.wording import say_waited
from mashang.core.errors import Refused
from mashang.messaging.actions import queue
from mashang.people.actors import SYSTEM
from mashang.people.duty import holders_by_place
from mashang.people.models import Post

log = logging.getLogger(__name__)
BATCH = 100
SIDE_BY_SIDE = 4  # workers that find work of their own in one look at the queue
POSTPONED = timedelta(minutes=10)


class Rungs:
    """Who holds which rung at these places, asked once a batch and not once a clock."""

    def __init__(self, at: datetime, places: Iterable[str]):
        self._at = at
        self._townships = {place[:9] for place in places}
        self._known: dict[str, dict[str, list[Post]]] = {}

    def holders(self, position: str, place: str) -> list[Post]:
        if position not in self._known:
            self._known[position] = holders_by_place(position, self._townships, day=self._at)
        return self._known[position][place[:9]]


@dataclass
class Round:
    """The steps that one transaction takes, gathered and then written together."""

    at: datetime
    rungs: Rungs
    steps: dict[tuple[int, Any], list[int]] = field(default_factory=lambda: defaultdict(list))
    happenings: list[entries.Happening] = field(default_factory=list)
    orders: list[telling.ToStaff] = field(default_factory=list)
    rungs_told: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def take(
        self,
        clock: Clock,
        *,
        step: int,
        next_look_at: datetime | F | None,
        happening: entries.Happening | None = None,
    ) -> None:
        """`next_look_at` is a time, or the column that holds it."""
        self.steps[step, next_look_at].append(clock.pk)
        if happening is not None:
            self.happenings.append(happening)

    def write(self) -> None:
        for (step, next_look_at), keys in self.steps.items():
            Clock.objects.filter(pk__in=keys).update(step=step, next_look_at=next_look_at)
        for rung, keys in self.rungs_told.items():
            Case.every.filter(pk__in=keys, rung__lt=rung).update(rung=rung)
        entries.record_all(self.happenings, by=SYSTEM, at=self.at)
        queue(telling.staff_drafts(self.orders, at=self.at))


def look_at_due(*, at: datetime | None = None, batch: int = BATCH) -> int:
    """Take the next step of every clock that is due, of up to `batch` cases; returns how many.

    Several workers share the work: each locks the cases it takes, passing over those that others
    hold. A step, its entry and its messages are one transaction: a worker killed anywhere leaves
    either all of a batch or nothing.
    """
    at = at or timezone.now()
    cases = (
        Clock.objects.filter(next_look_at__lte=at)
        .order_by("next_look_at")
        .values_list("case_id", flat=True)[: batch * SIDE_BY_SIDE]
    )
    waiting = sorted(set(cases))
    return _take(waiting, at=at, batch=batch) if waiting else 0


def _take(case_ids: Sequence[int], *, at: datetime, batch: int) -> int:
    """One transaction for all; if it fails, each alone, so that one bad row holds up nobody."""
    try:
        with transaction.atomic():
            return _take_locked(case_ids, at=at, batch=batch)
    except Exception:
        if len(case_ids) > 1:
            return sum(_take([case_id], at=at, batch=1) for case_id in case_ids)
        log.exception("the clocks of case %s could not be looked at; next try later", case_ids[0])
        Clock.objects.filter(case_id=case_ids[0], next_look_at__lte=at).update(
            next_look_at=at + POSTPONED
        )
        return 0


def _take_locked(case_ids: Sequence[int], *, at: datetime, batch: int) -> int:
    locked = {
        case.pk: case
        for case in Case.every.select_for_update(of=("self",), skip_locked=True)
        .select_related("place", "assignee", "unit__parent")
        .filter(pk__in=case_ids)
        .order_by("pk")[:batch]
    }
    due = list(Clock.objects.filter(case__in=locked, next_look_at__lte=at).order_by("next_look_at"))
    taken = Round(at, Rungs(at, {case.place_id for case in locked.values()}))
    for clock in due:
        clock.case = locked[clock.case_id]
        lapse = flows.of(clock.case).lapses.get(clock.name)
        if lapse is not None:
            _lapse(clock, lapse, at=at)
        elif clock.step == 0 and clock.due_at > at:
            _warn(clock, taken)
        elif clock.name == ClockName.PROMISE:
            _say_unkept(clock, taken)
        else:
            _climb(clock, taken)
    taken.write()
    return len(due)


def _lapse(clock: Clock, move: str, *, at: datetime) -> None:
    """What the product does by itself once a limit has passed: a request that nobody rated is
    closed as the unit left it."""
    Clock.objects.filter(pk=clock.pk).update(next_look_at=None)
    try:
        advance(clock.case, move, by=SYSTEM, at=at)
    except (Refused, TooLate):
        clocks.stop(clock.case, (clock.name,), at=at)


def _warn(clock: Clock, taken: Round) -> None:
    case, told = clock.case, clock.case.assignee
    happening = entries.Happening(
        case, "warn", {"clock": str(clock.name), "told": [told.pk] if told else []}
    )
    taken.take(clock, step=1, next_look_at=F("due_at"), happening=happening)
    if told is not None:
        occasion = f"clock{clock.pk}.0"
        taken.orders.append(
            telling.ToStaff(
                case, told, f"{clock.name}_warning", occasion, taken.at, due=clock.due_at
            )
        )


def _say_unkept(clock: Clock, taken: Round) -> None:
    """The time agreed with the resident has passed: whoever has the case and the unit above are
    told, once. The ladder is that of the limits."""
    case = clock.case
    above = telling.on_call_over(case, case.unit.parent if case.unit else None, at=taken.at)
    told = {account.pk: account for account in (case.assignee, above) if account is not None}
    data = {"clock": str(clock.name), "told": sorted(told)}
    happening = entries.Happening(case, "warn", data)
    taken.take(clock, step=2, next_look_at=None, happening=happening)
    occasion = f"clock{clock.pk}.1"
    taken.orders += [
        telling.ToStaff(case, account, "promise_overdue", occasion, taken.at, due=clock.due_at)
        for account in told.values()
    ]


def _climb(clock: Clock, taken: Round) -> None:
    """Tell the next rung. After an outage each rung still gets its own time before the next."""
    case, at = clock.case, taken.at
    ladder = rules.ladder(
        rules.SEALED if case.is_sealed else rules.ORDINARY, clock=clock.name, at=at
    )
    done = max(clock.step, 1)
    if done > len(ladder):
        taken.take(clock, step=clock.step, next_look_at=None)
        return
    rung = ladder[done - 1]
    posts = taken.rungs.holders(rung.position, case.place_id)
    following = ladder[done] if done < len(ladder) else None
    out = barred(case)
    told = {post.account_id: post.account for post in posts}
    if clock.name in ASKED_BY and done == 1:
        told |= {account.pk: account for account in waiting_for_report(case, clock.name)}
    told = {key: account for key, account in told.items() if account.phone and key not in out}
    data = {
        "clock": str(clock.name),
        "rung": rung.rung,
        "position": rung.position,
        "told": sorted(told),
    }
    taken.take(
        clock,
        step=done + 1,
        next_look_at=_next_look(rung, following, bool(posts), at=at),
        happening=entries.Happening(case, "escalate", data),
    )
    taken.rungs_told[rung.rung].append(case.pk)
    waited = say_waited(int((at - clock.started_at).total_seconds() // 60))
    taken.orders += [
        telling.ToStaff(
            case,
            account,
            f"{clock.name}_overdue",
            f"clock{clock.pk}.{done}",
            at,
            due=clock.due_at,
            more={"waited": waited, "rung": str(rung.get_position_display())},
        )
        for account in told.values()
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
