"""The worker's side of the outbox: claim what is due, send it outside any transaction, record.

Exactly once, whatever is killed when:

- A worker claims by compare-and-set, so no two workers hold the same message.
- A worker killed while it held messages leaves them in SENDING. A minute later `rescue_stuck`
  asks the sender what became of each, and queues again only what was never accepted.
- A worker that was held up itself gives back what it did not begin to send in time, long before
  anybody may ask about it. Hosts' clocks must agree within half a minute.
"""

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.crypto import Undecipherable
from mashang.core.phones import is_mobile
from mashang.messaging import registry, templates
from mashang.messaging.actions import end_of_quiet
from mashang.messaging.breaker import Breaker
from mashang.messaging.models import Message, MessageState
from mashang.messaging.senders import (
    UNKNOWN,
    Acceptance,
    OutcomeUnknown,
    PermanentFailure,
    Sender,
    TemporaryFailure,
    current_sender,
)

logger = logging.getLogger(__name__)

BATCH = 200  # claimed at once where sending costs nothing
THREADS = 16  # claimed at once, and sent side by side, where each is a request
BEGIN_WITHIN = 30.0  # seconds from the claim to the begin of sending
ANSWER_WITHIN = 12.0  # seconds that the worker waits for a batch of requests
CLAIM_IS_OLD = timedelta(seconds=60)
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)
OWN_LIMIT = [code for code, text in templates.TEXTS.items() if text.has_own_limit]
IN_TURN = ("-is_duty", "next_attempt_at", "id")  # duty overtakes
FAILURES = (MessageState.FAILED, MessageState.EXPIRED)


class NotTried(Exception):
    """Sending was not begun; another round may."""


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message that a worker or a sweep holds."""

    state: MessageState
    reason: str = ""
    reference: str = ""
    next_attempt_at: datetime | None = None
    is_attempt: bool = True


@cache
def _breaker_of(sender: Sender) -> Breaker:
    return Breaker()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="sms")


def _batch_size(sender: Sender) -> int:
    return THREADS if sender.uses_network else BATCH


# Sending ------------------------------------------------------------------------------------


def send_due(sender: Sender | None = None) -> int:
    """One round of the worker: claim a batch, ask whether each is still right, send, record.

    Returns how many messages it dealt with; 0 means that nothing is due, or that the provider is
    down and left alone for a while. As long as it is more than 0 there may be more to do at once.
    """
    sender = sender or current_sender()
    breaker = _breaker_of(sender)
    begin_before = time.monotonic() + BEGIN_WITHIN
    token = secrets.token_hex(16)
    held = Message.objects.filter(state=MessageState.SENDING, claimed_by=token).order_by(*IN_TURN)
    claimed = _claim(token, breaker.allowance(_batch_size(sender)))
    if not claimed:
        return 0
    messages, outcomes = _load(held)
    outcomes.update(_not_to_be_sent(messages, timezone.now()))
    parcels = {
        message: (
            message.key,
            message.phone,
            templates.render(message.template, message.params, message.language),
            templates.provider_code(message.template),
            message.params,
        )
        for message in messages
        if message not in outcomes
    }

    def attempt(message: Message) -> str:
        if time.monotonic() > begin_before:
            raise NotTried
        return sender.send(*parcels[message])

    now = timezone.now()
    for message, result in _results(sender, attempt, parcels).items():
        _note(breaker, result)
        outcome = _outcome(message, result, now)
        if outcome is not None:
            outcomes[message] = outcome
    _record(held, outcomes)
    return claimed


def _claim(token: str, room: int) -> int:
    """Take up to `room` due messages, duty before others; returns how many."""
    for _round in range(3):
        now = timezone.now()
        due = Message.objects.filter(
            state=MessageState.QUEUED, next_attempt_at__lte=now, expires_at__gt=now
        ).order_by(*IN_TURN)
        keys = list(due.values_list("pk", flat=True)[:room])
        if not keys:
            return 0
        won = Message.objects.filter(pk__in=keys, state=MessageState.QUEUED).update(
            state=MessageState.SENDING, claimed_by=token, claimed_at=now
        )
        if won:
            return won
        # Another worker took exactly these; look for others.
    return 0


def _load(held: QuerySet[Message]) -> tuple[list[Message], dict[Message, Outcome]]:
    """The messages held, and the outcome of those that no key of this city opens.

    One row that somebody altered must not hold up all others.
    """
    try:
        return list(held), {}
    except Undecipherable:
        pass
    readable, unreadable = [], {}
    for sealed in held.defer("phone", "params"):
        try:
            readable.append(held.get(pk=sealed.pk))
        except Undecipherable:
            outcome = Outcome(MessageState.FAILED, _("内容无法解密"), is_attempt=False)
            unreadable[sealed] = outcome
    return readable, unreadable


def _results(
    sender: Sender, work: Callable[[Message], Any], messages: Iterable[Message]
) -> dict[Message, Any]:
    """What `work` returned or raised for each message; side by side where it is a request.

    `work` must not touch the database. Waits no longer than ANSWER_WITHIN: what was not begun
    then is NotTried, what still has no answer is OutcomeUnknown.
    """

    def caught(message: Message) -> Any:
        try:
            return work(message)
        except (TemporaryFailure, PermanentFailure, OutcomeUnknown, NotTried) as failure:
            return failure
        except Exception as fault:
            logger.exception("the SMS sender broke at %s", message.key)
            return OutcomeUnknown(type(fault).__name__)

    if not sender.uses_network:
        return {message: caught(message) for message in messages}
    futures: dict[Message, Future[Any]] = {
        message: _pool().submit(caught, message) for message in messages
    }
    done, _running = wait(futures.values(), timeout=ANSWER_WITHIN)
    results = {}
    for message, future in futures.items():
        if future in done:
            results[message] = future.result()
        else:
            results[message] = NotTried() if future.cancel() else OutcomeUnknown()
    return results


def _note(breaker: Breaker, result: Any) -> None:
    if isinstance(result, TemporaryFailure | OutcomeUnknown | NotTried):
        breaker.failed()
    else:
        breaker.succeeded()


def _outcome(message: Message, result: Any, now: datetime) -> Outcome | None:
    """What the result of sending means; None leaves the message in SENDING for the sweep to ask."""
    match result:
        case OutcomeUnknown():
            return None
        case NotTried():
            return Outcome(MessageState.QUEUED, is_attempt=False)
        case TemporaryFailure():
            return Outcome(
                MessageState.QUEUED, str(result), next_attempt_at=now + delay(message.attempts)
            )
        case PermanentFailure():
            return Outcome(MessageState.FAILED, str(result))
    return Outcome(MessageState.SENT, reference=result)


def delay(attempts: int) -> timedelta:
    """The wait after a temporary failure that `attempts` others preceded: a minute, doubling to
    an hour."""
    return min(FIRST_DELAY * 2 ** min(attempts, 10), LONGEST_DELAY)


# Still right to send? ----------------------------------------------------------------------


def _not_to_be_sent(messages: Sequence[Message], now: datetime) -> dict[Message, Outcome]:
    """The outcomes of those messages that must not go out now, or not at all."""
    outcomes: dict[Message, Outcome] = {}
    for message in messages:
        morning = end_of_quiet(message.template, now)
        if not is_mobile(message.phone):
            outcomes[message] = Outcome(
                MessageState.FAILED, _("这个号码收不到短信"), is_attempt=False
            )
        elif morning is not None:
            outcomes[message] = Outcome(
                MessageState.QUEUED, next_attempt_at=morning, is_attempt=False
            )
    outcomes.update(_refused([m for m in messages if m not in outcomes], now))
    outcomes.update(_beyond_quota([m for m in messages if m not in outcomes], now))
    return outcomes


def _refused(messages: Sequence[Message], now: datetime) -> dict[Message, Outcome]:
    """What the registered checks say. A check that breaks holds its messages back for a while and
    no others."""
    outcomes: dict[Message, Outcome] = {}
    for check, asked in registry.checks_of(messages):
        try:
            reasons = check(asked)
        except Exception:
            logger.exception("an SMS check broke")
            for message in asked:
                outcomes[message] = Outcome(
                    MessageState.QUEUED,
                    _("核对未成"),
                    next_attempt_at=now + delay(message.attempts),
                )
            continue
        for message in asked:
            if message.pk in reasons:
                outcomes[message] = Outcome(
                    MessageState.ABORTED, reasons[message.pk], is_attempt=False
                )
    return outcomes


def _beyond_quota(messages: Sequence[Message], now: datetime) -> dict[Message, Outcome]:
    """Notices beyond what a phone may get in a day of the city. Duty messages count and are never
    held back; codes have limits of their own and do not count."""
    limited = [m for m in messages if not m.is_duty and m.template not in OWN_LIMIT]
    if not limited:
        return {}
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = Message.objects.filter(
        Q(state=MessageState.SENDING)
        | Q(state__in=(MessageState.SENT, MessageState.DELIVERED), sent_at__gte=midnight),
        phone_index__in={message.phone_index for message in limited},
    ).exclude(template__in=OWN_LIMIT)
    # Of messages on their way, here or in another worker, the older ones go first.
    places: dict[str, list[int]] = defaultdict(list)
    for phone_index, pk, state in counted.values_list("phone_index", "pk", "state"):
        places[phone_index].append(pk if state == MessageState.SENDING else 0)
    outcomes = {}
    for message in limited:
        before = sum(place < message.pk for place in places[message.phone_index])
        if before >= settings.NOTICES_PER_PHONE_A_DAY:
            reason = _("今天发给这个号码的短信已满 {most} 条").format(
                most=settings.NOTICES_PER_PHONE_A_DAY
            )
            outcomes[message] = Outcome(MessageState.WITHHELD, reason, is_attempt=False)
    return outcomes


# Recording -----------------------------------------------------------------------------------


def _record(still: QuerySet[Message], outcomes: Mapping[Message, Outcome]) -> None:
    """Write the outcomes of those messages that `still` holds, equal ones with one statement.

    A message that failed is written together with what its failure sets off, each in a
    transaction of its own: the next person is told exactly once.
    """
    groups: dict[Outcome, list[tuple[int, str]]] = defaultdict(list)
    for message, outcome in outcomes.items():
        if outcome.state in FAILURES:
            _record_failure(still, message, outcome)
        else:
            groups[replace(outcome, reference="")].append((message.pk, outcome.reference))
    for outcome, rows in groups.items():
        still.filter(pk__in=[pk for pk, _ref in rows]).update(**_changes(outcome, rows))


def _record_failure(still: QuerySet[Message], message: Message, outcome: Outcome) -> None:
    message.state, message.reason = outcome.state, outcome.reason
    try:
        with transaction.atomic():
            if still.filter(pk=message.pk).update(**_changes(outcome, [])):
                registry.tell_of_failure(message)
    except Exception:
        # Nothing was written; the next sweep finds the message as it was and tries again.
        logger.exception("what follows a failed SMS could not be done: %s", message.key)


def _changes(outcome: Outcome, rows: Sequence[tuple[int, str]]) -> dict[str, Any]:
    changes: dict[str, Any] = {"state": outcome.state}
    if outcome.state != MessageState.EXPIRED:
        changes["reason"] = outcome.reason[:200]  # an expired one keeps why it could not go out
    if outcome.is_attempt:
        changes["attempts"] = F("attempts") + 1
    if outcome.next_attempt_at is not None:
        changes["next_attempt_at"] = outcome.next_attempt_at
    if outcome.state == MessageState.SENT:
        changes["sent_at"] = timezone.now()
        changes["provider_reference"] = _references(rows)
    return changes


def _references(rows: Sequence[tuple[int, str]]) -> Any:
    if len({reference for _pk, reference in rows}) == 1:
        return rows[0][1][:80]
    return Case(*(When(pk=pk, then=Value(reference[:80])) for pk, reference in rows))


# Sweeps --------------------------------------------------------------------------------------


def rescue_stuck(sender: Sender | None = None) -> int:
    """Settle messages that a worker claimed a minute ago or more and never recorded.

    What the sender accepted is SENT; what it never accepted is queued again; where it cannot tell
    the message FAILED with that reason and is never sent again by itself. A sender that cannot be
    asked now is asked a minute later, until the message expires. Returns how many were settled.
    """
    sender = sender or current_sender()
    settled = 0
    while True:
        round_settled = _rescue_round(sender)
        settled += round_settled
        if round_settled < _batch_size(sender):
            return settled


def _rescue_round(sender: Sender) -> int:
    now = timezone.now()
    stuck = Message.objects.filter(
        state=MessageState.SENDING, claimed_at__lt=now - CLAIM_IS_OLD
    ).defer("phone", "params")
    messages = list(stuck.order_by("claimed_at")[: _batch_size(sender)])

    def ask(message: Message) -> Acceptance:
        return sender.was_accepted(message.key)

    if _breaker_of(sender).is_pausing:
        answers: dict[Message, Any] = {message: TemporaryFailure() for message in messages}
    else:
        answers = _results(sender, ask, messages)
    outcomes = {}
    for message, answer in answers.items():
        outcome = _settled(message, answer, now)
        if outcome is not None:
            outcomes[message] = outcome
    unsettled = [message.pk for message in messages if message not in outcomes]
    if unsettled:
        stuck.filter(pk__in=unsettled).update(claimed_at=now)
    _record(stuck, outcomes)
    return len(outcomes)


def _settled(message: Message, answer: Any, now: datetime) -> Outcome | None:
    """What the sender's answer about a stuck message means; None: ask again later."""
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
    _record(late, dict.fromkeys(messages, outcome))
    return len(messages)
