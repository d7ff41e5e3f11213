"""What became of what was reported by one code with its short form.

Whoever leaves no phone cannot be told; but whoever has a code of their own (a rider, a stop, a
shop) scans it again and reads it there. Only what anybody may know: the public answers by choice,
the day, the state. No words, no spot, no names.
"""

from dataclasses import dataclass
from datetime import datetime

from mashang.cases import types
from mashang.cases.flow import Phase
from mashang.cases.models import Case, CaseType
from mashang.codes.models import Code

MOST = 5


@dataclass(frozen=True)
class FromHere:
    """One report from the code, as everybody who scans it may read it."""

    said: str
    received_at: datetime
    state: str
    is_done: bool
    closed_at: datetime | None


def from_code(code: Code, row: CaseType) -> list[FromHere]:
    """The newest few by this code with this form, in one query; nothing confidential or sealed."""
    cases = (
        Case.objects.filter(code=code, type=row.code, is_sealed=False, is_confidential=False)
        .only("answers", "received_at", "state", "phase", "closed_at")
        .order_by("-pk")[:MOST]
    )
    return [
        FromHere(
            said="、".join(
                answer.text
                for answer in types.said(row, case.answers)
                if answer.question.privacy == types.Privacy.PUBLIC
            ),
            received_at=case.received_at,
            state=str(case.get_state_display()),
            is_done=case.phase == Phase.DONE,
            closed_at=case.closed_at,
        )
        for case in cases
    ]
