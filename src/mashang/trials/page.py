"""How long the pages that residents wait for take to be made, and how much travels for them."""

import gzip
import re
import time
from typing import Any

from mashang.trials.door import Door
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, say_times
from mashang.trials.intake import WARM_UP, Sender
from mashang.trials.processes import Ready, alone
from mashang.trials.scratch import Scratch

MOST_BYTES = 30 * 1024
LOADED = re.compile(r'<(?:link[^>]*?rel="stylesheet"[^>]*?href|script[^>]*?src)="(/static/[^"]+)"')
NAMES = {"form": "the form", "receipt": "the receipt", "tracking": "the tracking page"}


def run(scratch: Scratch, extent: Extent) -> Findings:
    found = alone(scratch, "page.open_pages", count=extent.pages)
    findings = Findings()
    for page, name in NAMES.items():
        findings.note(f"{name}, made in p50 / p99", say_times(found[page]["times"]))
    for page, name in NAMES.items():
        goal = f"≤ {MOST_BYTES // 1024} KB" if page == "form" else ""
        findings.note(f"{name} with styles and scripts, compressed", _say(found[page]), goal)
    return findings


def _say(found: dict[str, Any]) -> str:
    return f"{found['compressed'] / 1024:.1f} KB of {found['plain'] / 1024:.1f} KB"


# In a process of its own ------------------------------------------------------------------------


def open_pages(ready: Ready, *, count: int) -> dict[str, Any]:
    """Open each page `count` times."""
    sender = Sender(1)
    report = next(sender.drawn_up())
    receipt = sender.send(report).headers["Location"]
    ready()
    door = Door()
    tracking = re.search(r'(/t/[^"/?]+)"', door.get(receipt).body.decode())
    if tracking is None:
        raise ValueError("the receipt does not lead to the tracking page")
    return {
        "form": _opened(door, report[0], count),
        "receipt": _opened(door, receipt, count),
        "tracking": _opened(door, tracking[1], count),
    }


def _opened(door: Door, path: str, count: int) -> dict[str, Any]:
    """Times of opening `path`, and its bytes with all styles and scripts it loads."""
    for _turn in range(min(count, WARM_UP)):
        answer = door.get(path)
        if answer.status != 200:
            raise ValueError(f"{path} answered {answer.status}")
    times = []
    for _turn in range(count):
        started = time.perf_counter()
        door.get(path)
        times.append(time.perf_counter() - started)
    parts = [answer.body]
    parts += [door.get(loaded).body for loaded in LOADED.findall(answer.body.decode())]
    compressed = sum(len(gzip.compress(part)) for part in parts)
    return {"times": times, "plain": sum(map(len, parts)), "compressed": compressed}
