"""Orders of signs: put in, claimed by one process, stopped, gone on with, cleared away.

What draws pages is in `making`: it loads fonts, which web server and worker are not to hold.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.codes.addresses import spoken_host
from mashang.codes.models import USABLE, Batch, Code, PrintFile, PrintRun, RunState
from mashang.codes.posters.words import Words
from mashang.core.errors import Refused
from mashang.people.actors import Actor, Staff
from mashang.places.models import TOWNSHIP_DIGITS, Place, subtree

MOST_SIGNS = 500  # of a file: some three megabytes, and what memory has to hold at a time
IS_DEAD_AFTER = timedelta(seconds=120)  # a file takes seconds
NICE = 10  # the web and the SMS come first
CHUNK = 500
REST_SECONDS = 30.0  # after one that was killed, so that what kills it does not do so for ever


def order_run(
    codes: Sequence[Code],
    *,
    design: str,
    words: Words,
    title: str,
    by: Actor,
    batch: Batch | None = None,
    is_sample: bool = False,
) -> PrintRun:
    """Put in an order for these signs, split by township; the worker carries it out.

    All but samples are noted as printed: they say their place's name of today.

    Raises Refused where there is nothing to print.
    """
    if not codes:
        raise Refused(_("这里没有可以印的码：停用和移走的不印。"))
    parts = list(_parts(codes))
    with transaction.atomic():
        run = PrintRun.objects.create(
            title=title[:120],
            design=design,
            words={**words.as_data(), "host": spoken_host()},
            batch=batch,
            ordered_by=by.account if isinstance(by, Staff) else None,
            signs=len(codes),
        )
        PrintFile.objects.bulk_create(
            [
                PrintFile(
                    run=run,
                    number=number,
                    title=name,
                    codes=" ".join(code.code for code in part),
                    signs=len(part),
                )
                for number, (name, part) in enumerate(parts, 1)
            ],
            batch_size=100,
        )
        if not is_sample:
            names = [code.pk for code in codes]
            for first in range(0, len(names), CHUNK):
                rows = Code.objects.filter(pk__in=names[first : first + CHUNK])
                rows.update(printed_at=run.ordered_at)
        record(
            "code", by=by, about=f"printing:{run.pk}",
            data={"what": _("生成印刷文件：{title}").format(title=run.title), "count": len(codes)},
        )  # fmt: skip
    return run


def printable(batch: Batch, *, within: str = "") -> list[Code]:
    """The signs of a batch that can be scanned, in the order of the map."""
    rows = Code.objects.filter(batch=batch, state__in=USABLE)
    if within:
        rows = rows.filter(subtree(within, field="place_id"))
    return list(rows.only("code", "place_id", "spot"))


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which 3号楼 comes before 10号楼."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", text)
        if part
    ]


def _parts(codes: Sequence[Code]) -> Iterator[tuple[str, list[Code]]]:
    """(title of a file, its signs), by township, none with more than MOST_SIGNS."""
    ordered = sorted(codes, key=lambda code: (code.place_id, natural(code.spot), code.code))
    above = {code.place_id[:TOWNSHIP_DIGITS] for code in codes}
    names = dict(Place.objects.filter(pk__in=above).values_list("pk", "full_name"))
    for key, group in groupby(ordered, key=lambda code: code.place_id[:TOWNSHIP_DIGITS]):
        signs = list(group)
        name = names.get(key, key)
        several = len(signs) > MOST_SIGNS
        for first in range(0, len(signs), MOST_SIGNS):
            part = signs[first : first + MOST_SIGNS]
            yield (f"{name} {first + 1}-{first + len(part)}" if several else name), part


def folder_of(run: PrintRun) -> Path:
    return Path(settings.DATA_DIR) / "posters" / str(run.pk)


def path_of(file: PrintFile) -> Path:
    return Path(settings.DATA_DIR) / "posters" / str(file.run_id) / f"{file.number:04d}.pdf"


def _claimable(now: datetime) -> Q:
    return Q(state=RunState.WAITING) | Q(state=RunState.RUNNING, beat_at__lt=now - IS_DEAD_AFTER)


def claim(run: PrintRun) -> str:
    """Take an order that waits, or whose runner died; the runner's name, "" where another was
    faster."""
    now = timezone.now()
    name = f"{_host()}:{os.getpid()}:{secrets.token_hex(6)}"
    before = PrintRun.objects.values_list("runner", flat=True).get(pk=run.pk)
    free = _claimable(now)
    if _is_gone(before):
        free |= Q(state=RunState.RUNNING, runner=before)
    taken = PrintRun.objects.filter(free, pk=run.pk).update(
        state=RunState.RUNNING, runner=name, beat_at=now, trouble=""
    )
    return name if taken else ""


def _host() -> str:
    return socket.gethostname().replace(":", "")[:14]


def _is_gone(runner: str) -> bool:
    """Whether a runner of this host has ended; of another host only its silence tells."""
    host, _colon, rest = runner.partition(":")
    pid = rest.partition(":")[0]
    if host != _host() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def stop_run(run: PrintRun, *, by: Actor) -> None:
    """No further file is made; those that are there stay."""
    waiting = PrintRun.objects.filter(
        pk=run.pk, state__in=(RunState.WAITING, RunState.RUNNING)
    ).update(state=RunState.STOPPED, ended_at=timezone.now())
    if not waiting:
        raise Refused(_("这一单已经不在生成了。"))


def resume_run(run: PrintRun, *, by: Actor) -> None:
    """Go on with an order that was stopped or failed."""
    again = PrintRun.objects.filter(
        pk=run.pk, state__in=(RunState.STOPPED, RunState.FAILED)
    ).update(state=RunState.WAITING, ended_at=None, trouble="", runner="")
    if not again:
        raise Refused(_("这一单不用接着生成。"))


# The worker's part --------------------------------------------------------------------------------

_child: "subprocess.Popen[bytes] | None" = None
_rest_until = 0.0


def start_waiting() -> int:
    """Have a process of its own carry out the next order: fonts take memory that the worker is
    not to keep, and SMS are not to wait for pages."""
    global _child, _rest_until  # noqa: PLW0603 (a process has one of each)
    if _child is not None:
        ended = _child.poll()
        if ended is None:
            return 0
        if ended and time.monotonic() < _rest_until:
            return 0
    under_way = PrintRun.objects.filter(state__in=(RunState.WAITING, RunState.RUNNING))
    free = _claimable(timezone.now())
    waiting = {run.pk for run in under_way.filter(free).only("pk")}
    run = next(
        (run for run in under_way.order_by("id") if run.pk in waiting or _is_gone(run.runner)), None
    )
    if run is None:
        return 0
    _rest_until = time.monotonic() + REST_SECONDS
    _child = subprocess.Popen(  # noqa: S603 (our own command line)
        [sys.executable, "-m", "mashang.cli", "posters", "--run", str(run.pk), "--background"],
        stdin=subprocess.DEVNULL,
        env={"DJANGO_SETTINGS_MODULE": "mashang.config.settings", **os.environ},
    )
    return 1


def clear_away() -> int:
    """Remove the files of orders that ended long ago; the orders stay and can be made again."""
    before = timezone.now() - timedelta(days=settings.POSTERS_KEPT_DAYS)
    old = PrintRun.objects.filter(ended_at__lt=before, files__done_at__isnull=False).distinct()
    count = 0
    for run in old:
        shutil.rmtree(folder_of(run), ignore_errors=True)
        run.files.update(done_at=None, size=0, pages=0)
        PrintRun.objects.filter(pk=run.pk).update(state=RunState.STOPPED)
        count += 1
    return count


class Parent:
    """Whether the process that started this one still lives; without it nobody waits for us."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._is_told_to_stop = False
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, *_signal: object) -> None:
        self._is_told_to_stop = True

    def lives(self) -> bool:
        return not self._is_told_to_stop and os.getppid() == self._pid
