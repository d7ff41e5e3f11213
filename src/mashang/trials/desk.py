"""How the desk's lists answer in a city of ten thousand cases, and in one of a million.

Each page is opened by somebody signed in, through the whole web application: each list's first
page and a deep one, filters upon a list, a search for two characters, a case. What is slower than
its goal is printed to stderr with the plan of its slowest query.
"""

import sys
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
from mashang.people.actors import Staff
from mashang.people.models import Account, Position, Post, Role
from mashang.places.models import Level
from mashang.trials.door import Door
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, percentile, say_seconds
from mashang.trials.generating.writing import Order, days_for, write
from mashang.trials.processes import Ready, alone
from mashang.trials.scratch import Scratch
from mashang.workbench.ordering import ORDERS
from mashang.workbench.queues import queues_of

GOAL, MOST_QUERIES, MOST_GROWTH = 0.1, 8, 2.0  # seconds, p95
SMALL = 10_000
SEED = 1
OPENED_BY = {"dispatcher": "派单", "leader": "领导"}
WORTH_A_PLAN, MOST_OF_A_LINE = 0.03, 1500  # seconds, characters
COMMON, RARE = "路灯", "砖块"  # in every tenth report, and in few


def run(scratch: Scratch, extent: Extent) -> Findings:
    large = extent.desk_cases if scratch.is_for_a_city else extent.desk_cases_on_sqlite
    small = min(SMALL, large // 2)
    found, took = [], 0.0
    for cases in (small, large - small):
        began = time.monotonic()
        alone(scratch, "desk.generate", cases=cases, days=days_for(large))
        took += time.monotonic() - began
        how = {"times": extent.desk_opens, "persons": extent.desk_people}
        found.append(alone(scratch, "desk.open_pages", **how))
    findings = Findings()
    findings.note("cases made", f"{large:,} in {say_seconds(took)}, {large / took:,.0f} a second")
    findings.note("open among them", f"{found[0]['open']:,} → {found[1]['open']:,}")
    for name, then in found[1]["pages"].items():
        before = found[0]["pages"].get(name)
        if before is None:
            continue
        goal = f"p95 < {GOAL * 1000:.0f} ms, ≤ {MOST_QUERIES} queries, < ×{MOST_GROWTH:.0f}"
        findings.note(name, f"{say_page(before)} → {say_page(then)}, {_growth(before, then)}", goal)
        if percentile(then["times"], 0.95) > GOAL and then["plan"]:
            sys.stderr.write(f"\nslow: {name}\n{then['plan']}\n")
    return findings


def say_page(page: dict[str, Any]) -> str:
    fast, slow = (percentile(page["times"], share) for share in (0.5, 0.95))
    return f"{say_seconds(fast)} / {say_seconds(slow)}, {page['queries']} q"


def _growth(before: dict[str, Any], then: dict[str, Any]) -> str:
    return f"×{percentile(then['times'], 0.5) / percentile(before['times'], 0.5):.1f}"


# In processes of their own ----------------------------------------------------------------------


def generate(ready: Ready, *, cases: int, days: int) -> None:
    """Add `cases`, received within so many days."""
    ready()
    write(Order(cases, days, SEED, timezone.now()), lambda *_progress: None)


def open_pages(ready: Ready, *, times: int, persons: int) -> dict[str, Any]:
    """Open each page so many times; `plan` is that of its slowest query."""
    ready()
    door = Door()
    pages = {}
    for who, account in list(people().items())[:persons]:
        cookie = signed_in(account)
        for name, path in _pages(account):
            pages[f"{OPENED_BY[who]} {name}"] = opened(door, path, cookie, times)
    live = Case.objects.filter(phase__in=("open", "waiting")).count()
    return {"pages": pages, "open": live}


def people() -> dict[str, Account]:
    """Whose scope is the whole city: who dispatches in it, and who stands on the last rung."""
    posts = Post.objects.current().select_related("account").order_by("pk")
    dispatcher = posts.filter(role=Role.DISPATCHER, place__level=Level.PREFECTURE).first()
    leader = posts.filter(position=Position.CITY_SECRETARY).first()
    if dispatcher is None or leader is None:
        raise ValueError("the city has no dispatcher or no leader")
    return {"dispatcher": dispatcher.account, "leader": leader.account}


def signed_in(account: Account) -> str:
    """The cookie of a session."""
    client = Client()
    client.force_login(account)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _pages(account: Account) -> Iterator[tuple[str, str]]:
    """The person's queues, and what can be done upon the largest."""
    desk = reverse("desk")
    for queue in queues_of(Staff(account)):
        yield str(queue.label), f"{desk}?queue={queue.name}"
    everything, count = f"{desk}?queue=all", Case.objects.count()
    middle = Case.objects.order_by("received_at", "pk")[count // 2]
    after = quote(ORDERS["newest"].key_of(middle))
    yield "全部, half way down", f"{everything}&after={after}"
    county, since = middle.place_id[:6], timezone.localdate(middle.received_at)
    yield (
        "全部, five filters",
        f"{everything}&place={county}&state=confirmed&urgency=ordinary&channel=code"
        f"&received_from={since:%F}",
    )
    yield f"全部, words {COMMON}", f"{everything}&words={quote(COMMON)}"
    for words in (COMMON, RARE):
        yield f"search box {words}", f"{reverse('desk_search')}?q={quote(words)}"
    case = Case.objects.filter(is_sealed=False, phase="open").order_by("-pk").first()
    if case is not None:
        yield "a case", reverse("desk_case", args=[case.number])


def _get(door: Door, path: str, cookie: str) -> str:
    answer = door.get(path, HTTP_COOKIE=cookie)
    if answer.status != 200:
        raise ValueError(f"{path} answered {answer.status}")
    return answer.body.decode()


def opened(door: Door, path: str, cookie: str, times: int) -> dict[str, Any]:
    """How long each time took, and how many queries; the plan of the slowest where it is slow."""
    _get(door, path, cookie)
    with CaptureQueriesContext(connection) as asked:
        _get(door, path, cookie)
    queries = list(asked.captured_queries)  # the next request forgets them
    taken = []
    for _turn in range(times):
        began = time.perf_counter()
        _get(door, path, cookie)
        taken.append(time.perf_counter() - began)
    plan = _plan(queries) if percentile(taken, 0.95) > GOAL else ""
    return {"times": taken, "queries": len(queries), "plan": plan}


def shorten(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most // 2]} … {line[-most // 2 :]}"


def _plan(queries: list[dict[str, str]]) -> str:
    """The slowest query, and how PostgreSQL answers it."""
    slowest = max(queries, key=lambda query: float(query["time"]), default=None)
    if (
        slowest is None
        or float(slowest["time"]) < WORTH_A_PLAN
        or connection.vendor != "postgresql"
    ):
        return ""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {slowest['sql']}")
        lines = [row[0] for row in cursor.fetchall()]
    return "\n".join(shorten(line, MOST_OF_A_LINE) for line in (slowest["sql"], *lines))
