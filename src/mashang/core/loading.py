"""What every `load_…` command shares: one transaction, a tally, all faults at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _

from mashang.core.tables import BadTable, Say


class Tally(Counter[str]):
    """What a load did, counted by a Chinese word for it, and the rows it found unchanged."""

    unchanged = 0

    def __str__(self) -> str:
        done = [f"{what} {count}" for what, count in self.items() if count]
        return "，".join([*done, _("未变 %(count)d") % {"count": self.unchanged}])


# A table was loaded by a command and changed something: `command`, `file` (its name), `tally`.
# Sent in the transaction that loads it.
loaded = Signal()


class Load(Protocol):
    """Loads one file, or raises BadTable and writes nothing."""

    def __call__(self, path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally: ...


@contextmanager
def all_or_nothing(*, dry_run: bool) -> Iterator[None]:
    """One transaction; a dry run does everything, constraints included, and takes it back."""
    with transaction.atomic():
        yield
        if dry_run:
            transaction.set_rollback(True)


class LoadCommand(BaseCommand):
    """A command around a `load` function: exit code 0 for loaded or nothing new, 1 for refused."""

    load: Load

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV (UTF-8, GB18030) / .xlsx")
        parser.add_argument("--dry-run", action="store_true", help="检查全部内容，但不写入")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(_("没有这个文件：%(file)s") % {"file": file})
        try:
            with transaction.atomic():
                tally = type(self).load(file, dry_run=dry_run, say=self.stdout.write)
                if tally.total() and not dry_run:
                    name = type(self).__module__.rpartition(".")[2]
                    loaded.send(type(self), command=name, file=file.name, tally=str(tally))
        except BadTable as refused:
            for fault in refused.faults:
                self.stderr.write(str(fault))
            raise CommandError(
                _("有 %(count)d 处错误，什么都没有写入。") % {"count": len(refused.faults)}
            ) from None
        self.stdout.write(str(tally))
        if dry_run:
            self.stdout.write(_("只是检查，什么都没有写入。"))
        elif not tally.total():
            self.stdout.write(_("没有变化，数据库里都已经有了。"))
