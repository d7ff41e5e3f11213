"""An operator's SMPP 3.4 link through smpplib, the extra `smpp`.

One transceiver for each worker process, bound when the first message needs it and bound anew after
it broke. A thread reads; `window` requests may wait for their answers. Chinese goes as UCS-2,
a long text in parts that the phone puts together. Nothing can be asked by our key: a message whose
answer was lost is unknown, unless its receipt comes.

Options: `host`, `port`, `source` (the number that the city was given), `window`, `system_type`.
The key is the system id, the secret the password.
"""

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, wait
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Account,
    Heard,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    Reply,
    Report,
    TemporaryFailure,
)

logger = logging.getLogger(__name__)

UCS2, IS_RECEIPT, HAS_HEADER = 8, 0x04, 0x40
# command_status of what speaks of the link or the hour (SMPP 3.4, 5.1.3).
TRY_AGAIN = frozenset({0x04, 0x05, 0x08, 0x0D, 0x0E, 0x0F, 0x14, 0x45, 0x58, 0x61, 0x64, 0xFF})
KEPT_ALIVE = 10.0  # seconds of silence after which the other side is asked
SILENT_FOR = 3 * KEPT_ALIVE  # after so many it is given up
BIND_AGAIN_AFTER = 2.0
MOST_HEARD = 100_000
CITY = ZoneInfo("Asia/Shanghai")
RECEIPT = re.compile(r"(\w[\w ]*?):(\S+)")
DONE = frozenset({"DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "REJECTD"})


class Smpp:
    """Raises ImportError where smpplib is not installed."""

    uses_network = True

    def __init__(self, account: Account):
        import smpplib.client  # noqa: F401, PLC0415 (to fail here and not at the first message)

        self._account = account
        self._window = threading.BoundedSemaphore(int(account.option("window", "16")))
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._bind_after = 0.0
        self.heard: deque[Report | Reply] = deque(maxlen=MOST_HEARD)

    def send(self, parcel: Parcel) -> str:
        import smpplib.consts  # noqa: PLC0415
        import smpplib.gsm  # noqa: PLC0415

        parts, _coding, esm_class = smpplib.gsm.make_parts(
            parcel.text, smpplib.consts.SMPP_ENCODING_ISO10646
        )
        if not self._window.acquire(timeout=self._account.seconds):
            raise TemporaryFailure("the window is full")
        try:
            link = self._bound()
            answers = [
                link.submit(
                    source=self._account.option("source"),
                    phone=parcel.phone,
                    part=part,
                    esm_class=esm_class,
                )
                for part in parts
            ]
            wait(answers, timeout=self._account.seconds)
            return _reference(answers)
        finally:
            self._window.release()

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN

    def poll(self) -> Heard:
        """What the link has brought; it is bound also where there is nothing to send."""
        self._bound()
        return self._taken()

    def _taken(self) -> Heard:
        found = [self.heard.popleft() for _each in range(len(self.heard))]
        return Heard(
            [each for each in found if isinstance(each, Report)],
            [each for each in found if isinstance(each, Reply)],
        )

    def _bound(self) -> "Link":
        with self._lock:
            if self._link is not None and self._link.is_up:
                return self._link
            if time.monotonic() < self._bind_after:
                raise TemporaryFailure("no connection")
            try:
                self._link = Link(self._account, self.heard)
            except Exception as error:
                self._link = None
                self._bind_after = time.monotonic() + BIND_AGAIN_AFTER
                raise TemporaryFailure(f"no connection ({type(error).__name__})") from error
            return self._link

    def close(self) -> Heard:
        """Unbind; what the link has brought."""
        with self._lock:
            if self._link is not None:
                self._link.close()
                self._link = None
        return self._taken()


class Link:
    """One bound connection and the thread that reads it."""

    def __init__(self, account: Account, heard: deque[Report | Reply]):
        import smpplib.client  # noqa: PLC0415

        self._heard = heard
        self._waiting: dict[int, Future[str]] = {}
        self._writing = threading.Lock()
        self._seconds = account.seconds
        client = smpplib.client.Client(
            account.option("host"),
            int(account.option("port", "2775")),
            timeout=account.seconds,
            logger_name="smpp",
            allow_unknown_opt_params=True,
        )
        client.connect()
        try:
            client.bind_transceiver(
                system_id=account.key,
                password=account.secret,
                system_type=account.option("system_type"),
            )
        except Exception:
            client.disconnect()
            raise
        client.set_message_sent_handler(self._accepted)
        client.set_message_received_handler(self._came)
        client.set_error_pdu_handler(self._refused)
        client._socket.settimeout(KEPT_ALIVE)
        self._client = client
        self._last = time.monotonic()
        self.is_up = True
        self._thread = threading.Thread(target=self._read, name="smpp", daemon=True)
        self._thread.start()

    def submit(self, *, source: str, phone: str, part: bytes, esm_class: int) -> Future[str]:
        """Hand over one part. Raises TemporaryFailure where nothing was written."""
        import smpplib.smpp  # noqa: PLC0415

        answer: Future[str] = Future()
        with self._writing:
            if not self.is_up:
                raise TemporaryFailure("no connection")
            pdu = smpplib.smpp.make_pdu(
                "submit_sm",
                client=self._client,
                source_addr=source,
                destination_addr=phone,
                dest_addr_ton=0,
                dest_addr_npi=1,
                short_message=part,
                data_coding=UCS2,
                esm_class=esm_class,
                registered_delivery=True,
            )
            self._waiting[pdu.sequence] = answer
            try:
                self._client.send_pdu(pdu)
            except Exception as error:
                # Some of it may have gone out.
                self._down(error)
        return answer

    def _read(self) -> None:
        while self.is_up:
            try:
                self._read_one()
            except Exception as error:
                self._down(error)

    def _read_one(self) -> None:
        import smpplib.smpp  # noqa: PLC0415

        try:
            self._client.read_once(auto_send_enquire_link=False)
            self._last = time.monotonic()
        except TimeoutError:
            if time.monotonic() - self._last > SILENT_FOR:
                raise
            with self._writing:
                self._client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=self._client))

    def _down(self, error: Exception) -> None:
        """The link broke: what waits for an answer has an unknown outcome."""
        if self.is_up:
            logger.warning("the SMPP link is down: %s", type(error).__name__)
        self.is_up = False
        for sequence in list(self._waiting):
            answer = self._waiting.pop(sequence, None)
            if answer is not None and not answer.done():
                answer.set_exception(OutcomeUnknown("the link broke"))
        try:
            self._client.disconnect()
        except OSError:
            pass

    def close(self) -> None:
        self.is_up = False
        try:
            self._client._socket.shutdown(2)
        except OSError:
            pass
        self._thread.join(timeout=2)
        self._client.disconnect()

    # What comes in

    def _accepted(self, pdu: Any) -> None:
        answer = self._waiting.pop(pdu.sequence, None)
        if answer is not None:
            answer.set_result(_text(pdu.message_id))

    def _refused(self, pdu: Any) -> None:
        answer = self._waiting.pop(pdu.sequence, None)
        if answer is None:
            return
        words = f"SMPP 0x{pdu.status:02X}"
        kind = TemporaryFailure if pdu.status in TRY_AGAIN else PermanentFailure
        answer.set_exception(kind(words))

    def _came(self, pdu: Any) -> None:
        body = pdu.short_message or b""
        if pdu.esm_class & IS_RECEIPT:
            report = _receipt(_text(body), _text(getattr(pdu, "receipted_message_id", None) or b""))
            if report is not None:
                self._heard.append(report)
            return
        if pdu.esm_class & HAS_HEADER and body:
            body = body[body[0] + 1 :]
        coding = "utf-16-be" if pdu.data_coding == UCS2 else "latin-1"
        words = body.decode(coding, "replace")
        phone = _text(pdu.source_addr)
        at = f"{datetime.now(CITY):%Y%m%d%H%M%S}"
        self._heard.append(Reply(f"{at} {pdu.sequence}", phone, words))


def _reference(answers: Sequence[Future[str]]) -> str:
    """The number of the first part, by which receipts are told. Where some parts were accepted and
    others not, nobody can say what the phone will show."""
    failures = [
        answer.exception() if answer.done() else OutcomeUnknown("no answer") for answer in answers
    ]
    if not any(failures):
        return answers[0].result()
    if all(failures) and all(isinstance(each, TemporaryFailure) for each in failures):
        raise TemporaryFailure(str(failures[0]))
    if all(failures) and all(isinstance(each, PermanentFailure) for each in failures):
        raise PermanentFailure(str(failures[0]))
    raise OutcomeUnknown(next(str(each) for each in failures if each))


def _receipt(text: str, reference: str) -> Report | None:
    """`id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…`, the form that
    SMPP 3.4 gives in its appendix B; None for one that is not final."""
    told = {name.strip(): value for name, value in RECEIPT.findall(text)}
    state = told.get("stat", "")
    if state not in DONE:
        return None
    words = f"{state} {told.get('err', '')}".strip()
    return Report(state == "DELIVRD", reference or told.get("id", ""), words=words)


def _text(value: Any) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text.rstrip("\0")
