"""Tables for people to take away, as Excel reads them."""

import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60
# What makes a formula of a text, here or wherever the sheet is saved as CSV and opened again.
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_workbook(
    title: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, widths: Sequence[int] = ()
) -> IO[bytes]:
    """A workbook of one sheet, as an open temporary file at its beginning.

    Texts stay texts: one that begins with `=` is no formula on the reader's machine. Rows are
    written as they come, so that a hundred thousand of them need no memory.
    """
    # A fifth of what a process takes to start, and few ever write a workbook.
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[chr(64 + number)].width = min(width, WIDEST)
    sheet.append([_cell(sheet, value) for value in head])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: object, value: object) -> object:
    if not isinstance(value, str) or (value.isprintable() and not value.startswith(BEGINS_FORMULA)):
        return value  # as nearly all are
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    cell = WriteOnlyCell(sheet)
    put(cell, value)
    return cell


def put(cell: Any, value: object) -> None:
    """Write a value into a cell of any workbook; a text stays a text."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = text = ILLEGAL_CHARACTERS_RE.sub("", value)
    if text.startswith(BEGINS_FORMULA):
        cell.data_type = "s"
        cell.quotePrefix = True  # Excel's own mark of a text, kept when the cell is edited
