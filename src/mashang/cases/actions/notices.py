"""Who hears of a move by SMS, and what it says to each."""

from collections.abc import Iterable

from mashang.cases.actions import telling
from mashang.cases.actions.step import Step
from mashang.cases.flow import Audience, State
from mashang.cases.models import Clock, Entry, Requester
from mashang.cases.wording import say_time
from mashang.messaging.actions import Draft
from mashang.people.actors import Staff
from mashang.people.models import Account, Unit


def drafts(step: Step, entry: Entry, assignee: Account | None) -> list[Draft]:
    """The messages of a move that was just recorded; `assignee` has the case from now on."""
    case, occasion = step.case, str(entry.seq)
    due = telling.contact_due(case, Clock.objects.filter(case=case, stopped_at=None))
    unit = case.unit.name if case.unit else ""
    requester = None
    staff: list[telling.ToStaff] = []
    found: list[Draft] = []
    for tell in (*step.move.tells, *step.further):
        if tell.audience == Audience.REQUESTER:
            requester = requester or Requester.objects.filter(case=case).first()
            said = {"unit": unit, "due": say_time(due, today=step.at) if due else ""}
            found += telling.requester_draft(
                case, requester, tell.template, occasion=occasion, **(said | step.params)
            )
            continue
        more = {"unit": unit, **step.params}
        staff += [
            telling.ToStaff(case, account, tell.template, occasion, step.at, due=due, more=more)
            for account in _people(step, tell.audience, assignee)
        ]
    return found + (telling.staff_drafts(staff, at=step.at) if staff else [])


def reach_over(
    step: Step, audience: Audience, unit: Unit | None, *, without: Iterable[int] = ()
) -> None:
    """Choose whom of those above a move reaches, for `unit`. That it reaches nobody is written
    into its entry, so that the asker is told and the case is marked in the lists."""
    found = telling.on_call_over(step.case, unit, at=step.at, without=without)
    step.tell[audience] = [found] if found else []
    if found is None or not found.phone:
        step.data["unheard"] = True


def look_above(step: Step) -> None:
    """`reach_over` for the unit above, where the move tells it; call it before the entry."""
    if any(tell.audience == Audience.ABOVE for tell in (*step.move.tells, *step.further)):
        unit = step.case.unit
        asker = {step.by.account.pk} if isinstance(step.by, Staff) else ()
        reach_over(step, Audience.ABOVE, unit and (unit.parent or unit), without=asker)


def _people(step: Step, audience: Audience, assignee: Account | None) -> Iterable[Account]:
    case = step.case
    if audience in step.tell:
        return step.tell[audience]
    if audience in (Audience.ASSIGNEE, Audience.ON_CALL) and case.state != State.MERGED:
        return [assignee] if assignee else []
    return []  # what a member's requester says is told by its lead's own entry
