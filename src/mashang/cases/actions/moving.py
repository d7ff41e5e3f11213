"""`advance`: the only function that changes a case's state.

In one transaction and under the case's lock: may this actor make this move from here, are all
facts present, then the entry, the clocks and the messages. What single moves add stands in
`moves`; what a move is while it is made, in `step`.
"""

from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import flows
from mashang.cases.access import SEALED_KINDS, accused_scope, is_barred
from mashang.cases.actions import clocks, entries, notices, telling
from mashang.cases.actions.moves import merging
from mashang.cases.actions.step import MISSING, NotThere, Step, TooLate
from mashang.cases.flow import Audience, Move, Phase, State, Who
from mashang.cases.models import Ask, Case, Entry
from mashang.cases.routing import why_not_down
from mashang.cases.wording import say_time
from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.messaging.actions import queue
from mashang.people.actors import Actor
from mashang.people.models import Account, Unit

__all__ = ["WORDS_LIMIT", "NotThere", "TooLate", "advance", "hold", "lock"]

WORDS_LIMIT = 2000
# Columns of a case that its chain vouches for, besides those that the flow itself sets.
VOUCHED = {"unit", "assignee", "urgency", "category", "lead", "deferred_until", "supervision"}


def advance(
    case: Case, move_name: str, *, by: Actor, at: datetime | None = None, **facts: Any
) -> Entry:
    """Make a move; `facts` are what the flow says it needs, and what it carries.

    Returns the entry. Raises NotThere (no business with the case), TooLate (it has moved on),
    Refused (a rule says no; the text tells the person what to do). Nothing is written then.
    """
    at = at or timezone.now()
    move = flows.of(case).moves[move_name]
    with transaction.atomic():
        held = _held(case, move, facts)
        locked = held.get(case.pk)
        if locked is None or not flows.relations(by, locked) & move.who:
            raise NotThere
        if locked.state not in move.start:
            raise TooLate(_too_late(locked))
        return _make(Step(locked, move, by, at, _checked(move, facts), held))


def _held(case: Case, move: Move, facts: dict[str, Any]) -> dict[int, Case]:
    """What the move needs locked: the case with its family, and any that the facts name. What
    only the product does by itself concerns one case, of which the worker holds many."""
    if move.who == {Who.SYSTEM}:
        return {found.pk: found for found in (lock(case.pk),) if found}
    wanted = [case, *(fact for fact in facts.values() if isinstance(fact, Case))]
    held = hold(*wanted)
    if any(found.lead_id and found.lead_id not in held for found in held.values()):
        # What was at hand is older than the merger. Out of the order of keys, but once in a while.
        held |= hold(*held.values())
    return held


def hold(*cases: Case) -> dict[int, Case]:
    """These cases, their leads and their members as they are now, locked until the transaction
    ends. All are locked in the order of their keys, so that no two wait for each other."""
    keys = {case.pk for case in cases}
    wanted = keys | {case.lead_id for case in cases if case.lead_id}
    rows = (
        Case.every.select_for_update(of=("self",))
        .select_related("place", "unit__parent", "assignee")
        .filter(Q(pk__in=wanted) | Q(lead__in=keys))
        .order_by("pk")
    )
    return {case.pk: case for case in rows}


def lock(pk: int) -> Case | None:
    """One case alone, for what touches no other; held until the transaction ends."""
    return (
        Case.every.select_for_update(of=("self",))
        .select_related("place", "unit__parent", "assignee")
        .filter(pk=pk)
        .first()
    )


def _too_late(case: Case) -> str:
    last = case.entries.filter(seq__gt=1).exclude(move="look").order_by("-seq").first()
    if last is None:
        return _("这件事现在不能这样办。请刷新页面再看。")
    label = flows.of(case).moves[last.move].label
    return _("刚才 {time} 已经有人办了“{move}”，您这一步没有再做。请刷新页面再看。").format(
        time=say_time(last.at), move=label
    )


def _checked(move: Move, facts: dict[str, Any]) -> dict[str, Any]:
    """Only the facts the move knows, cleaned; Refused where one is missing."""
    known = {*move.needs, *move.carries}
    unknown = facts.keys() - known
    if unknown:
        raise ValueError(f"{move.name} takes no {', '.join(sorted(unknown))}")
    kept: dict[str, Any] = {}
    for name in known:
        value = facts.get(name)
        if isinstance(value, str):
            value = clean_text(value)
            if len(value) > WORDS_LIMIT:
                raise Refused(_("写得太长了，请控制在 2000 字以内。"))
        if value in (None, "") and name in move.needs:
            raise Refused(MISSING[name]())
        if value not in (None, ""):
            kept[name] = value
    return kept


def _make(step: Step) -> Entry:
    """Make a move that is allowed: what it changes, its entry, its messages, what follows."""
    case, move = step.case, step.move
    kind = flows.of(case)
    step.data |= {name: value for name, value in step.facts.items() if _is_plain(value)}
    if move.to is not None:
        _change_state(step, move.to)
    _choose_unit(step)
    if move.name in kind.prepare:
        kind.prepare[move.name](step)
    if "unit" in step.changes and move.to != State.MERGED:
        merging.pass_on(step, "follow_lead", unit=step.changes["unit"])
    assignee = _assign(step)
    notices.look_above(step)
    _vouch(step)

    clocks.stop(case, move.stops, at=step.at)
    if move.pauses:
        clocks.pause(case, at=step.at)
    # A clock started by this move counts the urgency that the move sets.
    case.urgency = step.changes.get("urgency", case.urgency)
    changed = clocks.start(case, move.starts, at=step.at)
    if move.resumes:
        changed += clocks.resume(case, at=step.at)
    if move.name in kind.clocks:
        changed += kind.clocks[move.name](step)
    if changed:
        step.data["clocks"] = clocks.described(changed)
    if move.to is not None or move.stops or changed:
        step.changes |= clocks.summary(case)
    if "answer" in step.changes:
        step.changes["is_indexed"] = False
    entry = entries.record(
        case, move=move.name, by=step.by, at=step.at, data=step.data, **step.changes
    )
    queue(notices.drafts(step, entry, assignee) + step.drafts)
    for each in step.following:
        following = flows.of(each.case).moves[each.move]
        facts = _checked(following, each.facts)
        _make(Step(each.case, following, step.by, step.at, facts, step.held))
    return entry


def _is_plain(value: object) -> bool:
    """Whether an entry can keep it as it is; rows and days are written by `_vouch` and rooms."""
    return isinstance(value, str | int | list)


def _change_state(step: Step, to: str) -> None:
    case, phase = step.case, flows.of(step.case).phases[to]
    step.changes |= {"state": to, "phase": phase}
    done = phase in (Phase.DONE, Phase.DROPPED)
    if done and case.closed_at is None:
        step.changes["closed_at"] = step.at
    elif not done and case.closed_at is not None:
        step.changes["closed_at"] = None
    if done or to == State.MERGED:
        # Whatever was asked of those above has lapsed undecided.
        Ask.objects.filter(case=case, decided_at=None).update(decided_at=step.at, remind_at=None)


def _vouch(step: Step) -> None:
    """Write into the entry what the move sets in the columns that the chain vouches for."""
    for name in VOUCHED & step.changes.keys():
        value = step.changes[name]
        if isinstance(value, models.Model):
            value = value.pk
        step.data[name] = value.isoformat() if isinstance(value, date) else value
    unit = step.changes.get("unit")
    if unit is not None:
        step.data["unit_name"] = unit.name


def _choose_unit(step: Step) -> None:
    """Where the case goes, if it goes; a sealed one never to whom it may concern."""
    case, unit = step.case, None
    if step.move.unit == "chosen":
        unit = step.facts["unit"]
        if not isinstance(unit, Unit) or not unit.is_active:
            raise Refused(MISSING["unit"]())
    elif step.move.unit == "above":
        unit = case.unit.parent if case.unit else None
        if unit is None:
            raise Refused(_("上面没有单位可以上报了。"))
    if unit is None:
        return
    if case.is_sealed and (
        unit.kind not in SEALED_KINDS or unit.place_id.startswith(accused_scope(case))
    ):
        raise Refused(_("涉及干部或单位的事项只能交给上级督查岗。"))
    if step.move.unit == "chosen" and (refusal := why_not_down(case, unit, at=step.at)):
        raise Refused(refusal)
    if is_barred(unit, case):
        raise Refused(_("{unit}要回避这件事，不能交给它。").format(unit=unit.name))
    step.changes["unit"] = unit


def _assign(step: Step) -> Account | None:
    """Who is on duty for the unit, where the move tells them; else whoever has the case."""
    if "assignee" in step.changes:
        return step.changes["assignee"]
    if not any(tell.audience == Audience.ON_CALL for tell in step.move.tells):
        return step.case.assignee
    unit = step.changes.get("unit", step.case.unit)
    found = telling.on_call_for(step.case, at=step.at, unit=unit)
    step.changes["assignee"] = found.account if found else None
    return step.changes["assignee"]
