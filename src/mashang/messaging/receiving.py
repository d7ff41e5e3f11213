"""What providers tell: deliveries, and SMS that people sent to the city.

A callback is stored and answered at once; the worker settles it. What is told twice, out of order
or before the answer to the request that it is about, changes nothing or waits.
"""

import hashlib
import hmac
import logging
import unicodedata
from concurrent.futures import Future, wait
from datetime import timedelta

from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.crypto import Undecipherable, blind_index
from mashang.core.phones import WrongPhone, clean_phone
from mashang.core.text import clean_line
from mashang.messaging import lanes, registry
from mashang.messaging.lanes import Lane
from mashang.messaging.models import (
    Attempt,
    AttemptOutcome,
    DoNotSend,
    Inbound,
    InboundState,
    Message,
    MessageState,
    Receipt,
)
from mashang.messaging.recording import Outcome, record, without_phones
from mashang.messaging.senders import Heard, Reply, Report
from mashang.messaging.sending import ANSWER_WITHIN, is_under_way, pool

logger = logging.getLogger(__name__)

BATCH = 500
# A receipt may be there before the answer, or before a dead worker's message is rescued.
WAITS_FOR = timedelta(minutes=15)
MOST_WORDS = 1000
ON_THE_WAY = (MessageState.SENDING, MessageState.SENT)
# No word that may be an answer: N to "is it solved?", 取消 to a report.
STOP = frozenset({"T", "TD", "退订"})
_polls: dict[Lane, Future[Heard]] = {}


def token_of(provider: str) -> str:
    """What stands in the callback address of a provider that does not sign: nobody else can know
    it."""
    return blind_index(f"receipts:{provider}", purpose="receipts")[:32]


def is_token(provider: str, typed: str) -> bool:
    return hmac.compare_digest(token_of(provider), typed)


def take(provider: str, heard: Heard) -> None:
    """Store what a provider told, each once; two queries."""
    if heard.reports:
        rows = [_receipt(provider, report) for report in heard.reports]
        Receipt.objects.bulk_create(rows, ignore_conflicts=True)
    replies = [row for reply in heard.replies if (row := _inbound(provider, reply))]
    if replies:
        Inbound.objects.bulk_create(replies, ignore_conflicts=True)
    if heard.calls:
        registry.tell_of_calls(provider, heard.calls)


def _receipt(provider: str, report: Report) -> Receipt:
    told = (provider, report.reference[:80], report.key[:120], str(report.is_delivered))
    return Receipt(
        digest=hashlib.sha256("\n".join(told).encode()).hexdigest(),
        provider=provider,
        reference=told[1],
        key=told[2],
        is_delivered=report.is_delivered,
        words=without_phones(clean_line(report.words))[:200],
        at=report.at,
    )


def _inbound(provider: str, reply: Reply) -> Inbound | None:
    try:
        phone = clean_phone(reply.phone)
    except WrongPhone:
        logger.warning("an SMS from what is no phone number came over %s", provider)
        return None
    told = (provider, reply.reference, phone, reply.words)
    return Inbound(
        digest=blind_index("\n".join(told), purpose="inbound"),
        provider=provider,
        phone=phone,
        phone_index=blind_index(phone),
        words=reply.words.strip()[:MOST_WORDS],
        sent_at=reply.at,
    )


# Receipts -------------------------------------------------------------------------------------


def settle_receipts() -> int:
    """Bring what was told to the messages that it is about; returns how many were settled."""
    now = timezone.now()
    waiting = list(Receipt.objects.filter(settled_at=None).order_by("pk")[:BATCH])
    if not waiting:
        return 0
    by_key = {row.key for row in waiting if row.key}
    by_reference = {row.reference for row in waiting if row.reference}
    rows = Message.objects.defer("phone", "params")
    keyed = {message.key: message for message in rows.filter(key__in=by_key)}
    referred = {
        (message.provider, message.provider_reference): message
        for message in rows.filter(provider_reference__in=by_reference)
    }
    settled = []
    for receipt in waiting:
        message = keyed.get(receipt.key) or referred.get((receipt.provider, receipt.reference))
        if message is not None and message.provider == receipt.provider:
            if not _settle(message, receipt):
                continue
            receipt.is_matched = True
        elif now - receipt.received_at < WAITS_FOR:
            continue
        receipt.settled_at = now
        settled.append(receipt)
    Receipt.objects.bulk_update(settled, ["settled_at", "is_matched"])
    return len(settled)


def _settle(message: Message, receipt: Receipt) -> bool:
    """Delivered wins over failed; not delivered over what was only on its way. False where what
    follows a failure could not be done: then neither is anything written, and it is tried again."""
    at = receipt.at or receipt.received_at
    if receipt.is_delivered:
        Message.objects.filter(pk=message.pk, state__in=(*ON_THE_WAY, MessageState.FAILED)).update(
            state=MessageState.DELIVERED,
            reason="",
            delivered_at=at,
            sent_at=message.sent_at or message.handed_at or at,
            provider_reference=message.provider_reference or receipt.reference,
        )
        return True
    still = Message.objects.filter(state__in=ON_THE_WAY)
    if still.filter(pk=message.pk).exists():
        reason = receipt.words or _("没有送到，通道没说原因")
        record(still, {message: Outcome(MessageState.FAILED, reason, is_attempt=False)})
        if still.filter(pk=message.pk).exists():
            return False
        Attempt.objects.create(
            message=message,
            provider=receipt.provider,
            at=at,
            outcome=AttemptOutcome.UNDELIVERED,
            words=receipt.words,
        )
    return True


# Replies --------------------------------------------------------------------------------------


def settle_replies() -> int:
    """Bring what people wrote to the cases it belongs to; returns how many were settled."""
    waiting = Inbound.objects.filter(state=InboundState.NEW).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:50])
    return sum(_settle_or_leave(key) for key in keys)


def _settle_or_leave(key: int) -> int:
    """One that cannot be settled must not hold up all others: a person reads it."""
    try:
        return _settle_reply(key)
    except OperationalError:
        raise  # the database's trouble and not this reply's
    except Exception as fault:
        logger.exception("an SMS that came in could not be settled: %s", key)
        left = Inbound.objects.filter(pk=key, state=InboundState.NEW)
        if isinstance(fault, Undecipherable):
            return left.update(state=InboundState.DONE, outcome=_("内容无法解密"))
        return left.update(state=InboundState.UNMATCHED)


def _settle_reply(key: int) -> int:
    with transaction.atomic():
        reply = Inbound.objects.select_for_update().filter(pk=key, state=InboundState.NEW).first()
        if reply is None:
            return 0
        if unicodedata.normalize("NFKC", reply.words).strip().upper() in STOP:
            DoNotSend.objects.get_or_create(phone_index=reply.phone_index)
            outcome: str | None = _("不再给这个号码发通知")
        else:
            outcome = registry.attach(reply)
        reply.state = InboundState.UNMATCHED if outcome is None else InboundState.ATTACHED
        reply.outcome = (outcome or "")[:200]
        reply.save(update_fields=["state", "outcome", "subject"])
    return 1


# Polling --------------------------------------------------------------------------------------


def poll() -> int:
    """Ask those providers that can be asked, beside the worker's round; how much they told."""
    told = _take_polled()
    for lane in (*lanes.in_use(), *lanes.callers()):
        if hasattr(lane.sender, "poll") and lane not in _polls:
            _polls[lane] = pool().submit(lane.sender.poll)
    for lane in lanes.no_longer_in_use():
        if lane not in _polls and not is_under_way(lane):
            _close(lane)
    return told


def finish() -> None:
    """Take what was told, before the worker ends: nobody tells it again."""
    wait(_polls.values(), timeout=ANSWER_WITHIN)
    _take_polled()
    for lane in lanes.made():
        _close(lane)


def _take_polled() -> int:
    told = 0
    for lane, future in list(_polls.items()):
        if not future.done():
            continue
        try:
            heard = future.result()
        except Exception as error:
            logger.warning("%s could not be polled: %s", lane.code, type(error).__name__)
        else:
            take(lane.code, heard)  # where this fails, the next round finds it still here
            told += len(heard.reports) + len(heard.replies) + len(heard.calls)
        del _polls[lane]
    return told


def _close(lane: Lane) -> None:
    """End the lane's open line, where its provider has one, with what that brought."""
    lanes.forget_one(lane)
    if hasattr(lane.sender, "close"):
        take(lane.code, lane.sender.close())
