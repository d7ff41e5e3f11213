"""How much memory web server and worker hold together after many reports over HTTP.

Counted as PSS: what processes share is divided among them, so the sum is what the machine gives.
"""

import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from django.test.client import MULTIPART_CONTENT

from mashang.trials.extent import Extent
from mashang.trials.figures import Findings
from mashang.trials.intake import Sender
from mashang.trials.processes import Ready, alone
from mashang.trials.scratch import Scratch

GOAL_MB = 250
CLIENTS = 4
STARTED_WITHIN = 60.0


def run(scratch: Scratch, extent: Extent) -> Findings:
    address = f"127.0.0.1:{_free_port()}"
    with scratch.running("serve", "--bind", address) as served:
        _wait_for(f"http://{address}/healthz")
        before = _held(served)
        found = alone(
            scratch, "memory.file_over_http", url=f"http://{address}", count=extent.reports
        )
        after = _held(served)
    findings = Findings()
    findings.note("web and worker at the start", f"{before:.0f} MB")
    findings.note(
        f"after {extent.reports:,} reports over HTTP", f"{after:.0f} MB", f"< {GOAL_MB} MB"
    )
    findings.note("reports a second over HTTP", f"{extent.reports / found['elapsed']:.0f}")
    findings.expect("cases", alone(scratch, "intake.count_rows")["cases"], extent.reports)
    return findings


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    """Return once web server and worker answer for themselves."""
    end = time.monotonic() + STARTED_WITHIN
    while True:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"{url} did not answer within {STARTED_WITHIN:.0f} s")
        time.sleep(0.2)


def _held(served: "subprocess.Popen[bytes]") -> float:
    """Megabytes (PSS) of a process and all that it started."""
    return sum(_pss(pid) for pid in _family(served.pid)) / 1024


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _pss(pid: int) -> int:
    """Kilobytes."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    if found is None:
        sys.stderr.write(f"no PSS of process {pid}\n")
    return int(found[1]) if found else 0


# In a process of its own ------------------------------------------------------------------------


def file_over_http(ready: Ready, *, url: str, count: int) -> dict[str, Any]:
    """Send `count` reports to the server at `url` from several connections at once."""
    drawn_up = list(islice(Sender(1).drawn_up(), count))
    ready()
    began = time.perf_counter()
    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(CLIENTS) as pool:

        def send(report: tuple[str, bytes, dict[str, str]]) -> int:
            path, body, headers = report
            fields = {
                "Content-Type": MULTIPART_CONTENT,
                "X-Forwarded-For": headers["REMOTE_ADDR"],
            }
            return client.post(path, content=body, headers=fields).status_code

        answers = set(pool.map(send, drawn_up))
    if answers != {303}:
        raise ValueError(f"the server answered {answers}")
    return {"elapsed": time.perf_counter() - began}
