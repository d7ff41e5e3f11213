"""How long after a report is stored its SMS is on its way, under a steady stream of reports.

One process files at fixed times through the real form handler, whether or not the one before was
quick; a worker of its own sends. The lag runs from the moment a message was written, shortly
before its commit, to the moment it was marked as sent.
"""

import signal
import sys
import time
from typing import Any

from mashang.messaging.models import Message, MessageState
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, percentile, say_seconds, say_times
from mashang.trials.intake import WARM_UP, Sender
from mashang.trials.processes import Ready, alone
from mashang.trials.scratch import Scratch

GOAL = 1.0  # seconds, p99
BEHIND = 0.95  # of the reports asked for must have been filed in the time
ALL_SENT_WITHIN = 120.0
FINISHED = (MessageState.SENT, MessageState.FAILED, MessageState.ABORTED, MessageState.WITHHELD)


def run(scratch: Scratch, extent: Extent) -> Findings:
    worker = scratch.start("worker")
    try:
        found = alone(
            scratch, "lag.file_steadily", rate=extent.lag_rate, seconds=extent.lag_seconds
        )
    finally:
        worker.send_signal(signal.SIGINT)
        worker.wait()
    findings = Findings()
    rate = found["filed"] / found["elapsed"]
    if rate < BEHIND * extent.lag_rate:
        sys.stderr.write(f"  the machine filed only {rate:.0f} reports a second\n")
    findings.note("reports a second", f"{rate:.0f}", f"{extent.lag_rate}")
    findings.note("stored to sent, p50 / p99", say_times(found["lags"]), f"p99 < {GOAL:.0f} s")
    findings.note("slowest", say_seconds(percentile(found["lags"], 1)))
    findings.expect("messages by state", found["states"], {"sent": 2 * found["filed"]})
    return findings


# In a process of its own ------------------------------------------------------------------------


def file_steadily(ready: Ready, *, rate: int, seconds: float) -> dict[str, Any]:
    """File `rate` reports a second for `seconds`, then wait for their messages."""
    sender = Sender(1)
    reports = sender.drawn_up()
    for _turn in range(WARM_UP):
        sender.send(next(reports))
    _wait_until_all_are_sent()
    last = Message.objects.order_by("-pk").values_list("pk", flat=True).first()
    ready()
    count = int(rate * seconds)
    began = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        sender.send(next(reports))
    elapsed = time.perf_counter() - began
    _wait_until_all_are_sent()
    rows = Message.objects.filter(pk__gt=last).values_list("state", "queued_at", "sent_at")
    states: dict[str, int] = {}
    lags = []
    for state, queued_at, sent_at in rows:
        states[state] = states.get(state, 0) + 1
        if sent_at:
            lags.append((sent_at - queued_at).total_seconds())
    return {"filed": count, "elapsed": elapsed, "lags": lags, "states": states}


def _wait_until_all_are_sent() -> None:
    end = time.monotonic() + ALL_SENT_WITHIN
    while Message.objects.exclude(state__in=FINISHED).exists() and time.monotonic() < end:
        time.sleep(0.1)
