"""What the resident, or a call on record, says to "we have phoned you": a proof, or attention from
above."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from mashang.cases.actions import clocks
from mashang.cases.actions.step import Step
from mashang.cases.contact import (
    CONFIRMED,
    DENIED,
    DENIED_LATER,
    REACHED,
    RECORDED,
    RECORDED_LATER,
    TELLING,
    Proof,
    proof,
)
from mashang.cases.flow import MOVES, Audience, ClockName, Tell
from mashang.cases.models import Case, Requester
from mashang.core.errors import Refused


def proof_of(case: Case) -> str:
    rows = case.entries.filter(move__in=TELLING).order_by("seq")
    return proof(rows.values_list("move", flat=True))


def denial(case: Case) -> str:
    """The move of "nobody called": while the unit works on it, it has to call again; later on
    those above are told."""
    return DENIED if case.state in MOVES[DENIED].start else DENIED_LATER


def _reached(step: Step) -> None:
    """Asks the resident once for each claim whether they were called."""
    if settings.ASK_WHETHER_CALLED and proof_of(step.case) in ("", Proof.DENIED):
        step.further = (*step.further, Tell(Audience.REQUESTER, "contact_check"))


def _confirmed(step: Step) -> None:
    if proof_of(step.case) not in (Proof.CLAIMED, Proof.DENIED):
        raise Refused(_("这次回电您已经确认过，或者单位还没有登记，不用再点。"))


def _denied(step: Step) -> None:
    """Once for each claim. Where the data are erased nobody could call any more."""
    if proof_of(step.case) != Proof.CLAIMED:
        raise Refused(_("您已经说过了。还有别的情况，请在下面补充。"))
    if not Requester.objects.filter(case=step.case, erased_at=None).exists():
        raise Refused(_("您的电话已经删除，工作人员没法再打给您。有情况请重新反映。"))


def _recorded(step: Step) -> None:
    """The limit was kept if the resident took the call in time, however long the two talked."""
    answered = datetime.fromisoformat(step.facts["answered"])
    clock = clocks.live(step.case, ClockName.CONTACT)
    if clock is not None:
        at = max(clock.started_at, min(answered, step.at))
        clocks.stop(step.case, (ClockName.CONTACT,), at=at)


PREPARE: dict[str, Callable[[Step], None]] = {
    REACHED: _reached,
    CONFIRMED: _confirmed,
    DENIED: _denied,
    DENIED_LATER: _denied,
    RECORDED: _recorded,
    RECORDED_LATER: _recorded,
}
