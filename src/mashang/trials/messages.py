"""The outbox under load: a long queue of notices, a provider that takes its time to answer, duty
messages that must overtake, and a worker killed half way.

The provider is a server of its own that keeps the contract of docs/sms-gateway.md, answers after
50 ms and counts every key that it accepts, so that it, and not the outbox, says whether something
was lost or doubled.
"""

import asyncio
import hashlib
import hmac
import json
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.utils import timezone

from mashang.core.crypto import blind_index
from mashang.messaging import rescuing
from mashang.messaging.actions import Draft, queue
from mashang.messaging.models import Message, MessageState
from mashang.trials.bulk import Table
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, say_times
from mashang.trials.processes import Job, Ready, alone, together
from mashang.trials.scratch import Scratch

KEY = "only-for-trials-0123456789"
ANSWER_AFTER = 0.05  # seconds
GOAL = 1000  # a second
DUTY_GOAL = 2.0  # seconds, p99
DUTY_EVERY = 0.2
HELD_AFTER = rescuing.CLAIM_IS_OLD.total_seconds()
LOOK_EVERY = 0.25
ROWS = 2000
LEFT = (MessageState.QUEUED, MessageState.SENDING)
ALL_SENT_WITHIN = 900.0


def run(scratch: Scratch, extent: Extent) -> Findings:
    """Queue the notices, send them with two workers of which one is killed and replaced."""
    port = _free_port()
    place = replace(
        scratch,
        more={
            **scratch.more,
            "MASHANG_SMS_SENDER": "gateway",
            "MASHANG_SMS_GATEWAY_URL": f"http://127.0.0.1:{port}",
            "MASHANG_SMS_GATEWAY_KEY": KEY,
        },
    )
    count = extent.messages if scratch.is_for_a_city else extent.messages_on_sqlite
    half = count // 2
    jobs = [{"first": 0, "count": half}, {"first": half, "count": count - half}]
    together(place, "messages.fill", jobs)
    with (
        Job(place, "messages.provide", port=port) as provider,
        Job(place, "messages.watch", count=count, is_patient=extent.is_patient) as watch,
        Job(place, "messages.send_duty") as duty,
    ):
        for job in (provider, watch, duty):
            job.wait_until_ready()
        provider.begin()
        with place.running("worker") as worker, place.running("worker"):
            watch.begin()
            duty.begin()
            watch.wait_until_ready()  # half of them are sent
            worker.kill()
            sys.stderr.write("  a worker was killed half way, another is started\n")
            with place.running("worker"):
                watch.begin()
                watch.wait_until_ready()  # the queue is empty
                duty.wait_until_ready()
                duty.begin()
                watch.begin()
                seen = watch.result()
        lags = duty.result()
        provider.wait_until_ready()
        provider.begin()
        counted = provider.result()
    found = alone(place, "messages.examine")
    findings = Findings(faults=seen["faults"])
    expected = count + len(lags)
    findings.expect("messages by state", found["states"], {"sent": expected})
    findings.expect("accepted by the provider", counted["accepted"], expected)
    findings.expect("accepted twice", counted["doubled"], 0)
    findings.expect("signatures refused", counted["forged"], 0)
    findings.note("notices queued", f"{count:,}", "200,000")
    findings.note("sent a second, a worker killed half way", f"{seen['rate']:.0f}", f"{GOAL}")
    findings.note("the fullest ten seconds, a second", f"{counted['fullest']:.0f}")
    # What the dead worker held is settled after a minute, whatever the speed.
    free = [lag for lag in lags if lag < HELD_AFTER]
    findings.note(
        "duty queued to sent meanwhile, p50 / p99", say_times(free), f"p99 < {DUTY_GOAL:.0f} s"
    )
    findings.note("duty messages sent", f"{len(lags)}")
    findings.note("of these held by the dead worker for a minute", f"{len(lags) - len(free)}")
    findings.note("lost / doubled, as the provider counts", _say(counted, expected), "0 / 0")
    return findings


def _say(counted: dict[str, Any], expected: int) -> str:
    return f"{expected - counted['distinct']} / {counted['doubled']}"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# In processes of their own ----------------------------------------------------------------------


def fill(ready: Ready, *, first: int, count: int) -> None:
    """Write `count` notices that are due now, each to a phone of its own."""
    names = (
        "key", "template", "params", "phone", "phone_index", "is_duty", "state", "queued_at",
        "next_attempt_at", "expires_at",
    )  # fmt: skip
    table = Table(Message, names)
    ready()
    now = timezone.now()

    def rows(numbers: Iterable[int]) -> Iterable[tuple[Any, ...]]:
        for number in numbers:
            phone = f"139{number:08d}"
            params = {"number": "260000018", "link": "https://city.example/t/1AbCdEfGhIjKl"}
            yield (
                f"notice-{number}", "receipt_plain", params, phone, blind_index(phone), False,
                MessageState.QUEUED, now, now, now + timedelta(hours=24),
            )  # fmt: skip

    for start in range(first, first + count, ROWS):
        with transaction.atomic():
            table.write(rows(range(start, min(start + ROWS, first + count))))


def send_duty(ready: Ready) -> list[float]:
    """Queue a duty message every fifth of a second until told to stop; how long each took."""
    ready()
    is_over: list[bool] = []

    def wait_for_the_end() -> None:
        ready()
        is_over.append(True)

    listener = Thread(target=wait_for_the_end)
    listener.start()
    number = 0
    while not is_over:
        link = {"link": "https://city.example/staff/password/1AbCdEfGhIjKl"}
        phone = f"138{number:08d}"
        queue([Draft("password_link", phone, link, key=f"duty-{number}")])
        number += 1
        time.sleep(DUTY_EVERY)
    listener.join()
    duty = Message.objects.filter(is_duty=True)
    end = time.monotonic() + 120
    while duty.filter(state__in=LEFT).exists() and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    return [
        (sent - queued).total_seconds()
        for queued, sent in duty.exclude(sent_at=None).values_list("queued_at", "sent_at")
    ]


def watch(ready: Ready, *, count: int, is_patient: bool) -> dict[str, Any]:
    """Say when half of the notices are out, when all are; wait for what the dead worker held."""
    notices = Message.objects.filter(is_duty=False)
    waiting = notices.filter(state=MessageState.QUEUED)
    faults: list[str] = []
    ready()
    began = time.monotonic()
    while waiting.count() > count // 2:
        time.sleep(LOOK_EVERY)
    ready()
    while waiting.exists():
        time.sleep(LOOK_EVERY)
    took = time.monotonic() - began
    held = Message.objects.filter(state=MessageState.SENDING)
    rate = (count - held.filter(is_duty=False).count()) / took
    ready()
    left = Message.objects.filter(state__in=LEFT)
    end = time.monotonic() + ALL_SENT_WITHIN
    while left.exists():
        if not is_patient:
            time.sleep(1)
            held.update(claimed_at=timezone.now() - 2 * rescuing.CLAIM_IS_OLD)
        if time.monotonic() > end:
            faults.append(f"{left.count()} messages still not sent")
            break
        time.sleep(LOOK_EVERY)
    return {"rate": rate, "faults": faults}


def examine(ready: Ready) -> dict[str, Any]:
    ready()
    return {"states": Counter(Message.objects.order_by().values_list("state", flat=True))}


# The provider ---------------------------------------------------------------------------------


class Provider(asyncio.Protocol):
    """One connection of the fake provider: whole requests in, answers after a while."""

    accepted: Counter[str] = Counter()
    seconds: Counter[int] = Counter()
    forged = 0

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _colon, value in (line.partition(":") for line in lines[1:])
            }
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            body, self._buffer = rest[:length], rest[length:]
            method, path, _version = lines[0].split(" ")
            self._take(method, path, headers, body)

    def _take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        stamp = headers["x-mashang-timestamp"]
        signed = b"\n".join([stamp.encode(), method.encode(), path.encode(), body])
        right = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, headers["x-mashang-signature"]):
            Provider.forged += 1
        if method == "POST":
            key = json.loads(body)["key"]
            Provider.accepted[key] += 1
            Provider.seconds[int(time.monotonic())] += 1
            answer, status = {"reference": f"ref-{key}"}, 202
        else:
            key = unquote(path.removeprefix("/messages/"))
            is_known = key in Provider.accepted
            answer, status = {"accepted": is_known, "reference": f"ref-{key}"}, 200
            if not is_known:
                answer, status = {"accepted": False}, 404
        asyncio.get_running_loop().call_later(ANSWER_AFTER, self._answer, status, answer)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        if isinstance(self._transport, asyncio.Transport) and not self._transport.is_closing():
            self._transport.write(head.encode() + body)


def provide(ready: Ready, *, port: int) -> dict[str, Any]:
    """Be the provider until told to stop; what it accepted."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(Provider, "127.0.0.1", port, backlog=1024))
    Thread(target=loop.run_forever, daemon=True).start()
    ready()
    ready()
    loop.call_soon_threadsafe(server.close)
    accepted, seconds = Provider.accepted, Provider.seconds
    fullest = max(
        (sum(seconds[at + more] for more in range(10)) / 10 for at in list(seconds)), default=0.0
    )
    return {
        "accepted": sum(accepted.values()),
        "distinct": len(accepted),
        "doubled": sum(times - 1 for times in accepted.values()),
        "forged": Provider.forged,
        "fullest": fullest,
    }
