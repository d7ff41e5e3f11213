"""Open cases never lose their owner: from whoever leaves to a successor, from a closed unit to
the one that takes its place.

Each case is one transaction under its lock, and only what still is as it was is changed. So two
who do it at once do it once, and what was broken off goes on where it stopped.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.access import CONFIDENTIAL_KINDS, SEALED_KINDS, accused_scope
from mashang.cases.actions import clocks, entries, telling
from mashang.cases.actions.moving import hold
from mashang.cases.flow import ClockName, State
from mashang.cases.handing_over import (
    OPEN,
    could_open,
    handable_by,
    may_hand_over,
    open_of,
    orphans,
    successors,
    units_to_take,
    with_owner,
)
from mashang.cases.models import Case, Clock, OrderLink
from mashang.messaging.actions import queue
from mashang.people.actors import SYSTEM, Actor, Staff
from mashang.people.models import Account, Unit

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What became of one case, or would: who has it now, or why nothing was done."""

    case: Case
    to: Account | None = None
    refusal: str = ""
    is_done_before: bool = False  # somebody else was faster; nothing is left to do

    @property
    def is_done(self) -> bool:
        return not self.refusal


@dataclass(frozen=True)
class Summary:
    """The results of many cases, counted for the page."""

    results: list[Result]

    @property
    def done(self) -> list[Result]:
        return [result for result in self.results if result.is_done]

    @property
    def without_anybody(self) -> list[Result]:
        return [result for result in self.done if result.to is None]

    @property
    def refused(self) -> list[Result]:
        return [result for result in self.results if not result.is_done]

    @property
    def by_person(self) -> list[tuple[Account, int]]:
        """Who gets how many."""
        counts: dict[Account, int] = {}
        for result in self.done:
            if result.to is not None:
                counts[result.to] = counts.get(result.to, 0) + 1
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].name))


# From a person to another ----------------------------------------------------------------------


def hand_over(
    account: Account,
    unit: Unit,
    *,
    by: Actor,
    to: Account | None = None,
    chosen: Mapping[int, Account] | None = None,
    only: Iterable[int] | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> Summary:
    """Give somebody's open cases of a unit to `to`, or each to the one in `chosen` (by the case's
    key), else to whoever is on duty there; of these keys `only` where they are given.

    A staff member hands over what they may and see; the rest stays out of it. A dry run says the
    same and writes nothing.
    """
    at = at or timezone.now()
    rows = handable_by(by) if isinstance(by, Staff) else with_owner(Case.objects.all())
    rows = rows.filter(assignee=account, unit=unit)
    keys = rows.order_by("pk").values_list("pk", flat=True)
    if only is not None:
        keys = sorted(set(only))
    wanted = chosen or {}
    return Summary(
        [
            result
            for key in keys
            if (
                result := hand_over_case(
                    key,
                    by=by,
                    leaving=account,
                    to=wanted.get(key, to),
                    at=at,
                    dry_run=dry_run,
                )
            )
        ]
    )


def hand_over_case(
    key: int,
    *,
    by: Actor,
    leaving: Account | None,
    to: Account | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> Result | None:
    """Give one open case, while it still is `leaving`'s, to `to` or to whoever is on duty.

    None where it is not there for `by`. Where nobody at all can take it and `leaving` cannot
    either, it is left without an assignee, which puts it into the dispatchers' list.
    """
    at = at or timezone.now()
    with transaction.atomic():
        case, members = _family(key)
        if case is None or not may_hand_over(by, case):
            return None
        if not _is_open(case) or case.assignee_id != (leaving.pk if leaving else None):
            now = case.assignee.name if case.assignee else _("没有经办人")
            refusal = _("已经办结，或已交给{name}。").format(name=now)
            return Result(case, case.assignee, refusal, is_done_before=True)
        found = to or _on_duty(case, leaving, at=at)
        refusal = _why_not(case, found, leaving, is_chosen=to is not None)
        if refusal or dry_run:
            return Result(case, found, refusal)
        _give(case, members, found, move="reassign", by=by, at=at)
        return Result(case, found)


def _family(key: int) -> tuple[Case | None, list[Case]]:
    """The case and the members that are merged into it, locked until the transaction ends."""
    known = Case.objects.only("pk", "lead").filter(pk=key).first()
    held = hold(known) if known else {}
    members = [c for c in held.values() if c.lead_id == key and c.state == State.MERGED]
    return held.get(key), members


def _is_open(case: Case) -> bool:
    return case.phase in OPEN and case.state != State.MERGED


def _on_duty(case: Case, leaving: Account | None, *, at: datetime) -> Account | None:
    """The first on duty for the case's unit, or above it, for whom the case would be there."""
    without = {leaving.pk} if leaving else set()
    fits = partial(could_open, case=case)
    found = telling.on_call_for(case, at=at, without=without, fits=fits)
    return found.account if found else None


def _why_not(case: Case, to: Account | None, leaving: Account | None, *, is_chosen: bool) -> str:
    """Why this person cannot take the case; "" where they can."""
    if to is None:
        return _why_nobody(case, leaving)
    if is_chosen and (
        case.unit is None or not successors(case.unit, leaving=leaving).filter(pk=to.pk).exists()
    ):
        return _("{name}现在不在这个单位任职，或没有手机号，不能接。").format(name=to.name)
    if not could_open(to, case):
        return _("涉及干部或单位的事项，不能交给可能被反映的单位的人。")
    return ""


def _why_nobody(case: Case, leaving: Account | None) -> str:
    """Nobody is on duty: then the case stays where it is, unless its person is gone for good."""
    if leaving is None:
        return _("现在没有人值班，没有人可以接。")
    if leaving.is_active and could_open(leaving, case):
        return _("现在没有别人值班，没有人可以接，先留在原经办人手里。")
    return ""


def _give(
    case: Case,
    members: list[Case],
    to: Account | None,
    *,
    move: str,
    by: Actor,
    at: datetime,
    unit: Unit | None = None,
) -> None:
    """Write the new owner into the case and its chain, kill the old one's link, send a new one."""
    before = case.assignee_id
    data: dict[str, object] = {
        "assignee": to.pk if to else None,
        "told": [to.pk] if to and to.phone else [],
        "reason": "hand_over",
    }
    changes: dict[str, object] = {"assignee": to}
    if unit is not None:
        data |= {"unit": unit.pk, "unit_name": unit.name, "reason": "unit_changed"}
        changes["unit"] = unit
    entry = entries.record(case, move=move, by=by, at=at, data=data, **changes)
    for member in members:
        entries.record(member, move=move, by=by, at=at, data={**data, "told": []}, **changes)
    if before and before != (to.pk if to else None):
        old = OrderLink.objects.filter(case__in=[case, *members], account=before, revoked_at=None)
        old.update(revoked_at=at)
    if to is not None:
        due = telling.contact_due(case, Clock.objects.filter(case=case, stopped_at=None))
        # Whoever has not begun with it is told as of a new order, at any hour.
        template = "duty_new" if case.state == State.DISPATCHED else "handed_over"
        order = telling.ToStaff(case, to, template, str(entry.seq), at, due=due)
        queue(telling.staff_drafts([order], at=at))


# Cases that have nobody ------------------------------------------------------------------------


def adopt_orphans(*, at: datetime | None = None) -> int:
    """Give every open case whose owner has left, or that has none, to whoever is on duty: the
    worker does so the day after a post ended, and for all that was ever forgotten.

    Returns how many. One that fails is logged and does not hold up the others.
    """
    at = at or timezone.now()
    done = 0
    for case in orphans(at=at):
        found = telling.on_call_for(case, at=at)
        if found and found.account == case.assignee and could_open(found.account, case):
            continue  # they stand in for somebody: it is theirs while they do
        try:
            result = hand_over_case(case.pk, by=SYSTEM, leaving=case.assignee, at=at)
        except Exception:
            log.exception("case %s could not be handed over; next try later", case.pk)
            continue
        done += bool(result and result.is_done)
    return done


def let_go(account: Account, _by: Staff) -> int:
    """Give all open cases of somebody whose account is being switched off to whoever is on duty,
    in the caller's transaction. It is the product that does so: who switches accounts off has no
    business with cases. Returns how many; what nobody can take stays for `adopt_orphans`."""
    results = [
        hand_over_case(key, by=SYSTEM, leaving=account)
        for key in open_of(account).order_by("pk").values_list("pk", flat=True)
    ]
    return sum(bool(result and result.is_done) for result in results)


# From a unit to another ------------------------------------------------------------------------


def move_unit(
    source: Unit,
    to: Unit,
    *,
    by: Staff,
    only: Iterable[int] | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
) -> Summary:
    """Move the open cases of a unit that was closed or merged to the unit that takes its place.

    They stay in the state they are in and their limits run on; whoever is on duty there becomes
    the owner and is told. A dry run says the same and writes nothing.
    """
    at = at or timezone.now()
    rows = handable_by(by).filter(unit=source).order_by("pk").values_list("pk", flat=True)
    keys = list(rows) if only is None else sorted(set(only))
    moved = [_move_case(key, source, to, by=by, at=at, dry_run=dry_run) for key in keys]
    return Summary([result for result in moved if result])


def _move_case(
    key: int, source: Unit, to: Unit, *, by: Staff, at: datetime, dry_run: bool
) -> Result | None:
    with transaction.atomic():
        case, members = _family(key)
        if case is None or not may_hand_over(by, case):
            return None
        if not _is_open(case) or case.unit_id != source.pk:
            unit = case.unit.name if case.unit else ""
            refusal = _("已经办结，或已交给{name}。").format(name=unit)
            return Result(case, case.assignee, refusal, is_done_before=True)
        refusal = _why_not_there(case, source, to, by)
        if refusal:
            return Result(case, None, refusal)
        case.unit = to
        found = _on_duty(case, None, at=at)
        case.unit = source
        if not dry_run:
            _give(case, members, found, move="unit_changed", by=by, at=at, unit=to)
        return Result(case, found)


def _why_not_there(case: Case, source: Unit, to: Unit, by: Staff) -> str:
    if not units_to_take(by, source).filter(pk=to.pk).exists():
        return _("不能交给{unit}：不在您的派单范围里，或已停用。").format(unit=to.name)
    if case.is_sealed:
        if to.kind not in SEALED_KINDS or to.place_id.startswith(accused_scope(case)):
            return _("涉及干部或单位的事项只能交给上级督查岗。")
    elif (
        case.is_confidential
        and to.kind not in CONFIDENTIAL_KINDS
        and clocks.live(case, ClockName.CONTACT) is not None
    ):
        return _("保密件转给别的单位后，那里看不到电话。请先给诉求人回电，再转派。")
    return ""
