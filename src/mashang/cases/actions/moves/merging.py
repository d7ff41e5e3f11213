"""并单: several people's reports of one matter, handled and answered with their lead.

Whatever changes who belongs to whom holds the lead locked, so that a lead which is answered knows
all its members. Each member keeps its own requester, chain, follow-up and rating.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from mashang.cases.access import relations
from mashang.cases.actions import clocks
from mashang.cases.actions.moves.rating import begin_anew
from mashang.cases.actions.step import MISSING, Following, Step, TooLate, at_once
from mashang.cases.flow import ClockName, Phase, State, Who
from mashang.cases.models import Case, Clock, Requester, Urgency
from mashang.core import chain
from mashang.core.errors import Refused
from mashang.core.phones import is_mobile
from mashang.people.models import Unit

MERGE = {Who.HANDLER, Who.DISPATCHER}
# The more pressing, the later: a member's urgency raises its lead's, and never lowers it.
PRESSING = (
    Urgency.COMPLEX,
    Urgency.ORDINARY,
    Urgency.CONSULTATION,
    Urgency.OUTAGE,
    Urgency.DANGER,
)


def members_of(step: Step) -> list[Case]:
    """The cases that wait to be answered with this one, held locked; raises TooLate where one
    was merged in this very moment."""
    found = [
        case
        for case in step.held.values()
        if case.lead_id == step.case.pk and case.state == State.MERGED
    ]
    if Case.objects.filter(lead=step.case, state=State.MERGED).count() != len(found):
        raise TooLate(at_once())
    return found


def pass_on(step: Step, move: str, **facts: Any) -> None:
    """Have every member make `move` with this step."""
    step.following += [Following(member, move, facts) for member in members_of(step)]


def _lead_of(step: Step) -> Case | None:
    return step.held.get(step.case.lead_id or 0) if step.case.state == State.MERGED else None


def _merge(step: Step) -> None:
    case, named = step.case, step.facts["lead"]
    lead = step.held.get(named.pk) if isinstance(named, Case) else None
    if lead is None or not relations(step.by, lead) & MERGE:
        raise Refused(MISSING["lead"]())
    _check_lead(step, lead)
    if clocks.live(case, ClockName.CONTACT) is not None and _gets_no_sms(case):
        raise Refused(_("这位诉求人留的是座机，收不到短信。请先打电话告诉对方，再并单。"))
    step.changes |= {"lead": lead, "unit": lead.unit, "assignee": lead.assignee}
    step.data |= {"lead_number": lead.number, "from_unit": case.unit_id}
    step.following += [
        Following(member, "follow_lead", {"lead": lead, "unit": lead.unit})
        for member in members_of(step)
    ]
    facts = {"member": case.number, "words": step.words, "urgency": case.urgency}
    step.following.append(Following(lead, "take_in", facts))


def _gets_no_sms(case: Case) -> bool:
    requester = Requester.objects.filter(case=case).first()
    return bool(requester and requester.phone and not is_mobile(requester.phone))


def _check_lead(step: Step, lead: Case) -> None:
    if lead.pk == step.case.pk:
        raise Refused(_("不能并入它自己，请写另一件的编号。"))
    if lead.is_sealed or step.case.is_sealed:
        raise Refused(_("涉及干部或单位的事项不能并单。"))
    if lead.state == State.MERGED:
        main = lead.lead
        if main is not None and relations(step.by, main):
            raise Refused(_("那一件已经并入 {number}，请写 {number}。").format(number=main.number))
        raise Refused(_("那一件已经并入别的事项，不能再并入它。"))
    if lead.phase not in (Phase.OPEN, Phase.WAITING):
        raise Refused(_("那一件已经办结，不能再并入。请单独办理、答复这一件。"))
    if lead.unit is None:
        raise Refused(_("那一件还没有派单。请先派单，再并入。"))


def _take_in(step: Step) -> None:
    urgency = step.data.pop("urgency", "")
    if PRESSING.index(Urgency(urgency)) > PRESSING.index(Urgency(step.case.urgency)):
        step.changes["urgency"] = urgency


def _hastened(step: Step) -> list[Clock]:
    return clocks.hasten(step.case, at=step.at) if "urgency" in step.changes else []


def _split(step: Step) -> None:
    """Back to the unit that it came from, as a case of its own with all its limits anew."""
    case = step.case
    lead = step.held.get(case.lead_id or 0)
    if lead is None:
        raise Refused(_("这件事没有并单，不用拆分。"))
    merged = case.entries.filter(move="merge").latest("seq")
    came_from = Unit.objects.filter(pk=merged.data.get("from_unit"), is_active=True).first()
    step.changes["unit"] = came_from or case.unit
    begin_anew(step)
    _tell_lead(step, lead)


def _tell_lead(step: Step, lead: Case) -> None:
    facts = {"member": step.case.number, "words": step.words}
    step.following.append(Following(lead, "member_left", facts))


def _follow_lead(step: Step) -> None:
    if "lead" in step.facts:
        step.changes["lead"] = step.facts["lead"]
    lead = step.facts.get("lead") or step.held[step.case.lead_id or 0]
    step.changes |= {"unit": step.facts["unit"], "assignee": lead.assignee}


def _answer_merged(step: Step) -> None:
    step.changes["answer"] = step.facts["answer"]
    step.data["answer_digest"] = chain.digest(step.facts["answer"])


def _add(step: Step) -> None:
    lead = _lead_of(step)
    if lead is not None:
        facts = {"member": step.case.number, "words": step.words}
        step.following.append(Following(lead, "member_added", facts))


def _withdraw(step: Step) -> None:
    """A member only leaves; of a lead's members the oldest takes over, and the others follow it."""
    lead = _lead_of(step)
    if lead is not None:
        _tell_lead(step, lead)
    members = members_of(step)
    for member in members[:1]:
        step.following.append(Following(member, "take_over", {}))
    for member in members[1:]:
        facts = {"lead": members[0], "unit": member.unit}
        step.following.append(Following(member, "follow_lead", facts))


PREPARE: dict[str, Callable[[Step], None]] = {
    "merge": _merge,
    "take_in": _take_in,
    "split": _split,
    "follow_lead": _follow_lead,
    "answer_merged": _answer_merged,
    "take_over": lambda step: step.changes.update(lead=None),
    "add": _add,
    "withdraw": _withdraw,
}
CLOCKS: dict[str, Callable[[Step], list[Clock]]] = {"take_in": _hastened}
