"""How long a city's signs take to be printed, and how much memory, one process killed half way."""

import re
import resource
import subprocess
import time
from pathlib import Path
from typing import Any

from mashang.codes.addresses import address_of
from mashang.codes.models import Batch, BatchKind, Code, PrintRun, RunState
from mashang.codes.posters.orders import order_run, path_of, printable
from mashang.codes.posters.words import Words
from mashang.people.actors import SYSTEM
from mashang.places.models import Level, Place
from mashang.trials.extent import Extent
from mashang.trials.figures import Findings, say_seconds
from mashang.trials.processes import Ready, alone
from mashang.trials.scratch import Scratch

DESIGN = "poster"
LOOK_SECONDS = 0.2
LONGEST = 3600.0
GOAL_MB = 300


def run(scratch: Scratch, extent: Extent) -> Findings:
    ordered = alone(scratch, "posters.order_all", count=extent.posters)
    folder = scratch.folder / "posters" / str(ordered["run"])
    began, used = time.perf_counter(), _processor_seconds()
    peak = 0.0
    for files in (ordered["files"] // 2, ordered["files"]):
        with scratch.running("posters", "--run", str(ordered["run"])) as process:
            peak = max(peak, _until(process, folder, files))
            if files < ordered["files"]:
                process.kill()
                process.wait()
            elif process.wait(timeout=60):
                raise ValueError(f"mashang posters ended with {process.returncode}")
    elapsed, used = time.perf_counter() - began, _processor_seconds() - used
    found = alone(scratch, "posters.look", run=ordered["run"])
    findings = Findings()
    findings.note("signs / files", f"{found['signs']:,} / {found['files']:,}")
    findings.note("printed in, one process, killed half way", say_seconds(elapsed), "minutes")
    findings.note("processor time", say_seconds(used))
    findings.note("processor time a sign", say_seconds(used / extent.posters))
    findings.note("memory at most", f"{peak:.0f} MB", f"< {GOAL_MB} MB")
    findings.note("files together", f"{found['bytes'] / 1e6:.0f} MB")
    findings.expect("state", found["state"], RunState.DONE)
    findings.expect("signs in whole files", found["signs"], extent.posters)
    findings.expect("pages", found["pages"], extent.posters)
    return findings


def _until(process: "subprocess.Popen[bytes]", folder: Path, files: int) -> float:
    """Return once so many files are there; megabytes the process held at most."""
    peak, end = 0.0, time.monotonic() + LONGEST
    while len(list(folder.glob("*.pdf"))) < files and process.poll() is None:
        peak = max(peak, _most(process.pid))
        if time.monotonic() > end:
            raise TimeoutError(f"{files} files were not there within {LONGEST:.0f} s")
        time.sleep(LOOK_SECONDS)
    return peak


def _processor_seconds() -> float:
    """What the processes that ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _most(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
    return int(found[1]) / 1024 if found else 0.0


# In a process of its own ------------------------------------------------------------------------


def order_all(ready: Ready, *, count: int) -> dict[str, Any]:
    """Make a batch of `count` signs all over the city, and order their printing."""
    ready()
    villages = list(Place.objects.filter(level=Level.VILLAGE))
    batch = Batch.objects.create(name="全市", kind=BatchKind.BUILDING)
    Code.objects.bulk_create(
        (
            Code(place=villages[number % len(villages)], spot=f"{number}号楼", batch=batch)
            for number in range(count)
        ),
        batch_size=500,
    )
    ordered = order_run(
        printable(batch),
        design=DESIGN,
        words=Words(hotline="12345"),
        title=batch.name,
        batch=batch,
        by=SYSTEM,
    )
    return {"run": ordered.pk, "files": ordered.files.count()}


def look(ready: Ready, *, run: int) -> dict[str, Any]:
    """What there is at the end, counted in the files themselves."""
    ready()
    ordered = PrintRun.objects.get(pk=run)
    files = list(ordered.files.exclude(done_at=None))
    whole = [file for file in files if path_of(file).read_bytes().rstrip().endswith(b"%%EOF")]
    codes = {code for file in whole for code in file.codes.split()}
    return {
        "state": ordered.state,
        "files": len(whole),
        "signs": len({address_of(code) for code in codes}),
        "pages": sum(path_of(file).read_bytes().count(b"/Type /Page\n") for file in whole),
        "bytes": sum(file.size for file in whole),
    }
