"""Hints at an answer: for whoever writes it before it goes out, and for whoever reads it after."""

from django.db.models import Q

from mashang.cases.flow import Who
from mashang.cases.forms_staff import MoveForm
from mashang.cases.models import Case
from mashang.cases.order_access import Order
from mashang.cases.order_extras import Hint
from mashang.knowledge.replies import SAID, Flag, flags

COMPARED = 60  # the newest answers of the unit
REVIEWERS = {Who.DISPATCHER, Who.LEADER, Who.INSPECTOR, Who.OVERSEER}


def others_of(case: Case) -> list[str]:
    """The unit's newest answers to other matters; a merged case shares its lead's."""
    if case.unit_id is None:
        return []
    family = Q(pk=case.pk) | Q(lead=case.pk)
    if case.lead_id:
        family |= Q(pk=case.lead_id) | Q(lead=case.lead_id)
    rows = Case.objects.filter(unit=case.unit_id, is_sealed=case.is_sealed).exclude(answer="")
    return list(rows.exclude(family).order_by("-pk").values_list("answer", flat=True)[:COMPARED])


def weaknesses(case: Case, answer: str) -> list[str]:
    """What may be weak about an answer to a case, each a sentence."""
    found: list[Flag] = flags(case.text, answer, others_of(case))
    return [str(SAID[flag]) for flag in found]


def before(order: Order, form: MoveForm) -> Hint:
    """What stands below the answer that is being written; looked at once something is sent."""
    answer = str(form.data.get("answer", "")).strip() if form.is_bound else ""
    found = weaknesses(order.case, answer) if answer else []
    facts = {"flags": found, "is_looked_at": bool(answer)}
    return Hint("knowledge/reply.html", facts)


def after(order: Order) -> Hint | None:
    """What reviewers find below an answer that went out; those who wrote it have seen it."""
    if not order.relations & REVIEWERS:
        return None
    found = weaknesses(order.case, order.case.answer)
    return Hint("knowledge/answer.html", {"flags": found}) if found else None
