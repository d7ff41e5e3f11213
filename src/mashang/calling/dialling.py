"""The worker's side of calls: hand over what was asked for, and ask what became of it.

A call is handed over once. Before that the row says to which platform; where no answer comes, or
the worker dies, that one is asked, and the call is never dialled again by itself: a person presses
once more. Nothing here calls the network inside a transaction.
"""

import logging
from concurrent.futures import Future, wait
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from mashang.calling import hearing
from mashang.calling.actions import may_ring
from mashang.calling.models import Call, CallState
from mashang.cases.models import Requester
from mashang.messaging import lanes
from mashang.messaging.lanes import Lane
from mashang.messaging.models import CallReason
from mashang.messaging.recording import without_phones
from mashang.messaging.senders import UNKNOWN, OutcomeUnknown, PermanentFailure, TemporaryFailure
from mashang.messaging.senders.base import Ring
from mashang.messaging.sending import ANSWER_WITHIN, pool
from mashang.people.actors import Staff

logger = logging.getLogger(__name__)

WAITS_FOR = timedelta(minutes=1)  # whoever pressed stands there with the phone in the hand
TRIES_AGAIN_AFTER = timedelta(seconds=5)
ASKED_AFTER = timedelta(seconds=20)
GIVEN_UP_AFTER = timedelta(minutes=10)  # where the platform cannot tell
LONGEST = timedelta(hours=1)
_flights: dict[int, tuple[Lane, Future[Any]]] = {}


def forget() -> None:
    """Begin as a new process does, which knows of nothing under way."""
    _flights.clear()


def place_due() -> int:
    """Hand over the calls that were asked for; how many, with those whose answer came."""
    landed = _land()
    free = [lane for lane in lanes.callers() if lane.breaker.allowance(1) > 0]
    if not free:
        return landed
    now = timezone.now()
    waiting = Call.objects.filter(
        Q(handed_at=None) | Q(handed_at__lt=now - TRIES_AGAIN_AFTER),
        state=CallState.ASKED,
        asked_at__gt=now - WAITS_FOR,
    )
    for call in waiting.select_related("case__place", "case__unit", "account").order_by("pk")[:20]:
        lane = lanes.draw(free)
        claimed = Call.objects.filter(pk=call.pk, state=CallState.ASKED, handed_at=call.handed_at)
        if not claimed.update(state=CallState.DIALLING, provider=lane.code, handed_at=now):
            continue
        landed += 1
        ring = _ring(call)
        if ring is None:
            _not_sent(call, "")
        else:
            _flights[call.pk] = (lane, pool().submit(lane.sender.ring, ring))  # type: ignore[attr-defined]
    return landed


def _ring(call: Call) -> Ring | None:
    """What to hand over; None where it is not right any more."""
    requester = Requester.objects.filter(case=call.case_id, erased_at=None).first()
    if requester is None or not requester.phone or not may_ring(Staff(call.account), call.case):
        return None
    longest = int(LONGEST.total_seconds())
    return Ring(call.key, first=call.account.phone, then=requester.phone, longest=longest)


def _land() -> int:
    done = [key for key, (_lane, future) in _flights.items() if future.done()]
    for key in done:
        lane, future = _flights.pop(key)
        _note(Call.objects.get(pk=key), lane, future)
    return len(done)


def _note(call: Call, lane: Lane, future: Future[Any]) -> None:
    """What the platform answered. Its reports may have come before: then there is no more to do."""
    still = Call.objects.filter(pk=call.pk, state=CallState.DIALLING)
    error = future.exception()
    words = without_phones(str(error))[:200] if error else ""
    lane.note(is_error=bool(error) and not isinstance(error, PermanentFailure), words=words)
    if error is None:
        Call.objects.filter(pk=call.pk).update(reference=str(future.result())[:80])
        still.update(state=CallState.RINGING)
    elif isinstance(error, TemporaryFailure):
        still.update(state=CallState.ASKED, words=words)
    elif isinstance(error, PermanentFailure):
        _not_sent(call, words)
    elif not isinstance(error, OutcomeUnknown):
        logger.error("a call could not be handed over: %s", call.key, exc_info=error)


def _not_sent(call: Call, words: str) -> None:
    open_ = Call.objects.filter(pk=call.pk, ended_at=None)
    now = timezone.now()
    open_.update(
        state=CallState.ENDED,
        reason=CallReason.NOT_SENT,
        words=words,
        ended_at=now,
        settled_at=now,
    )


def look_after() -> int:
    """Ask what became of calls that nobody told the end of; how many were asked about."""
    now = timezone.now()
    left = Call.objects.filter(state=CallState.ASKED, asked_at__lt=now - WAITS_FOR)
    for call in left:
        _not_sent(call, call.words)
    asked = Call.objects.filter(
        Q(looked_at=None) | Q(looked_at__lt=now - ASKED_AFTER),
        ended_at=None,
        handed_at__lt=now - ASKED_AFTER,
        state__in=(CallState.DIALLING, CallState.RINGING, CallState.TALKING),
    ).exclude(pk__in=_flights)
    answers: dict[Call, Future[Any]] = {}
    for call in asked.order_by("pk")[:50]:
        lane = lanes.by_code(call.provider)
        if lane is not None and hasattr(lane.sender, "what_became"):
            answers[call] = pool().submit(lane.sender.what_became, call.key)
        elif _is_old(call):
            _unknown(call)
    wait(answers.values(), timeout=ANSWER_WITHIN)
    Call.objects.filter(pk__in=[call.pk for call in answers]).update(looked_at=now)
    for call, answer in answers.items():
        if answer.done():
            _found(call, answer)
    return len(answers)


def _found(call: Call, answer: Future[Any]) -> None:
    if error := answer.exception():
        if not isinstance(error, TemporaryFailure):
            logger.error("a call could not be asked about: %s", call.key, exc_info=error)
        if _is_old(call):
            _unknown(call)
        return
    told = answer.result()
    if told is None:
        _not_sent(call, "")
    elif told is not UNKNOWN:
        Call.objects.filter(pk=call.pk, state=CallState.DIALLING).update(state=CallState.RINGING)
        hearing.hear(call.provider, told)
    elif _is_old(call):
        _unknown(call)


def _is_old(call: Call) -> bool:
    longest = GIVEN_UP_AFTER + (LONGEST if call.answered_at else timedelta())
    return bool(call.handed_at and call.handed_at < timezone.now() - longest)


def _unknown(call: Call) -> None:
    now = timezone.now()
    Call.objects.filter(pk=call.pk, ended_at=None).update(
        state=CallState.UNKNOWN, ended_at=now, settled_at=now
    )


def finish() -> None:
    """Note what was answered, before the worker ends."""
    wait([future for _lane, future in _flights.values()], timeout=ANSWER_WITHIN)
    _land()
