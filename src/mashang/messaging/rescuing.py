"""Sweeps: settling what a dead worker held, and marking what could not go out in its time."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.messaging import lanes
from mashang.messaging.lanes import Lane
from mashang.messaging.models import Message, MessageState
from mashang.messaging.recording import Outcome, record
from mashang.messaging.senders import UNKNOWN, Acceptance, Parcel, Sender, TemporaryFailure
from mashang.messaging.sending import BATCH, THREADS, load, results_of

CLAIM_IS_OLD = timedelta(seconds=60)


def rescue_stuck(sender: Sender | None = None) -> int:
    """Settle messages that a worker claimed a minute ago or more and never recorded.

    What the provider accepted is SENT; what it never accepted is queued again; where it cannot
    tell the message FAILED with that reason and is never sent again by itself. A provider that
    cannot be asked now is asked a minute later, until the message expires. What was claimed and
    handed to nobody is queued again. Returns how many were settled.
    """
    settled = 0
    while True:
        looked, round_settled = _rescue_round(sender)
        settled += round_settled
        if round_settled < looked or looked < THREADS:
            return settled


def _rescue_round(sender: Sender | None) -> tuple[int, int]:
    now = timezone.now()
    stuck = Message.objects.filter(state=MessageState.SENDING, claimed_at__lt=now - CLAIM_IS_OLD)
    keys = list(stuck.order_by("claimed_at").values_list("pk", flat=True)[:BATCH])
    messages, outcomes = load(stuck.filter(pk__in=keys).order_by("claimed_at").defer("params"))
    groups: dict[Lane | None, list[Message]] = defaultdict(list)
    for message in messages:
        if message.handed_at is None and sender is None and lanes.standing():
            outcomes[message] = Outcome(MessageState.QUEUED, is_attempt=False, next_attempt_at=now)
        else:
            lane = lanes.of(sender) if sender else lanes.by_code(message.provider)
            groups[lane].append(message)
    for lane, asked in groups.items():
        for message, answer in _answers(lane, asked).items():
            outcome = _settled(message, answer, now)
            if outcome is not None:
                outcomes[message] = outcome
    unsettled = [message.pk for message in messages if message not in outcomes]
    if unsettled:
        stuck.filter(pk__in=unsettled).update(claimed_at=now)
    record(stuck, outcomes)
    return len(keys), len(outcomes)


def _answers(lane: Lane | None, messages: list[Message]) -> dict[Message, Any]:
    """What the provider says about each; a provider that is not there any more cannot be asked."""
    if lane is None or lane.breaker.is_pausing:
        return {message: TemporaryFailure() for message in messages}

    def ask(message: Message) -> Acceptance:
        parcel = Parcel(message.key, message.phone, "", "", {}, handed_at=message.handed_at)
        return lane.sender.was_accepted(parcel)

    return results_of(ask, messages, uses_network=lane.sender.uses_network)


def _settled(message: Message, answer: Any, now: datetime) -> Outcome | None:
    """What the provider's answer about a stuck message means; None: ask again later."""
    if answer is None:
        return Outcome(MessageState.QUEUED, next_attempt_at=now)
    if isinstance(answer, str):
        return Outcome(MessageState.SENT, reference=answer)
    if answer is UNKNOWN or message.expires_at <= now:
        return Outcome(MessageState.FAILED, _("结果不明"))
    return None


def expire_late() -> int:
    """Mark what could not be sent in its time; returns how many."""
    late = Message.objects.filter(state=MessageState.QUEUED, expires_at__lte=timezone.now()).defer(
        "phone", "params"
    )
    outcome = Outcome(MessageState.EXPIRED, is_attempt=False)
    messages = list(late.order_by("expires_at")[:BATCH])
    record(late, dict.fromkeys(messages, outcome))
    return len(messages)
