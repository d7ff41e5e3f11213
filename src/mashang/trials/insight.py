"""How the pages of figures answer in a city of a million cases, and how long a year takes to count.

The figures are counted from the cases by `mashang figures --rebuild`, and checked against them:
whatever differs is a fault. Then each page is opened by somebody signed in, through the whole web
application.
"""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from mashang.cases.models import Case
from mashang.insight import keeping
from mashang.insight.models import Fact, Tally
from mashang.trials.desk import opened, people, say_page, signed_in
from mashang.trials.door import Door
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, say_seconds
from mashang.trials.generating.writing import days_for
from mashang.trials.processes import Ready, alone
from mashang.trials.scratch import Scratch

GOAL, YEAR, SMALL = 0.1, 365, 10_000  # seconds at p95, days, cases


def run(scratch: Scratch, extent: Extent) -> Findings:
    large = extent.desk_cases if scratch.is_for_a_city else extent.desk_cases_on_sqlite
    small = min(SMALL, large // 2)
    findings, found = Findings(), []
    for cases in (small, large - small):
        alone(scratch, "desk.generate", cases=cases, days=days_for(large))
        counted = alone(scratch, "insight.count_all")
        found.append(alone(scratch, "insight.open_pages", times=extent.desk_opens))
    a_year = counted["seconds"] * min(1.0, YEAR / counted["days"])
    findings.note("cases counted", f"{counted['cases']:,} in {say_seconds(counted['seconds'])}")
    findings.note("a year of them", say_seconds(a_year))
    findings.note("checked against the cases", say_seconds(counted["check"]))
    findings.note("rows", f"{counted['facts']:,} facts, {counted['tallies']:,} tallies")
    findings.expect("cases with facts", counted["facts"], large)
    findings.faults += counted["differences"]
    for name, then in found[1].items():
        value = f"{say_page(found[0][name])} → {say_page(then)}"
        findings.note(name, value, f"p95 < {GOAL * 1000:.0f} ms")
    return findings


# In processes of their own ----------------------------------------------------------------------


def count_all(ready: Ready) -> dict[str, Any]:
    """Count every case and prove it."""
    ready()
    began = time.monotonic()
    cases = keeping.rebuild(say=lambda *_progress: None)
    seconds = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    began = time.monotonic()
    differences = list(keeping.check(say=lambda *_progress: None))
    received = Case.objects.order_by("received_at").values_list("received_at", flat=True)
    days = (timezone.now() - received[0]).days + 1
    return {
        "cases": cases,
        "seconds": seconds,
        "check": time.monotonic() - began,
        "differences": differences[:20],
        "facts": Fact.objects.count(),
        "tallies": Tally.objects.count(),
        "days": days,
    }


def open_pages(ready: Ready, *, times: int) -> dict[str, Any]:
    """Open each page so many times, as somebody whose scope is the whole city."""
    ready()
    door, cookie = Door(), signed_in(people()["dispatcher"])
    return {name: opened(door, path, cookie, times) for name, path in _pages()}


def _pages() -> Iterator[tuple[str, str]]:
    figures = reverse("figures")
    village = (
        Case.objects.filter(is_sealed=False).order_by("pk").values_list("place_id", flat=True)[0]
    )
    unit = Case.objects.exclude(unit=None).order_by("pk").values_list("unit_id", flat=True)[0]
    for period in ("days30", "year"):
        for name, scope in (
            ("city", "place=" + village[:4]),
            ("county", "place=" + village[:6]),
            ("township", "place=" + village[:9]),
            ("village", "place=" + village),
            ("unit", f"unit={unit}"),
        ):
            yield f"{name}, {period}", f"{figures}?{scope}&period={quote(period)}"
    yield "definitions", reverse("figure_definitions")
