"""Tables as operators hand them in, written for a test, and loaded by the command itself."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

Table = Iterable[Sequence[object]]


def a_csv(path: Path, rows: Table, *, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def an_xlsx(path: Path, rows: Table) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def loaded(command: str, path: Path, **options: object) -> str:
    """What the command printed."""
    out = StringIO()
    call_command(command, path, stdout=out, **options)
    return out.getvalue()


def refused(command: str, path: Path, **options: object) -> str:
    """The faults it printed, after it refused with exit code 1."""
    faults = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(command, path, stdout=StringIO(), stderr=faults, **options)
    assert error.value.returncode == 1
    return faults.getvalue() + str(error.value)
