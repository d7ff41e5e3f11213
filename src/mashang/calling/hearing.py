"""What platforms tell of calls, kept at once; and what a case is told once a call has ended."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from mashang.calling.models import Call, CallState
from mashang.cases import flows
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere
from mashang.cases.contact import BEGINNINGS, MISSED, RECORDED, RECORDED_LATER
from mashang.cases.flow import MOVES
from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.core.text import clean_line
from mashang.messaging.models import CallReason
from mashang.messaging.recording import without_phones
from mashang.messaging.senders.base import CallEvent, CallReport
from mashang.people.actors import SYSTEM, Staff

logger = logging.getLogger(__name__)
UNDER_WAY = (CallState.ASKED, CallState.DIALLING, CallState.RINGING)
# Of the resident's phone: each is a try to reach them.
TRIES = (CallReason.NO_ANSWER, CallReason.BUSY, CallReason.REFUSED, CallReason.WRONG)


def hear(provider: str, reports: Sequence[CallReport]) -> None:
    """Keep what was told. What is told twice, late or out of order changes nothing: each moment is
    written once, and an end ends."""
    for report in reports:
        call = Call.objects.filter(key=report.key[:40], provider=provider).first()
        if call is not None:
            _keep(call, report, at=_within(report.at, call))


def _within(at: datetime | None, call: Call) -> datetime:
    """The moment that was told, where it can be: not before the call and not in the future."""
    now = timezone.now()
    return max(call.asked_at, min(at or now, now))


def _keep(call: Call, report: CallReport, *, at: datetime) -> None:
    row = Call.objects.filter(pk=call.pk)
    if report.event == CallEvent.RINGING:
        row.filter(rang_at=None).update(rang_at=at)
        row.filter(state__in=UNDER_WAY).update(state=CallState.RINGING)
        return
    if report.event == CallEvent.ANSWERED:
        row.filter(answered_at=None).update(answered_at=at)
        row.filter(state__in=UNDER_WAY).update(state=CallState.TALKING)
        return
    answered = call.answered_at or Call.objects.values_list("answered_at", flat=True).get(
        pk=call.pk
    )
    seconds = report.seconds
    if seconds is None and answered and not report.reason:
        seconds = int((at - answered).total_seconds())
    has_talked = seconds is not None and not report.reason
    if has_talked:
        # Nobody talked longer than it is since the button was pressed.
        seconds = max(0, min(seconds or 0, int((at - call.asked_at).total_seconds())))
    reason = report.reason if report.reason in CallReason.values else CallReason.FAILED
    # What a platform tells after all of a call that was given up still counts.
    row.filter(Q(ended_at=None) | Q(state=CallState.UNKNOWN)).update(
        state=CallState.ENDED,
        ended_at=at,
        answered_at=Coalesce(F("answered_at"), at) if has_talked and not answered else answered,
        seconds=seconds if has_talked else None,
        reason="" if has_talked else reason,
        words=without_phones(clean_line(report.words))[:200],
        settled_at=None,
    )


def settle() -> int:
    """Tell the cases how calls ended, each once; returns how many were settled."""
    waiting = Call.objects.filter(settled_at=None, ended_at__isnull=False).order_by("pk")
    return sum(_settle(key) for key in list(waiting.values_list("pk", flat=True)[:50]))


def _settle(key: int) -> int:
    try:
        with transaction.atomic():
            call = (
                Call.objects.select_for_update(of=("self",))
                .select_related("account")
                .filter(pk=key, settled_at=None)
                .first()
            )
            if call is None:
                return 0
            _tell(call)
            call.settled_at = timezone.now()
            call.save(update_fields=["settled_at"])
    except OperationalError:
        raise  # the database's trouble and not this call's
    except (NotThere, Refused) as error:
        # The case has moved on, or is not this person's any more: the call's own row tells of it.
        logger.info("call %s is not told to its case: %s", key, type(error).__name__)
        return Call.objects.filter(pk=key, settled_at=None).update(settled_at=timezone.now())
    return 1


def _tell(call: Call) -> None:
    """The move that the call is worth, if any. What came before the duty to phone began anew is
    worth nothing."""
    case = Case.objects.select_related("place", "unit").get(pk=call.case_id)
    if case.entries.filter(move__in=BEGINNINGS, at__gt=call.asked_at).exists():
        return
    if call.is_proof:
        facts = {"call": call.key, "talked": call.seconds, "caller": call.account.name}
        facts["answered"] = (call.answered_at or call.asked_at).isoformat()
        move = RECORDED if case.state in MOVES[RECORDED].start else RECORDED_LATER
        if case.state in MOVES[move].start:
            advance(case, move, by=SYSTEM, **facts)
    elif call.reason in TRIES and case.state in MOVES[MISSED].start:
        by = Staff(call.account)
        if flows.relations(by, case) & MOVES[MISSED].who:
            advance(case, MISSED, by=by, call=call.key, unanswered=call.reason)
