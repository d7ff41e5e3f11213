"""How long after a report is stored its SMS is on its way, under a steady stream of reports.

Several processes file at fixed times, whether or not the report before was quick, until the
offered rate is reached whatever one of them can do. They call the action that the form calls, so
that what is measured is the outbox and not how many web pages two cores make. A worker of its own
sends. The lag runs from the moment a message was written, shortly before its commit, to the moment
it was marked as sent.
"""

import sys
import time
from collections import Counter
from datetime import datetime
from itertools import cycle
from typing import Any

from django.utils import timezone

from mashang.cases.actions.filing import Report, file_report
from mashang.cases.models import Channel
from mashang.codes.models import Code, CodeState
from mashang.messaging.models import Message, MessageState
from mashang.people.actors import Resident
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, percentile, say_seconds, say_times
from mashang.trials.intake import WARM_UP, WORDS
from mashang.trials.processes import Ready, alone, together
from mashang.trials.scratch import Scratch

PROCESSES = 4
GOAL = 1.0  # seconds, p99
BEHIND = 0.95  # of the reports offered must have been stored in the time
ALL_SENT_WITHIN = 120.0
ON_THE_WAY = (MessageState.QUEUED, MessageState.SENDING)


def run(scratch: Scratch, extent: Extent) -> Findings:
    each = {"rate": extent.lag_rate / PROCESSES, "seconds": extent.lag_seconds}
    jobs = [{"series": 1 + number, **each} for number in range(PROCESSES)]
    with scratch.running("worker"):
        filed = together(scratch, "lag.file_steadily", jobs)
        began = min(datetime.fromisoformat(one["began"]) for one in filed)
        found = alone(scratch, "lag.examine", since=began.isoformat())
    count = sum(one["filed"] for one in filed)
    rate = count / max(one["elapsed"] for one in filed)
    findings = Findings()
    if rate < BEHIND * extent.lag_rate:
        sys.stderr.write(f"  the machine stored only {rate:.0f} reports a second\n")
    findings.note("reports offered a second", f"{extent.lag_rate}", "100")
    findings.note("reports stored a second", f"{rate:.0f}")
    times = [taken for one in filed for taken in one["times"]]
    findings.note("report due to stored, p50 / p99", say_times(times))
    findings.note("stored to sent, p50 / p99", say_times(found["lags"]), f"p99 < {GOAL:.0f} s")
    findings.note("slowest", say_seconds(percentile(found["lags"], 1)))
    findings.expect("messages by state", found["states"], {"sent": 2 * count})
    return findings


# In processes of their own ----------------------------------------------------------------------


def file_steadily(ready: Ready, *, series: int, rate: float, seconds: float) -> dict[str, Any]:
    """File `rate` reports a second for `seconds`; `times` are from when each was due."""
    live = Code.objects.filter(state=CodeState.LIVE, place__parent__isnull=False)
    codes = cycle(live.select_related("place", "unit").order_by("pk")[series::97])

    def file(number: int) -> None:
        code = next(codes)
        report = Report(
            token=f"lag-{series}-{number}",
            place=code.place,
            text=WORDS.format(number=f"{series}/{number}"),
            name="何秀英",
            phone=f"139{series:02d}{number:06d}",
            spot=code.spot,
            code=code,
            channel=Channel.CODE,
        )
        file_report(report, by=Resident())

    for number in range(WARM_UP):
        file(number)
    _wait_until_all_are_sent()
    ready()
    since = timezone.now()
    began = time.perf_counter() + series / rate / PROCESSES  # they take turns
    times = []
    for number in range(round(rate * seconds)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        file(WARM_UP + number)
        times.append(time.perf_counter() - due)
    elapsed = time.perf_counter() - began
    return {"began": since.isoformat(), "filed": len(times), "elapsed": elapsed, "times": times}


def examine(ready: Ready, *, since: str) -> dict[str, Any]:
    """Wait for the messages written since then; their lags and states."""
    ready()
    _wait_until_all_are_sent()
    rows = Message.objects.filter(queued_at__gte=datetime.fromisoformat(since)).order_by()
    found = list(rows.values_list("state", "queued_at", "sent_at"))
    lags = [(sent_at - queued_at).total_seconds() for _s, queued_at, sent_at in found if sent_at]
    return {"lags": lags, "states": Counter(state for state, _q, _s in found)}


def _wait_until_all_are_sent() -> None:
    end = time.monotonic() + ALL_SENT_WITHIN
    while Message.objects.filter(state__in=ON_THE_WAY).exists() and time.monotonic() < end:
        time.sleep(0.1)
