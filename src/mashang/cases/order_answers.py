"""The answers to a type's own questions, as the page of an order shows them.

Those that tell who somebody is are masked like a phone, and shown in the one answer to a recorded
look.
"""

from mashang.cases import types
from mashang.cases.models import Case, Requester
from mashang.core.text import mask_name

Told = list[tuple[str, str]]  # question, answer


def answers(case: Case) -> Told:
    """What the staff who see the case may read."""
    if not case.answers:
        return []
    row = types.type_of(case.type, at=case.received_at)
    return [(answer.question.label, answer.text) for answer in types.said(row, case.answers)]


def identity(case: Case, requester: Requester) -> Told:
    """What is masked until somebody looks at the phone."""
    if not requester.answers:
        return []
    row = types.type_of(case.type, at=case.received_at)
    return [(answer.question.label, answer.text) for answer in types.said(row, requester.answers)]


def masked(told: Told) -> Told:
    return [(label, mask_name(text)) for label, text in told]
