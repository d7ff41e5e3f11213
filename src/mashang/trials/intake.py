"""How many reports a second the real form handler accepts, beside the same rows by plain SQL.

Two processes call the web application as a server would, each report from a phone, an address
and a form of its own, with photos off. The control inserts the very rows that a report leaves, in
the same tables, one transaction a report, by two processes, with the bare driver. Runs of both
alternate on one database, and the medians are compared.
"""

import time
from collections.abc import Iterator
from itertools import count, cycle
from statistics import median
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from mashang.cases.models import Case, Entry, Requester
from mashang.codes.models import Code, CodeState
from mashang.messaging.models import Message
from mashang.trials.door import Answer, Door, form_body
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, say_share, say_times
from mashang.trials.plain_sql import Copier, keys_added
from mashang.trials.processes import Ready, alone, together
from mashang.trials.scratch import Scratch

PROCESSES = 2
WARM_UP = 20
AIMED_AT = 480  # twenty times what the best peer takes in on two cores
MOST_QUERIES = 12
LEAST_SHARE = 25
WORDS = (
    "小区北门外的路灯坏了有十来天，晚上一片漆黑，前天有位老人下台阶时踩空崴了脚。"
    "物业说归市政管，打过两次电话都没有人来看。学生下晚自习也从这里走，请尽快安排人修一下。（{number}）"
)


def run(scratch: Scratch, extent: Extent) -> Findings:
    """Measure on `scratch`."""
    seconds, rounds = extent.seconds, extent.rounds
    added = alone(scratch, "intake.file_one")
    handled, copied = [], []
    for turn in range(rounds):
        handled.append(_together(scratch, "intake.file_reports", turn=turn, seconds=seconds))
        copied.append(_together(scratch, "intake.insert_rows", added=added, seconds=seconds))
    findings = Findings()
    rate = median(_rate(runs) for runs in handled)
    control = median(_rate(runs) for runs in copied)
    times = [taken for runs in handled for each in runs for taken in each["times"]]
    aim = f"{AIMED_AT} aimed at" if scratch.is_for_a_city else ""
    least = f"≥ {LEAST_SHARE} %" if scratch.is_for_a_city else ""
    findings.note("reports accepted a second", f"{rate:.0f}", aim)
    findings.note("the same rows by plain SQL, a second", f"{control:.0f}")
    findings.note("share of plain SQL", say_share(rate, control), least)
    findings.note("time per report, p50 / p99", say_times(times))
    queries = max(each["queries"] for runs in handled for each in runs)
    findings.note("SQL queries per report", str(queries), f"≤ {MOST_QUERIES}")
    cases = 1 + sum(each["filed"] for runs in handled for each in runs)
    cases += sum(each["copied"] for runs in copied for each in runs)
    expected = {"cases": cases, "requesters": cases, "entries": cases, "messages": 2 * cases}
    findings.expect("rows after all runs", alone(scratch, "intake.count_rows"), expected)
    return findings


def _together(scratch: Scratch, job: str, *, turn: int = 0, **more: Any) -> list[dict[str, Any]]:
    numbers = range(PROCESSES * turn, PROCESSES * (turn + 1))
    return together(scratch, job, [{"series": 1 + number, **more} for number in numbers])


def _rate(runs: list[dict[str, Any]]) -> float:
    return sum(len(each["times"]) / each["elapsed"] for each in runs)


# In processes of their own ----------------------------------------------------------------------


class Sender:
    """Reports like no other: `series` keeps the phones and addresses of processes apart."""

    def __init__(self, series: int):
        self._door = Door()
        self._series = series
        self._numbers = count()
        live = Code.objects.filter(state=CodeState.LIVE, place__parent__isnull=False)
        self._codes = cycle(live.order_by("pk").values_list("pk", flat=True)[series::97])

    def drawn_up(self) -> Iterator[tuple[str, bytes, dict[str, str]]]:
        """Reports as their browsers would send them: path, body, headers."""
        for number, code in zip(self._numbers, self._codes, strict=False):
            fields = {
                "token": f"token-{self._series:04d}-{number:010d}",
                "text": WORDS.format(number=f"{self._series}/{number}"),
                "name": "何秀英",
                "phone": f"139{self._series:02d}{number:06d}",
                "spot": "3号楼",
            }
            address = f"10.{self._series}.{number >> 8 & 255}.{number & 255}"
            yield f"/q/{code}", form_body(fields), {"REMOTE_ADDR": address}

    def send(self, report: tuple[str, bytes, dict[str, str]]) -> Answer:
        """Send one; raises ValueError where it is not accepted."""
        path, body, headers = report
        answer = self._door.post(path, body, **headers)
        if answer.status != 303:
            raise ValueError(f"{path} answered {answer.status}: {answer.body.decode()[:2000]}")
        return answer


def file_reports(ready: Ready, *, seconds: float, series: int) -> dict[str, Any]:
    """File reports through the form for `seconds`."""
    sender = Sender(series)
    reports = sender.drawn_up()
    for _turn in range(WARM_UP):
        sender.send(next(reports))
    with CaptureQueriesContext(connection) as asked:
        sender.send(next(reports))
    queries = [q for q in asked.captured_queries if q["sql"].split()[0] not in ("BEGIN", "COMMIT")]
    ready()
    times: list[float] = []
    began = time.perf_counter()
    while (started := time.perf_counter()) < began + seconds:
        sender.send(next(reports))
        times.append(time.perf_counter() - started)
    elapsed = time.perf_counter() - began
    return {
        "times": times,
        "elapsed": elapsed,
        "queries": len(queries),
        "filed": len(times) + WARM_UP + 1,
    }


def file_one(ready: Ready) -> dict[str, list[Any]]:
    """File a first report; which rows it left."""
    ready()
    sender = Sender(0)
    return keys_added(lambda: sender.send(next(sender.drawn_up())))


def insert_rows(ready: Ready, *, seconds: float, series: int, added: Any) -> dict[str, Any]:
    """Insert such rows again and again for `seconds`."""
    with Copier(added) as copier:
        for _turn in range(WARM_UP):
            copier.copy()
        ready()
        times: list[float] = []
        began = time.perf_counter()
        while (started := time.perf_counter()) < began + seconds:
            copier.copy()
            times.append(time.perf_counter() - started)
        elapsed = time.perf_counter() - began
    return {"times": times, "elapsed": elapsed, "copied": len(times) + WARM_UP}


def count_rows(ready: Ready) -> dict[str, int]:
    ready()
    return {
        "cases": Case.objects.count(),
        "requesters": Requester.objects.count(),
        "entries": Entry.objects.count(),
        "messages": Message.objects.count(),
    }
