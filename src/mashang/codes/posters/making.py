"""Carrying out an order: file by file, each whole or not there, gone on with after a kill."""

import os
from collections.abc import Callable, Sequence

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.codes.models import Code, PrintFile, PrintRun, RunState
from mashang.codes.posters.designs import DESIGNS, Design
from mashang.codes.posters.orders import claim, folder_of, path_of
from mashang.codes.posters.paper import Fonts
from mashang.codes.posters.printing import prepare, print_signs, sign_of
from mashang.codes.posters.words import Sign, Words
from mashang.core.errors import Refused

CHUNK = 500


def carry_out(run: PrintRun, *, go_on: Callable[[], bool] = lambda: True) -> bool:
    """Make all files that are not there yet; whether the order is done with.

    After each file it is asked whether to `go_on`; if not, the order waits again. Only one process
    carries out an order: false at once where another does. One that is done already is done with.
    """
    runner = claim(run)
    if not runner:
        return PrintRun.objects.filter(pk=run.pk, state=RunState.DONE).exists()
    mine = PrintRun.objects.filter(pk=run.pk, runner=runner, state=RunState.RUNNING)
    try:
        return _make_files(run, mine, go_on, runner)
    except Refused as refused:
        mine.update(state=RunState.FAILED, trouble=str(refused)[:300], ended_at=timezone.now())
        return True
    except OSError as error:
        trouble = _("磁盘写不进去：{error}").format(error=error.strerror or type(error).__name__)
        mine.update(state=RunState.FAILED, trouble=trouble, ended_at=timezone.now())
        raise
    except Exception:
        trouble = _("程序出错了，日志里有详情。")
        mine.update(state=RunState.FAILED, trouble=trouble, ended_at=timezone.now())
        raise


def _make_files(
    run: PrintRun, mine: QuerySet[PrintRun], go_on: Callable[[], bool], runner: str
) -> bool:
    waiting = list(run.files.filter(done_at=None))
    design, words = DESIGNS[run.design], Words.of(run.words)
    folder_of(run).mkdir(parents=True, exist_ok=True)
    using = prepare(words, *_characters(waiting)) if waiting else None
    for file in waiting:
        if not go_on():
            mine.update(state=RunState.WAITING, runner="", beat_at=None)
            return False
        if not mine.update(beat_at=timezone.now()):  # stopped, or taken for dead
            return False
        assert using is not None  # noqa: S101
        _make(file, run, design, words, using, runner)
    mine.update(state=RunState.DONE, ended_at=timezone.now())
    return True


def _make(
    file: PrintFile, run: PrintRun, design: Design, words: Words, using: Fonts, runner: str
) -> None:
    """Write a file beside its place and move it there whole, so that none is ever half."""
    path = path_of(file)
    # Under a name of its own: one that was stopped may still be writing.
    unfinished = path.with_suffix(f".{runner.rpartition(':')[2]}.part")
    title = f"{run.title} · {file.title}"
    try:
        pages = print_signs(unfinished, design, words, signs_of(file), using=using, title=title)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)  # a full disk needs the room
        raise
    PrintFile.objects.filter(pk=file.pk).update(
        pages=pages, size=path.stat().st_size, done_at=timezone.now()
    )


def signs_of(file: PrintFile) -> list[Sign]:
    """The signs of a file in their order, in a query for every 500."""
    names = file.codes.split()
    found = {}
    for first in range(0, len(names), CHUNK):
        rows = Code.objects.select_related("place").filter(pk__in=names[first : first + CHUNK])
        found |= {code.pk: code for code in rows}
    return [sign_of(found[name]) for name in names if name in found]


def _characters(files: Sequence[PrintFile]) -> tuple[set[str], set[str]]:
    """The characters of all names, and those of the second script."""
    own: set[str] = set()
    second: set[str] = set()
    for file in files:
        for sign in signs_of(file):
            own.update(sign.above, sign.place, sign.spot)
            second.update(sign.second)
    return own, second
