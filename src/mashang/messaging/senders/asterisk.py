"""Click-to-call by Asterisk (12 or later) over its manager interface, AMI
(https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Manager-Interface-AMI/).

`Originate` rings the staff's own phone; once it is taken, the application `Dial` rings the
resident's and bridges the two. The first channel bears an id made of our key, by which the events
of the call are known. One link for each worker process; every worker hears all events, whoever
asked for the call. The protocol is lines of `Name: value` up to an empty one.
"""

import hashlib
import logging
import re
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from datetime import UTC, datetime
from itertools import count
from typing import Literal
from urllib.parse import urlsplit

from mashang.messaging.senders.base import (
    UNKNOWN,
    Account,
    CallEvent,
    CallReport,
    Heard,
    OutcomeUnknown,
    PermanentFailure,
    Ring,
    TemporaryFailure,
    Unknown,
)

logger = logging.getLogger(__name__)

Packet = dict[str, str]
PREFIX = "mashang-"  # of the ids of our channels
KEPT_ALIVE = 10.0  # seconds of silence after which the other side is asked
SILENT_FOR = 3 * KEPT_ALIVE
CONNECT_AGAIN_AFTER = 2.0
MOST_HEARD = 10_000
END = b"\r\n\r\n"
LONGEST_PACKET = 64 * 1024
PHONE = re.compile(r"\+?\d{3,20}")
# What became of the second phone (https://docs.asterisk.org/…/Applications/Dial, DIALSTATUS).
STATUSES = {
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "CANCEL": "caller",
    "INVALIDARGS": "failed",
    "CHANUNAVAIL": "failed",
    "CONGESTION": "failed",
}
# Of a hung-up channel: cause of ITU-T Q.850 → why.
CAUSES = {"1": "wrong", "17": "busy", "18": "no_answer", "19": "no_answer", "21": "refused"}
# What became of the first phone; nothing where it was taken.
FIRST_STATUSES = {"ANSWER": "", "NOANSWER": "caller", "BUSY": "caller", "CANCEL": "caller"}
# The same in OriginateResponse: 0 no such line, 8 congestion; the others did not take it.
NO_LINE = frozenset({"0", "8"})


class Asterisk:
    """Options: `url`, tls://host:5039 (tcp:// for this machine's own alone); `channel`, how a phone
    is reached, with {number}: PJSIP/{number}@trunk; `caller`, what both phones show; `seconds`.
    Key and secret are the manager's."""

    uses_network = True

    def __init__(self, account: Account):
        self._account = account
        self._channel = account.option("channel")
        self._caller = account.option("caller")
        self._rings = int(account.option("rings", "30"))  # seconds that a phone rings
        if "{number}" not in self._channel:
            raise ValueError("the option channel is missing or has no {number}")
        if urlsplit(account.option("url")).scheme not in ("tcp", "tls"):
            raise ValueError("the option url is missing")
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._connect_after = 0.0
        self.heard: deque[CallReport] = deque(maxlen=MOST_HEARD)

    def ring(self, ring: Ring) -> str:
        for phone in (ring.first, ring.then):
            if not PHONE.fullmatch(phone):
                raise PermanentFailure("not a phone")
        then = self._channel.format(number=ring.then)
        packet = {
            "Action": "Originate",
            "Channel": self._channel.format(number=ring.first),
            "ChannelId": channel_id(ring.key),
            "Application": "Dial",
            "Data": f"{then},{self._rings},L({ring.longest * 1000})",
            "Timeout": str(self._rings * 1000),
            "CallerID": self._caller,
            "Async": "true",
        }
        answer = self._connected().ask(packet)
        if answer.get("Response") != "Success":
            words = answer.get("Message", "")[:120]
            # What the manager may do is mended by a person; the call is in order.
            raise TemporaryFailure(words)
        return channel_id(ring.key)

    def what_became(self, key: str) -> Sequence[CallReport] | Literal[Unknown.UNKNOWN] | None:
        """It knows of calls that go on; what was, it told as it happened."""
        try:
            live = self._connected().channels()
        except OutcomeUnknown as error:
            raise TemporaryFailure(str(error)) from error
        return () if channel_id(key) in live else UNKNOWN

    def poll(self) -> Heard:
        """What the link has brought; it is kept up also while nobody rings anybody."""
        self._connected()
        return self._taken()

    def _taken(self) -> Heard:
        return Heard(calls=[self.heard.popleft() for _each in range(len(self.heard))])

    def _connected(self) -> "Link":
        with self._lock:
            if self._link is not None and self._link.is_up:
                return self._link
            if time.monotonic() < self._connect_after:
                raise TemporaryFailure("no connection")
            try:
                self._link = Link(self._account, self.heard)
            except Exception as error:
                self._link = None
                self._connect_after = time.monotonic() + CONNECT_AGAIN_AFTER
                raise TemporaryFailure(f"no connection ({type(error).__name__})") from error
            return self._link

    def close(self) -> Heard:
        """End the link; what it has brought."""
        with self._lock:
            if self._link is not None:
                self._link.close()
                self._link = None
        return self._taken()


def channel_id(key: str) -> str:
    return PREFIX + key


def key_of(channel: str) -> str:
    return channel.removeprefix(PREFIX)


def _ended(channel: str, reason: str, words: str) -> CallReport:
    now = datetime.now(UTC)
    return CallReport(key_of(channel), CallEvent.ENDED, now, reason=reason, words=words)


class Link:
    """One connection that has logged in, and the thread that reads it."""

    def __init__(self, account: Account, heard: deque[CallReport]):
        self._heard = heard
        self._seconds = account.seconds
        self._numbers = count(1)
        self._waiting: dict[str, tuple[Future[Packet], list[Packet]]] = {}
        self._writing = threading.Lock()
        self._why: dict[str, str] = {}  # a call's channel → why the two could not talk
        self._rung: dict[str, str] = {}  # the number of an action → the channel that it asked for
        self._buffer = bytearray()
        where = urlsplit(account.option("url"))
        host = where.hostname or ""
        default = 5039 if where.scheme == "tls" else 5038
        plain = socket.create_connection((host, where.port or default), timeout=account.seconds)
        try:
            self._socket = (
                ssl.create_default_context().wrap_socket(plain, server_hostname=host)
                if where.scheme == "tls"
                else plain
            )
            self._socket.settimeout(account.seconds)
            self._log_in(account)
        except Exception:
            plain.close()
            raise
        self.is_up = True
        self._thread = threading.Thread(target=self._read, name="asterisk", daemon=True)
        self._thread.start()

    def _log_in(self, account: Account) -> None:
        """By challenge, so that the secret itself never goes over the line."""
        self._write({"Action": "Challenge", "AuthType": "MD5"})
        challenge = self._packet().get("Challenge", "")
        digest = hashlib.md5((challenge + account.secret).encode(), usedforsecurity=False)
        login = {
            "Action": "Login",
            "AuthType": "MD5",
            "Username": account.key,
            "Key": digest.hexdigest(),
            "Events": "call",
        }
        self._write(login)
        if self._packet().get("Response") != "Success":
            raise ConnectionError("not let in")

    def ask(self, packet: Mapping[str, str]) -> Packet:
        """The response to an action. Raises OutcomeUnknown where none came, TemporaryFailure where
        nothing was written."""
        return self._ask(packet)[0]

    def channels(self) -> set[str]:
        """The ids of the channels that there are now."""
        last, rows = self._ask({"Action": "CoreShowChannels"})
        if last.get("Response") == "Error":
            raise OutcomeUnknown(last.get("Message", "")[:120])
        return {row.get("Uniqueid", "") for row in rows}

    def _ask(self, packet: Mapping[str, str]) -> tuple[Packet, list[Packet]]:
        """The response, or the last event of a list; and the events of the list before it."""
        number = f"{id(self)}-{next(self._numbers)}"
        answer: Future[Packet] = Future()
        listed: list[Packet] = []
        with self._writing:
            if not self.is_up:
                raise TemporaryFailure("no connection")
            self._waiting[number] = (answer, listed)
            if "ChannelId" in packet:
                self._rung[number] = packet["ChannelId"]
            try:
                self._write({**packet, "ActionID": number})
            except ValueError as error:
                raise PermanentFailure(str(error)) from error
            except OSError as error:
                self._down(error)
        try:
            return answer.result(self._seconds), listed
        except NoAnswer as error:
            raise OutcomeUnknown("no answer") from error
        finally:
            self._waiting.pop(number, None)

    def _write(self, packet: Mapping[str, str]) -> None:
        """Raises ValueError where a value would be more than one line."""
        if any("\r" in value or "\n" in value for value in packet.values()):
            raise ValueError("more than a line")
        lines = [f"{name}: {value}\r\n" for name, value in packet.items()]
        self._socket.sendall(("".join(lines) + "\r\n").encode())

    def _packet(self) -> Packet:
        """The next one; where a name comes twice, the last counts. Its greeting, a line by itself,
        is a part of the first."""
        while (end := self._buffer.find(END)) < 0:
            if len(self._buffer) > LONGEST_PACKET:
                raise ConnectionError("not a packet")
            if not self._is_readable():
                raise TimeoutError
            # One thread at a time may use a TLS connection.
            with self._writing:
                more = self._socket.recv(4096)
            if not more:
                raise ConnectionError("the link ended")
            self._buffer += more
        lines = self._buffer[:end].decode("utf-8", "replace").split("\r\n")
        del self._buffer[: end + len(END)]
        pairs = (line.partition(":") for line in lines)
        return {name: value.strip() for name, _colon, value in pairs}

    def _is_readable(self) -> bool:
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        return bool(select.select([self._socket], [], [], KEPT_ALIVE)[0])

    def _read(self) -> None:
        silent_since = time.monotonic()
        while self.is_up:
            try:
                packet = self._packet()
            except TimeoutError as error:
                if time.monotonic() - silent_since > SILENT_FOR:
                    self._down(error)
                else:
                    self._ping()
            except Exception as error:
                self._down(error)
            else:
                silent_since = time.monotonic()
                self._came(packet)

    def _ping(self) -> None:
        try:
            with self._writing:
                self._write({"Action": "Ping"})
        except OSError as error:
            self._down(error)

    def _came(self, packet: Packet) -> None:
        number, event = packet.get("ActionID", ""), packet.get("Event", "")
        if not event:
            if packet.get("EventList") != "start":
                self._answer(number, packet)
        elif packet.get("EventList", "").lower() == "complete":
            self._answer(number, packet)
        elif event == "CoreShowChannel":
            _answer, listed = self._waiting.get(number, (None, []))
            listed.append(packet)
        elif (report := self._report(event, packet)) is not None:
            self._heard.append(report)

    def _answer(self, number: str, packet: Packet) -> None:
        answer, _listed = self._waiting.pop(number, (None, None))
        if answer is not None:
            answer.set_result(packet)

    def _report(self, event: str, packet: Packet) -> CallReport | None:
        """What an event tells of a call of ours."""
        if event == "OriginateResponse":
            # Where there is no line to the first phone there never is a channel to be hung up.
            channel = self._rung.pop(packet.get("ActionID", ""), "")
            if not channel or packet.get("Response") != "Failure":
                return None
            why = "failed" if packet.get("Reason") in NO_LINE else "caller"
            return _ended(channel, why, f"Originate {packet.get('Reason', '')}")
        channel, other = packet.get("Uniqueid", ""), packet.get("DestUniqueid", "")
        if event == "DialEnd" and other.startswith(PREFIX):
            self._why[other] = FIRST_STATUSES.get(packet.get("DialStatus", ""), "failed")
            return None
        return self._of_ours(event, channel, packet) if channel.startswith(PREFIX) else None

    def _of_ours(self, event: str, channel: str, packet: Packet) -> CallReport | None:
        """What an event tells whose own channel is the first of a call of ours."""
        status, now = packet.get("DialStatus", ""), datetime.now(UTC)
        if event == "DialBegin":
            return CallReport(key_of(channel), CallEvent.RINGING, now)
        if event == "DialEnd" and status == "ANSWER":
            return CallReport(key_of(channel), CallEvent.ANSWERED, now)
        if event == "DialEnd":
            self._why[channel] = STATUSES.get(status, "failed")
        if event == "Hangup":
            cause, why = packet.get("Cause", ""), self._why.pop(channel, "")
            why = CAUSES.get(cause, why) if why == "failed" else why
            return _ended(channel, why, f"Q.850 {cause}")
        return None

    def _down(self, error: Exception) -> None:
        if self.is_up:
            logger.warning("the link to Asterisk is down: %s", type(error).__name__)
        self.is_up = False
        for number in list(self._waiting):
            answer, _listed = self._waiting.pop(number, (None, None))
            if answer is not None and not answer.done():
                answer.set_exception(OutcomeUnknown("the link broke"))
        self._socket.close()

    def close(self) -> None:
        self.is_up = False
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(timeout=2)
        self._socket.close()
