"""How the pages of figures answer in a city of a million cases, and how long a year takes to count.

The figures are counted from the cases by `mashang figures --rebuild`, and checked against them:
whatever differs is a fault. Then each page is opened by somebody signed in, through the whole web
application.
"""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mashang.cases.models import Case
from mashang.insight import keeping
from mashang.insight.models import Fact, Tally
from mashang.people.models import Account, Post, Role
from mashang.places.models import Level
from mashang.trials.desk import generate  # noqa: F401 (a job of this part too)
from mashang.trials.door import Door
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, percentile, say_seconds
from mashang.trials.generating.writing import days_for
from mashang.trials.processes import Ready, alone
from mashang.trials.scratch import Scratch

GOAL, YEAR, SMALL = 0.1, 365, 10_000  # seconds at p95, days, cases


def run(scratch: Scratch, extent: Extent) -> Findings:
    large = extent.desk_cases if scratch.is_for_a_city else extent.desk_cases_on_sqlite
    small = min(SMALL, large // 2)
    findings, found = Findings(), []
    for cases in (small, large - small):
        alone(scratch, "insight.generate", cases=cases, days=days_for(large))
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
        value = f"{_say(found[0][name])} → {_say(then)}"
        findings.note(name, value, f"p95 < {GOAL * 1000:.0f} ms")
    return findings


def _say(page: dict[str, Any]) -> str:
    fast, slow = (percentile(page["times"], share) for share in (0.5, 0.95))
    return f"{say_seconds(fast)} / {say_seconds(slow)}, {page['queries']} q"


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
    door, cookie = Door(), _signed_in()
    return {name: _opened(door, path, cookie, times) for name, path in _pages()}


def _signed_in() -> str:
    posts = Post.objects.current().select_related("account").order_by("pk")
    post = posts.filter(role=Role.DISPATCHER, place__level=Level.PREFECTURE).first()
    if post is None:
        raise ValueError("the city has no dispatcher")
    account: Account = post.account
    client = Client()
    client.force_login(account)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


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


def _opened(door: Door, path: str, cookie: str, times: int) -> dict[str, Any]:
    def get() -> None:
        answer = door.get(path, HTTP_COOKIE=cookie)
        if answer.status != 200:
            raise ValueError(f"{path} answered {answer.status}")

    get()
    with CaptureQueriesContext(connection) as asked:
        get()
    queries, taken = len(asked.captured_queries), []
    for _turn in range(times):
        began = time.perf_counter()
        get()
        taken.append(time.perf_counter() - began)
    return {"times": taken, "queries": queries}
