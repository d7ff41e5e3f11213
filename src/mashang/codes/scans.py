"""Counting scans by code and day, for the city to know which signs are used. Nobody is tracked:
no address, no device, no time finer than a day is written anywhere.

The form must not wait for a count, and a count must not be lost. A scan is a line at the end of a
file in the data folder; the worker of the same host adds the lines up, a few times a minute.
"""

import fcntl
import logging
import os
from collections import Counter
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from mashang.codes.models import Code, CodeEvent, CodeState, EventKind, Scans
from mashang.core.ids import CODE_LENGTH

logger = logging.getLogger(__name__)
CHUNK = 500
Counts = Counter[tuple[str, date]]


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "scans"


def count_scan(code: Code) -> None:
    """Note that a sign was scanned today. Costs no query; a full disk costs the count alone."""
    line = f"{code.pk} {timezone.localdate():%F}\n".encode()
    try:
        folder = _folder()
        try:
            file = os.open(folder / "waiting", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
            file = os.open(folder / "waiting", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_SH)
            os.write(file, line)
        finally:
            os.close(file)
    except OSError as error:
        logger.error("a scan was not counted: %s", error.strerror)


def add_up() -> int:
    """Bring what was scanned since into the database; how many scans.

    What is read goes into a file of its own first, and that is removed once the database has it:
    a worker killed in between counts it again at the next round, at worst twice.
    """
    folder = _folder()
    if not (folder / "waiting").exists() and not (folder / "taken").exists():
        return 0
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another worker of this host is at it
        taken = folder / "taken"
        if not taken.exists():
            _take(folder / "waiting", taken)
        counts = _read(taken)
        _write(counts)
        taken.unlink()
    return counts.total()


def _take(waiting: Path, taken: Path) -> None:
    """Move the lines over, while nobody can write any."""
    unfinished = taken.with_suffix(".part")
    with waiting.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with unfinished.open("wb") as copy:
            copy.write(file.read())
            copy.flush()
            os.fsync(copy.fileno())
        unfinished.replace(taken)
        file.truncate(0)


def _read(taken: Path) -> Counts:
    counts: Counts = Counter()
    for line in taken.read_text("ascii", errors="replace").splitlines():
        code, _blank, day = line.partition(" ")
        try:
            if len(code) == CODE_LENGTH:
                counts[code, date.fromisoformat(day)] += 1
        except ValueError:
            continue  # a line that a power cut tore
    return counts


@transaction.atomic
def _write(counts: Counts) -> None:
    names = sorted({code for code, _day in counts})
    known: set[str] = set()
    for first in range(0, len(names), CHUNK):
        part = names[first : first + CHUNK]
        known |= set(Code.objects.filter(pk__in=part).values_list("pk", flat=True))
    new = []
    for (code, day), count in sorted(counts.items()):
        if code not in known:
            continue
        row = Scans.objects.filter(code=code, day=day)
        if not row.update(count=F("count") + count):
            new.append(Scans(code_id=code, day=day, count=count))
    Scans.objects.bulk_create(new, batch_size=CHUNK)
    for day in sorted({day for _code, day in counts}):
        _used_on(day, [code for code in known if (code, day) in counts])


def _used_on(day: date, names: list[str]) -> None:
    """The days on the codes themselves, and those that are live from now on."""
    now = timezone.now()
    for first in range(0, len(names), CHUNK):
        codes = Code.objects.filter(pk__in=names[first : first + CHUNK])
        codes.filter(first_used_on=None).update(first_used_on=day)
        codes.filter(Q(last_used_on=None) | Q(last_used_on__lt=day)).update(last_used_on=day)
        fresh = list(
            codes.filter(state__in=(CodeState.ISSUED, CodeState.POSTED))
            .select_for_update()
            .values_list("pk", flat=True)
        )
        Code.objects.filter(pk__in=fresh).update(state=CodeState.LIVE, state_since=now)
        CodeEvent.objects.bulk_create(
            [CodeEvent(code_id=code, kind=EventKind.LIVE, at=now) for code in fresh]
        )
