"""The worker's side of the outbox: claim what is due, send it outside any transaction, record.

Exactly once, whatever is killed when:

- A worker claims by compare-and-set, so no two workers hold the same message.
- Before a message is handed over, the row says to which provider: what became of it is asked of
  that one, and of no other.
- A worker killed while it held messages leaves them in SENDING. A minute later `rescue_stuck`
  asks the provider what became of each, and queues again only what was never accepted.
- A worker that was held up itself gives back what it did not begin to send in time, long before
  anybody may ask about it. Hosts' clocks must agree within half a minute.

A round waits a second for its requests; slower ones go on beside the next round, so that a
provider that hangs holds nothing up but its own messages.
"""

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import Condition
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.crypto import Undecipherable
from mashang.messaging import lanes, templates, texts
from mashang.messaging.checking import delay, not_to_be_sent
from mashang.messaging.lanes import Lane
from mashang.messaging.models import (
    Address,
    Attempt,
    AttemptOutcome,
    Channel,
    Message,
    MessageState,
)
from mashang.messaging.recording import Outcome, record, without_phones
from mashang.messaging.senders import (
    AddressGone,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    Sender,
    TemporaryFailure,
)

logger = logging.getLogger(__name__)

BATCH = 200  # claimed at once where sending costs nothing
THREADS = 192  # requests under way at once
PATIENCE = 1.0  # seconds that a round waits for its requests
BEGIN_WITHIN = 30.0  # seconds from the claim to the begin of sending
ANSWER_WITHIN = 12.0  # seconds after which a request's outcome is unknown
OTHER_LANES = 3  # tries that go to another provider without a wait
IN_TURN = ("-is_duty", "next_attempt_at", "id")  # duty overtakes


class NotTried(Exception):
    """Sending was not begun; another round may."""


@dataclass(eq=False)
class Flight:
    """A request under way: `held` is what its round claimed."""

    message: Message
    lane: Lane
    held: QuerySet[Message]
    future: Future[tuple[Any, float]]
    parts: int
    began: float


_flights: list[Flight] = []
_arrivals = Condition()


@cache
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="sms")


def batch_size(lane: Lane) -> int:
    if not lane.sender.uses_network:
        return BATCH
    return min(THREADS, lane.at_once or THREADS)


def send_due(sender: Sender | None = None) -> int:
    """One round of the worker: record what came back, claim a batch, ask whether each is still
    right, send, record.

    Returns how many messages it dealt with; 0 means that nothing is due, or that the providers
    are down and left alone for a while. As long as it is more than 0 there may be more to do at
    once.
    """
    landed = _land()
    in_use = [lanes.of(sender)] if sender else lanes.in_use()
    left = {lane: lane.breaker.allowance(batch_size(lane)) for lane in in_use}
    for flight in _flights:
        if flight.lane in left:
            left[flight.lane] -= 1
    left = {lane: room for lane, room in left.items() if room > 0}
    left_before = dict(left)
    if not left:
        return landed
    begin_before = time.monotonic() + BEGIN_WITHIN
    token = secrets.token_hex(16)
    held = Message.objects.filter(state=MessageState.SENDING, claimed_by=token).order_by(*IN_TURN)
    claimed = _claim(token, in_use, left)
    if not claimed:
        return landed
    messages, outcomes = load(held)
    outcomes.update(not_to_be_sent(messages, timezone.now()))
    sendable = [message for message in messages if message not in outcomes]
    packed = _pack(sendable, in_use, left, outcomes)
    _note_lanes(held, packed)
    _send(held, packed, outcomes, begin_before)
    record(held, outcomes)
    # While there is more to send, half of the lines are enough to go on with.
    is_more = len(messages) >= sum(left_before.values())
    _wait(THREADS // 2 if is_more else 0)
    _land()
    return claimed


def finish() -> None:
    """Wait for the requests under way and record them, before the worker ends."""
    end = time.monotonic() + ANSWER_WITHIN
    while _flights and time.monotonic() < end:
        _wait(0)
        _land()


def is_under_way(lane: Lane) -> bool:
    return any(flight.lane is lane for flight in _flights)


def _wait(most: int) -> None:
    """Until no more than `most` requests are under way, but no longer than PATIENCE."""

    def is_enough() -> bool:
        return sum(not flight.future.done() for flight in _flights) <= most

    with _arrivals:
        _arrivals.wait_for(is_enough, timeout=min(PATIENCE, ANSWER_WITHIN))


def _arrived(_future: Future[Any]) -> None:
    with _arrivals:
        _arrivals.notify()


def _claim(token: str, in_use: Sequence[Lane], left: dict[Lane, int]) -> int:
    """Take due messages, duty before others, as many as there is room for; how many."""
    room = min(sum(left.values()), max(batch_size(lane) for lane in left))
    only: dict[str, Any] = {}
    # Where a lane is down that alone carries a purpose, its messages are not even claimed.
    down = _loads(in_use) - _loads(left)
    if down:
        only["channel__in"] = [channel for channel in Channel.values if channel not in down]
        only["template__in"] = [
            code for code, text in texts.TEXTS.items() if text.purpose not in down
        ]
    for _round in range(3):
        now = timezone.now()
        due = Message.objects.filter(
            state=MessageState.QUEUED, next_attempt_at__lte=now, expires_at__gt=now, **only
        ).order_by(*IN_TURN)
        keys = list(due.values_list("pk", flat=True)[:room])
        if not keys:
            return 0
        # With one lane only, that it will carry the message is known already. Otherwise nobody has
        # it yet, whoever had it the last time.
        known: dict[str, Any] = {"handed_at": None}
        if len(in_use) == 1:
            known = {"provider": in_use[0].code, "handed_at": now}
        won = Message.objects.filter(pk__in=keys, state=MessageState.QUEUED).update(
            state=MessageState.SENDING, claimed_by=token, claimed_at=now, **known
        )
        if won:
            return won
        # Another worker took exactly these; look for others.
    return 0


def _loads(found: Iterable[Lane]) -> frozenset[str]:
    return frozenset().union(*(lane.loads for lane in found))


def load(held: QuerySet[Message]) -> tuple[list[Message], dict[Message, Outcome]]:
    """The messages held, and the outcome of those that no key of this city opens.

    One row that somebody altered must not hold up all others.
    """
    held = held.select_related("address")
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


# Choosing a lane ------------------------------------------------------------------------------


def _pack(
    messages: Sequence[Message],
    in_use: Sequence[Lane],
    left: dict[Lane, int],
    outcomes: dict[Message, Outcome],
) -> dict[Message, tuple[Lane, Parcel]]:
    """Each message with the lane that carries it and what is handed over; `outcomes` gets those
    that no lane can carry, with the reason, and those for which there is no room this moment."""
    packed = {}
    for message in messages:
        able: dict[Lane, lanes.Wording] = {}
        reasons = []
        for lane in in_use:
            if lanes.load_of(message) not in lane.loads:
                continue
            worded = lanes.wording(lane, message)
            if isinstance(worded, str):
                reasons.append(worded)
            else:
                able[lane] = worded
        if not able:
            reason = reasons[0] if reasons else _("没有能发这类短信的通道")
            outcomes[message] = Outcome(MessageState.FAILED, reason, is_attempt=False)
            continue
        free = [lane for lane in able if left.get(lane, 0) > 0]
        # Not once more by the lane that just failed, where another can.
        others = [lane for lane in free if lane.code != message.provider]
        if message.attempts and others:
            free = others
        if not free:
            outcomes[message] = Outcome(MessageState.QUEUED, message.reason, is_attempt=False)
            continue
        lane = lanes.draw(free)
        left[lane] -= 1
        packed[message] = (lane, lanes.parcel(message, able[lane]))
    return packed


def _note_lanes(held: QuerySet[Message], packed: dict[Message, tuple[Lane, Parcel]]) -> None:
    """Write down which provider each message is about to be handed to."""
    chosen: dict[str, list[int]] = defaultdict(list)
    for message, (lane, _parcel) in packed.items():
        if message.provider != lane.code or message.handed_at != message.claimed_at:
            chosen[lane.code].append(message.pk)
            message.provider = lane.code
    now = timezone.now()
    for code, keys in chosen.items():
        held.filter(pk__in=keys).update(provider=code, handed_at=now)


# Sending --------------------------------------------------------------------------------------


def _send(
    held: QuerySet[Message],
    packed: dict[Message, tuple[Lane, Parcel]],
    outcomes: dict[Message, Outcome],
    begin_before: float,
) -> None:
    """Hand the parcels over: at once where that costs nothing, else side by side in threads."""
    attempts: list[Attempt] = []
    for message, (lane, parcel) in packed.items():

        def attempt(lane: Lane = lane, parcel: Parcel = parcel) -> str:
            if time.monotonic() > begin_before:
                raise NotTried
            return lane.sender.send(parcel)

        parts = templates.parts(parcel.text)
        if lane.sender.uses_network:
            future = pool().submit(_timed, attempt, parcel.key)
            future.add_done_callback(_arrived)
            _flights.append(Flight(message, lane, held, future, parts, time.monotonic()))
        else:
            result, took = _timed(attempt, parcel.key)
            outcome = _outcome(message, lane, result, took, parts, attempts)
            if outcome is not None:
                outcomes[message] = outcome
    Attempt.objects.bulk_create(attempts)


def _timed(work: Callable[[], Any], key: str) -> tuple[Any, float]:
    """What `work` returned or raised, and how many seconds it took."""
    began = time.monotonic()
    try:
        result = work()
    except (TemporaryFailure, PermanentFailure, OutcomeUnknown, NotTried) as failure:
        result = failure
    except Exception as fault:
        logger.exception("the SMS sender broke at %s", key)
        result = OutcomeUnknown(type(fault).__name__)
    return result, time.monotonic() - began


def _land() -> int:
    """Record what came back, and give up on what takes too long."""
    if not _flights:
        return 0
    now = time.monotonic()
    results: dict[QuerySet[Message], dict[Message, Outcome]] = defaultdict(dict)
    attempts: list[Attempt] = []
    flying, landed = [], 0
    for flight in _flights:
        if flight.future.done():
            result, took = flight.future.result()
        elif now - flight.began < ANSWER_WITHIN:
            flying.append(flight)
            continue
        else:
            took = now - flight.began
            result = NotTried() if flight.future.cancel() else OutcomeUnknown(_("没有答复"))
        landed += 1
        outcome = _outcome(flight.message, flight.lane, result, took, flight.parts, attempts)
        if outcome is not None:
            results[flight.held][flight.message] = outcome
    _flights[:] = flying
    for held, outcomes in results.items():
        record(held, outcomes)
    Attempt.objects.bulk_create(attempts)
    return landed


def results_of(
    work: Callable[[Message], Any], messages: Iterable[Message], *, uses_network: bool
) -> dict[Message, Any]:
    """What `work` returned or raised for each message, side by side where it is a request.

    `work` must not touch the database. Waits no longer than ANSWER_WITHIN: what was not begun
    then is NotTried, what still has no answer is OutcomeUnknown.
    """
    if not uses_network:
        return {message: _timed(lambda m=message: work(m), message.key)[0] for message in messages}
    futures = {
        message: pool().submit(_timed, lambda m=message: work(m), message.key)
        for message in messages
    }
    done, _running = wait(futures.values(), timeout=ANSWER_WITHIN)
    found: dict[Message, Any] = {}
    for message, future in futures.items():
        if future in done:
            found[message] = future.result()[0]
        else:
            found[message] = NotTried() if future.cancel() else OutcomeUnknown()
    return found


def _outcome(
    message: Message,
    lane: Lane,
    result: Any,
    took: float,
    parts: int,
    attempts: list[Attempt],
) -> Outcome | None:
    """What the result of sending means; None leaves the message in SENDING for the sweep to ask.

    The provider's words of trouble go to `attempts`.
    """
    is_error = isinstance(result, TemporaryFailure | OutcomeUnknown | NotTried)
    words = without_phones(str(result)) if isinstance(result, Exception) else ""
    lane.note(is_error=is_error, seconds=took, words=words)
    now = timezone.now()
    kinds = {
        TemporaryFailure: AttemptOutcome.TEMPORARY,
        PermanentFailure: AttemptOutcome.REFUSED,
        OutcomeUnknown: AttemptOutcome.UNKNOWN,
    }
    if isinstance(result, AddressGone):
        Address.objects.filter(pk=message.address_id).update(trouble=words[:200])
    kind = next((outcome for failure, outcome in kinds.items() if isinstance(result, failure)), "")
    if kind:
        attempts.append(
            Attempt(
                message=message,
                provider=lane.code,
                at=now,
                outcome=kind,
                words=words[:200],
            )
        )
    match result:
        case OutcomeUnknown():
            return None
        case NotTried():
            return Outcome(MessageState.QUEUED, is_attempt=False)
        case TemporaryFailure():
            return Outcome(
                MessageState.QUEUED, words, next_attempt_at=_next_try(message, lane, now)
            )
        case PermanentFailure():
            return Outcome(MessageState.FAILED, words)
    return Outcome(MessageState.SENT, reference=result, parts=parts)


def _next_try(message: Message, lane: Lane, now: datetime) -> datetime:
    """At once where another lane may do better, else after a wait that grows."""
    load = lanes.load_of(message)
    has_other = message.attempts < OTHER_LANES and any(
        other.code != lane.code and load in other.loads and not other.breaker.is_pausing
        for other in lanes.in_use()
    )
    return now if has_other else now + delay(message.attempts)
