"""What every way of sending has in common: what it is handed, and what can become of that.

A sender tells apart what went wrong, since each asks for something else: after a TemporaryFailure
the message is tried again, perhaps by another provider; after a PermanentFailure never; after
OutcomeUnknown the sender is asked first. Senders run in threads and must not touch the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final, Literal, Protocol


class TemporaryFailure(Exception):
    """Not accepted, and nothing is wrong with the message: another try may succeed."""


class PermanentFailure(Exception):
    """The provider refuses this message; its text is the provider's reason."""


class AddressGone(PermanentFailure):
    """Nobody is reached at this address any more; another message to it would fail as well."""


class OutcomeUnknown(Exception):
    """The request went out and no answer came: the message may have been accepted."""


class Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Acceptance = str | None | Literal[Unknown.UNKNOWN]


@dataclass(frozen=True)
class Parcel:
    """One message as it is handed over. `template` is the provider's number of the wording and
    `params` its variables, in the order in which they stand in it."""

    key: str
    phone: str
    text: str
    template: str
    params: Mapping[str, str]
    handed_at: datetime | None = None  # the last time, where that is asked about
    subject: str = ""
    address: Mapping[str, str] = field(default_factory=dict)  # on any channel but SMS


@dataclass(frozen=True)
class Report:
    """What a provider tells later of a message that it accepted: `reference` is the one it gave
    then, `key` ours where it knows it. `words` are the provider's own."""

    is_delivered: bool
    reference: str = ""
    key: str = ""
    words: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Reply:
    """An SMS that somebody sent to the city. `reference` makes it once."""

    reference: str
    phone: str
    words: str
    at: datetime | None = None


@dataclass(frozen=True)
class Ring:
    """A call to put through: `first`, the staff's own phone, rings; once it is taken, `then`, the
    resident's, does. Neither sees the other's number, nothing is recorded. `longest` is in seconds.
    """

    key: str
    first: str
    then: str
    longest: int = 3600


class CallEvent(StrEnum):
    RINGING = "ringing"  # the second phone
    ANSWERED = "answered"  # by the second phone
    ENDED = "ended"


@dataclass(frozen=True)
class CallReport:
    """What a platform tells of a call. Of an ended one: `seconds` that the two talked where it
    counts them, or why they did not, as `models.CallReason` names it."""

    key: str
    event: CallEvent
    at: datetime | None = None
    seconds: int | None = None
    reason: str = ""
    words: str = ""


@dataclass(frozen=True)
class Heard:
    """What one callback or poll brought."""

    reports: Sequence[Report] = ()
    replies: Sequence[Reply] = ()
    calls: Sequence[CallReport] = ()


@dataclass(frozen=True)
class Account:
    """How a provider is reached: the city's options and, from the environment alone, its secrets.

    `signature` is the approved one without 【】; `seconds` is how long an answer may take.
    """

    code: str
    options: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    secret: str = ""
    signature: str = ""
    seconds: float = 5.0

    def option(self, name: str, default: str = "") -> str:
        return str(self.options.get(name) or default)


class Sender(Protocol):
    """What the outbox needs of a provider."""

    uses_network: bool

    def send(self, parcel: Parcel) -> str:
        """Hand the message over; the provider's reference. Raises one of the three failures."""

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        """The reference of an accepted message, None where it never was, UNKNOWN where the
        provider cannot tell. `parcel` has no text. Raises TemporaryFailure where it cannot be
        asked now."""


class Dialler(Protocol):
    """What a platform does that puts calls through."""

    uses_network: bool

    def ring(self, ring: Ring) -> str:
        """Have the call put through; the platform's reference. Raises one of the three failures."""

    def what_became(self, key: str) -> Sequence[CallReport] | Literal[Unknown.UNKNOWN] | None:
        """What there is to tell of a call, nothing where it still goes on; None where the platform
        never got it, UNKNOWN where it cannot tell. Raises TemporaryFailure where it cannot be asked
        now."""


class Listener(Protocol):
    """What a sender can do in addition whose provider tells of deliveries and replies."""

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> tuple[Heard, bytes]:
        """What a request of the provider's tells, and what it wants for an answer. Raises
        ValueError where it is not such a request."""


class Poller(Protocol):
    """What a sender can do in addition whose provider can be asked for deliveries and replies."""

    def poll(self) -> Heard:
        """What the provider has that it was not asked for before. Raises TemporaryFailure."""


class Linked(Protocol):
    """What a sender does in addition that keeps a line open."""

    def close(self) -> Heard:
        """End it; what it brought that was not polled."""


def network_failure(error: Exception) -> Exception:
    """What an SDK's exception without an answer of the provider's means: TemporaryFailure where
    the request certainly never left, else OutcomeUnknown.

    Its words are names alone: the text of such an exception holds the address of the request,
    and so the phone.
    """
    causes = list(_causes(error))
    if any(name in NEVER_CONNECTED for name in causes):
        return TemporaryFailure("no connection")
    return OutcomeUnknown(f"no answer ({causes[-1]})")


def _causes(error: BaseException) -> Iterator[str]:
    """The names of the exceptions that led to `error`. The providers' SDKs wrap requests, which
    wraps urllib3, each in a way of its own."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield type(each).__name__
        inner = (getattr(each, name, None) for name in ("reason", "inner_exception"))
        waiting += [each.__cause__, each.__context__, *inner, *each.args]


NEVER_CONNECTED = frozenset(
    {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectionRefusedError"}
)
