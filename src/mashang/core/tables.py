"""Tables that operators hand in, CSV or Excel: read row by row, every fault kept with its line."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from xml.etree.ElementTree import ParseError

from django.db import models
from django.utils.translation import gettext as _

from mashang.core.text import clean_line

Say = Callable[[str], None]
PROGRESS_EVERY = 5000
# Remarks are for people; any table may carry them and none is read.
REMARK = "note"
REMARKS = (REMARK, "备注", "说明")
YES = ("是", "yes", "y", "true", "1")
NO = ("否", "no", "n", "false", "0")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)")


@dataclass(frozen=True, order=True)
class Fault:
    """Why a line of a table was refused; line 0 stands for the whole file."""

    line: int
    reason: str

    def __str__(self) -> str:
        if not self.line:
            return self.reason
        return _("第 %(line)d 行：%(reason)s") % {"line": self.line, "reason": self.reason}


class BadTable(Exception):
    """A table refused whole. `faults` names every bad line, in order."""

    def __init__(self, faults: Sequence[Fault]):
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = list(faults)


class Faults:
    """Collects what is wrong, so that an operator mends a table once and not line by line."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}
        self._lines: set[int] = set()

    def add(self, line: int, reason: str) -> None:
        self._found[Fault(line, reason)] = None
        self._lines.add(line)

    def at(self, line: int) -> bool:
        return line in self._lines

    def stop_if_any(self) -> None:
        if self._found:
            raise BadTable(sorted(self._found, key=lambda fault: fault.line))


@dataclass(frozen=True)
class Column:
    """A column by its English header, and the Chinese headers that mean the same."""

    name: str
    titles: tuple[str, ...]
    is_required: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        return (self.name, *self.titles)


@dataclass(frozen=True)
class Row:
    """One line of a table. A cell that cannot be read is noted as a fault and reads as empty."""

    line: int
    cells: Mapping[str, str]
    titles: Mapping[str, str]
    faults: Faults

    @property
    def is_bad(self) -> bool:
        return self.faults.at(self.line)

    def refuse(self, reason: str) -> None:
        self.faults.add(self.line, reason)

    def complain(self, name: str, reason: str) -> None:
        """Refuse the line for one of its cells, named as the file's own header names it."""
        self.refuse(f"“{self.titles.get(name, name)}”{reason}")

    def text(self, name: str, *, most: int, is_needed: bool = False) -> str:
        """The cell's words, at most `most` characters."""
        value = self.cells.get(name, "")
        if is_needed and not value:
            self.complain(name, _("没有填"))
        if len(value) > most:
            self.complain(name, _("太长：最多 %(most)d 个字") % {"most": most})
            return ""
        return value

    def code(self, name: str, *, most: int, is_needed: bool = False) -> str:
        """A code: full-width characters narrowed, no blanks."""
        return "".join(narrow(self.text(name, most=most, is_needed=is_needed)).split())

    def day(self, name: str) -> date | None:
        """A day as 2024-01-31, 2024/1/31, 2024年1月31日 or 20240131."""
        value = narrow(self.cells.get(name, ""))
        if not value:
            return None
        found = DAY.fullmatch(value)
        try:
            if found:
                return date(*(int(part) for part in found.groups() if part))
        except ValueError:
            pass
        self.complain(name, _("不是日期：%(value)s（应写成 2024-01-31）") % {"value": value})
        return None

    def yes_no(self, name: str) -> bool | None:
        """True, False, or None where nothing is said."""
        value = narrow(self.cells.get(name, "")).lower()
        if value in YES:
            return True
        if value in NO:
            return False
        if value:
            self.complain(name, _("应写“是”或“否”：%(value)s") % {"value": value})
        return None

    def choice(
        self, name: str, choices: type[models.TextChoices], *, is_needed: bool = False
    ) -> str:
        """One of `choices`, written as its value or as its Chinese name."""
        value = narrow(self.text(name, most=60, is_needed=is_needed))
        if not value:
            return ""
        for member in choices:
            if value.lower() == member.value or value == narrow(str(member.label)):
                return str(member.value)
        known = "、".join(str(member.label) for member in choices)
        self.complain(
            name, _("不认识：%(value)s（可写：%(known)s）") % {"value": value, "known": known}
        )
        return ""


def narrow(text: str) -> str:
    """Full-width letters, digits and brackets as half-width ones."""
    return unicodedata.normalize("NFKC", text).strip()


def read_table(
    path: Path, columns: Sequence[Column], faults: Faults, *, say: Say | None = None
) -> list[Row]:
    """The rows of a .csv (UTF-8 or GB18030) or .xlsx file (its first sheet), empty lines left out.

    Raises BadTable at once where the file or its header cannot be read; faults of single rows go
    to `faults`. A header that nobody knows is refused, since a misspelt one would be lost quietly.
    """
    lines = _sheet_lines(path, faults) if path.suffix.lower() == ".xlsx" else _csv_lines(path)
    header_line, header = next(((line, cells) for line, cells in lines if any(cells)), (0, []))
    names = _names(header, columns, header_line, path) if header else []
    titles = {column.name: column.titles[0] for column in columns} | dict(
        zip(names, header, strict=True)
    )
    rows = []
    for line, cells in lines:
        if not any(cells):
            continue
        filled = list(zip_longest(names, cells, fillvalue=""))
        if any(cell and not name for name, cell in filled):
            faults.add(line, _("没有表头的列里有内容，请检查是否多写了逗号"))
        rows.append(Row(line, dict(filled), titles, faults))
        if say and len(rows) % PROGRESS_EVERY == 0:
            say(_("已读 %(count)d 行……") % {"count": len(rows)})
    if not rows:
        raise BadTable([Fault(0, _("%(file)s 里没有数据") % {"file": path.name})])
    return rows


def _names(header: list[str], columns: Sequence[Column], line: int, path: Path) -> list[str]:
    """The English name of each column of the file; empty where there is no header."""
    known = {narrow(title).lower(): column.name for column in columns for title in column.headers}
    known |= dict.fromkeys(REMARKS, REMARK)
    faults = Faults()
    names: list[str] = []
    for title in header:
        key = narrow(title).lower()
        name = known.get(key, "")
        if key and not name:
            faults.add(line, _("不认识的列：%(title)s") % {"title": title})
        if name and name != REMARK and name in names:
            faults.add(line, _("同一列写了两次：%(title)s") % {"title": title})
        names.append(name)
    for column in columns:
        if column.is_required and column.name not in names:
            titles = "/".join(column.headers)
            faults.add(
                line, _("%(file)s 缺少这一列：%(titles)s") % {"file": path.name, "titles": titles}
            )
    faults.stop_if_any()
    return names


def _csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    if path.suffix.lower() == ".xls":
        raise BadTable([Fault(0, _("请把 .xls 文件另存为 .xlsx 或 .csv 再导入"))])
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadTable([Fault(line, _("引号不成对，从这一行起读不下去"))]) from error
        yield line, [clean_line(cell) for cell in cells]


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    reason = _("%(file)s 读不出文字：请存为 UTF-8 或 GB18030 编码的 CSV，或 .xlsx")
    raise BadTable([Fault(0, reason % {"file": path.name})])


def _sheet_lines(path: Path, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    # A fifth of what a process takes to start, and few ever read a workbook.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    # What it raises for files that are no workbook, or a broken one.
    unreadable = (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError)
    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as book:
            sheet = book.worksheets[0]
            # Some writers store a wrong size of the sheet; rows beyond it would be lost.
            sheet.reset_dimensions()
            for line, cells in enumerate(sheet.iter_rows(), start=1):
                if any(cell.data_type == "e" for cell in cells):
                    faults.add(line, _("有公式出错的单元格（如 #N/A、#REF!）"))
                yield line, [clean_line(_written(cell.value)) for cell in cells]
    except unreadable as error:
        reason = _("%(file)s 打不开，不是完好的 .xlsx 文件") % {"file": path.name}
        raise BadTable([Fault(0, reason)]) from error


def _written(value: object) -> str:
    """An Excel value as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES[0] if value else NO[0]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return str(value)
