"""The SMPP link against an SMSC of another make (smpp34, written in Rust)."""

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import smpp34

from mashang.messaging.senders import (
    UNKNOWN,
    Account,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
    smpp,
)
from mashang.messaging.senders.smpp import Smpp


def a_free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Smsc:
    """Accepts what `deed(phone)` says: "accept", "wait" (no answer), or a status to refuse with."""

    def __init__(self, port):
        self.port = port
        self.deed = lambda phone: "accept"
        self.parts = []
        self.sessions = {}
        self.held = []
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.started.wait(5)

    def _run(self):
        self.loop.run_until_complete(self._serve())

    async def _serve(self):
        self.server = smpp34.Server(host="127.0.0.1", port=self.port, system_id="smsc")
        await self.server.start()
        self.task = asyncio.current_task()
        self.started.set()
        try:
            while True:
                event = await self.server.next()
                if isinstance(event, smpp34.Esme):
                    self.sessions[event.session_id] = event
                elif isinstance(event, smpp34.Unbound):
                    self.sessions.pop(event.session_id, None)
                elif isinstance(event, smpp34.SubmitSmEvent):
                    self._take(event)
        except asyncio.CancelledError:
            await self.server.stop()

    def _take(self, event):
        deed = self.deed(event.destination_addr)
        if deed == "wait":
            self.held.append(event)
        elif deed == "accept":
            self.parts.append(event)
            event.accept(f"id-{len(self.parts)}")
        else:
            event.reject(deed)

    def deliver(self, text, *, source="13900000001", receipt=True):
        async def push():
            [session] = self.sessions.values()
            await session.deliver_sm(
                source_addr=source,
                destination_addr="10690001",
                esm_class=0x04 if receipt else 0,
                data_coding=0 if receipt else 8,
                short_message=text.encode("ascii" if receipt else "utf-16-be"),
            )

        asyncio.run_coroutine_threadsafe(push(), self.loop).result(5)

    def close(self):
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join(5)


@pytest.fixture
def smsc():
    server = Smsc(a_free_port())
    yield server
    server.close()


@pytest.fixture
def sender(smsc):
    options = {"host": "127.0.0.1", "port": smsc.port, "source": "10690001", "window": 4}
    link = Smpp(Account("one", options, "city", "secret", seconds=2.0))
    yield link
    link.close()


def parcel(text="【码上办】您的验证码是508213。", phone="13900000001"):
    return Parcel("k", phone, text, "", {})


def until(found):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.02)
    pytest.fail("it did not happen")


def test_chinese_goes_as_ucs2_and_asks_for_a_receipt(smsc, sender):
    assert sender.send(parcel()) == "id-1"
    [part] = smsc.parts
    assert part.short_message.decode("utf-16-be") == "【码上办】您的验证码是508213。"
    assert (part.data_coding, part.registered_delivery) == (8, 1)
    assert (part.source_addr, part.destination_addr) == ("10690001", "13900000001")


def test_a_long_text_goes_in_parts_that_fit_together(smsc, sender):
    text = "【码上办】" + "诉求" * 60
    assert sender.send(parcel(text)) == "id-1"
    assert len(smsc.parts) == 2
    headers = [part.short_message[:6] for part in smsc.parts]
    assert [header[:3] for header in headers] == [b"\x05\x00\x03"] * 2
    assert headers[0][3] == headers[1][3]
    assert [tuple(header[4:6]) for header in headers] == [(2, 1), (2, 2)]
    assert all(part.esm_class & 0x40 for part in smsc.parts)
    whole = b"".join(part.short_message[6:] for part in smsc.parts)
    assert whole.decode("utf-16-be") == text


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (smpp34.ESME_RINVDSTADR, PermanentFailure),
        (smpp34.ESME_RTHROTTLED, TemporaryFailure),
        (smpp34.ESME_RMSGQFUL, TemporaryFailure),
    ],
)
def test_refusals_are_told_apart(smsc, sender, status, failure):
    smsc.deed = lambda phone: status
    with pytest.raises(failure, match=f"0x{status:02X}"):
        sender.send(parcel())


def test_nobody_there_is_temporary(sender, smsc):
    lonely = Smpp(Account("x", {"host": "127.0.0.1", "port": a_free_port()}, "a", "b", seconds=1.0))
    with pytest.raises(TemporaryFailure):
        lonely.send(parcel())


def test_no_answer_is_unknown_and_cannot_be_asked(smsc, sender):
    sender._account = Account("one", sender._account.options, "city", "secret", seconds=0.3)
    smsc.deed = lambda phone: "wait"
    with pytest.raises(OutcomeUnknown):
        sender.send(parcel())
    assert sender.was_accepted(parcel()) is UNKNOWN


def test_no_more_than_the_window_wait_at_once_and_all_go_out_once(smsc, sender):
    with ThreadPoolExecutor(12) as pool:
        phones = [f"139{number:08d}" for number in range(60)]
        references = list(pool.map(lambda phone: sender.send(parcel(phone=phone)), phones))
    assert len(set(references)) == 60
    assert sorted(part.destination_addr for part in smsc.parts) == phones


def test_receipts_and_replies_come_over_the_link(smsc, sender):
    sender.send(parcel())
    smsc.deliver("id:id-1 sub:001 dlvrd:001 submit date:2611241000 done date:2611241001 "
                 "stat:DELIVRD err:000 text:")  # fmt: skip
    smsc.deliver("id:id-2 sub:001 dlvrd:000 submit date:2611241000 done date:2611241001 "
                 "stat:UNDELIV err:012 text:")  # fmt: skip
    smsc.deliver("id:id-3 stat:ENROUTE err:000 text:")
    smsc.deliver("2 还是不亮", receipt=False)
    until(lambda: len(sender.heard) == 3)
    heard = sender.poll()
    assert [(each.reference, each.is_delivered) for each in heard.reports] == [
        ("id-1", True),
        ("id-2", False),
    ]
    assert heard.reports[1].words == "UNDELIV 012"
    [reply] = heard.replies
    assert (reply.phone, reply.words) == ("13900000001", "2 还是不亮")
    assert sender.poll().reports == []


def test_a_link_that_broke_is_bound_anew(smsc, sender, monkeypatch):
    monkeypatch.setattr(smpp, "BIND_AGAIN_AFTER", 0.0)
    assert sender.send(parcel()) == "id-1"
    sender._link._client._socket.shutdown(2)
    until(lambda: sender._link is None or not sender._link.is_up)
    assert sender.send(parcel()) == "id-2"
    assert len(smsc.parts) == 2
