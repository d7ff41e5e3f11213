"""The forms of a report's file: Excel, Word, PDF. Libraries are loaded by whoever makes one."""

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from math import hypot
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from mashang.core.excel import MEDIA_TYPE, put
from mashang.insight.charts import round_up
from mashang.insight.reports.content import CELL, Chart, Content, Table

WIDE, HIGH, EDGE = 1500, 480, 70  # of a drawn chart, in dots
COLOURS = ("#0b5a55", "#c2570c")
MOST_LABELS = 10
DASH = 18  # dots, with the gap after it
PRINTED_ROWS = 60  # of one table on paper; the workbook has all


def said(cell: CELL) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def excel(content: Content) -> bytes:
    """A workbook: a sheet of findings with the chart, then one a table."""
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.chart import LineChart, Reference  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    book = Workbook()
    front = book.active
    front.title = _("结论")
    front.column_dimensions["A"].width = 110
    for number, text in enumerate((content.title, content.subtitle, "", *content.findings), 1):
        cell = front.cell(number, 1)
        put(cell, text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if number == 1:
            cell.font = Font(bold=True, size=16)
    below = len(content.findings) + 6
    chart = None
    for block in content.blocks:
        if isinstance(block, Chart):
            chart = block
            continue
        sheet = book.create_sheet(_sheet_name(block.title, book.sheetnames))
        sheet.freeze_panes = "A2"
        for number, row in enumerate((block.head, *block.rows), 1):
            for place, value in enumerate(row, 1):
                put(sheet.cell(number, place), value)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.column_dimensions["A"].width = 34
        if block.note:
            put(sheet.cell(len(block.rows) + 3, 1), block.note)
        if chart is not None and block.title == chart.table:
            drawn = LineChart()
            drawn.title, drawn.height, drawn.width = chart.title, 8, 24
            rows = len(block.rows) + 1
            drawn.add_data(
                Reference(sheet, min_col=2, max_col=1 + len(chart.series), min_row=1, max_row=rows),
                titles_from_data=True,
            )
            drawn.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows))
            front.add_chart(drawn, f"A{below}")
            chart = None
    closing = book.create_sheet(_sheet_name(_("怎么算"), book.sheetnames))
    closing.column_dimensions["A"].width = 110
    for number, text in enumerate(content.closing, 1):
        put(closing.cell(number, 1), text)
        closing.cell(number, 1).alignment = Alignment(wrap_text=True)
    return _saved(book)


def _sheet_name(title: str, taken: list[str]) -> str:
    name = "".join(c for c in title if c not in r"[]:*?/\\")[:28]
    return name if name not in taken else f"{name} {len(taken)}"


def word(content: Content) -> bytes:
    """A document that can be edited further."""
    from docx import Document  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Cm, Pt  # noqa: PLC0415

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = "SimSun" if name == "Normal" else "SimHei"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), style.font.name)
    document.styles["Normal"].font.size = Pt(11)
    document.core_properties.title = content.title
    document.core_properties.author = ""
    document.add_heading(content.title, 0)
    document.add_paragraph(content.subtitle)
    for text in content.findings:
        document.add_paragraph(text, style="List Bullet")
    for block in content.blocks:
        document.add_heading(block.title, 1)
        if isinstance(block, Chart):
            document.add_picture(BytesIO(drawn(block)), width=Cm(17))
            document.add_paragraph(_legend(block))
            continue
        table = document.add_table(1, len(block.head), style="Table Grid")
        for cell, text in zip(table.rows[0].cells, block.head, strict=True):
            cell.text = text
            cell.paragraphs[0].runs[0].bold = True
        for row in block.rows[:PRINTED_ROWS]:
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = said(value)
        for note in _notes(block):
            document.add_paragraph(note)
    document.add_heading(_("怎么算"), 1)
    for text in content.closing:
        document.add_paragraph(text)
    return _saved(document)


def pdf(content: Content) -> bytes:
    """A4 pages, fonts embedded. Raises Refused where this machine has no Chinese font."""
    from reportlab.lib import colors  # noqa: PLC0415
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer  # noqa: PLC0415
    from reportlab.platypus import Table as Grid  # noqa: PLC0415

    from mashang.codes.posters import fonts  # noqa: PLC0415 (fonts take memory)

    extra = "0123456789./ —…" + "".join(n for b in content.blocks for n in _notes(b))
    characters = set(content.texts + extra + _("怎么算") + _("第 {page} 页") + "●")
    characters |= {c for b in content.blocks if isinstance(b, Chart) for c in _legend(b)}
    font = fonts.embedded("ReportFont", fonts.regular(), characters)

    def style(size: float, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            "s", fontName=font, fontSize=size, leading=size * 1.5, wordWrap="CJK", **more
        )

    body, small, cell = style(10.5, spaceAfter=3), style(9), style(8.5)
    heading = style(13, spaceBefore=10, spaceAfter=4, textColor=colors.HexColor(COLOURS[0]))
    wide = A4[0] - 36 * mm
    story: list[Any] = [
        Paragraph(escape(content.title), style(18, spaceAfter=6)),
        Paragraph(escape(content.subtitle), small),
        Spacer(1, 8),
        *(Paragraph(escape(text), body) for text in content.findings),
    ]
    for block in content.blocks:
        story.append(Paragraph(escape(block.title), heading))
        if isinstance(block, Chart):
            story.append(Image(BytesIO(drawn(block)), width=wide, height=wide * HIGH / WIDE))
            story.append(Paragraph(escape(_legend(block)), small))
            continue
        rows = [[Paragraph(escape(text), cell) for text in block.head]]
        rows += [[Paragraph(escape(said(c)), cell) for c in r] for r in block.rows[:PRINTED_ROWS]]
        first = 1.6 if len(block.head) > 2 else 2
        share = wide / (len(block.head) - 1 + first)
        grid = Grid(rows, colWidths=[first * share, *[share] * (len(block.head) - 1)], repeatRows=1)
        grid.setStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#b9c4c1")),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e5f2f0")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ]
        )
        story.append(grid)
        story += [Paragraph(escape(note), small) for note in _notes(block)]
    story.append(Paragraph(escape(_("怎么算")), heading))
    story += [Paragraph(escape(text), small) for text in content.closing]
    file = BytesIO()
    paper = SimpleDocTemplate(
        file, pagesize=A4, title=content.title, author="",
        leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm, bottomMargin=18 * mm,
    )  # fmt: skip

    def number(canvas: Any, document: Any) -> None:
        canvas.setFont(font, 9)
        canvas.drawRightString(
            A4[0] - 18 * mm, 10 * mm, _("第 {page} 页").format(page=document.page)
        )

    paper.build(story, onFirstPage=number, onLaterPages=number)
    return file.getvalue()


def _notes(block: Table | Chart) -> list[str]:
    """What is said below a table."""
    if isinstance(block, Chart):
        return []
    found = [block.note] if block.note else []
    if len(block.rows) > PRINTED_ROWS:
        found.append(_("只印前 {most} 行，全部请看 Excel。").format(most=PRINTED_ROWS))
    return found


def _legend(chart: Chart) -> str:
    ways = (_("实线"), _("虚线"))
    return "，".join(f"{way}：{name}" for way, (name, _v) in zip(ways, chart.series, strict=False))


def drawn(chart: Chart) -> bytes:
    """The lines as a PNG; its words are digits alone, so that it needs no font."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    picture = Image.new("RGB", (WIDE, HIGH), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(22)
    end = round_up(max((v for _n, values in chart.series for v in values), default=0))
    wide, high = WIDE - 2 * EDGE, HIGH - 2 * EDGE

    def point(place: int, value: float) -> tuple[float, float]:
        step = wide / max(len(chart.labels) - 1, 1)
        return EDGE + place * step, HIGH - EDGE - high * value / end

    for part in range(5):
        y = point(0, end * part / 4)[1]
        pen.line((EDGE, y, WIDE - EDGE, y), fill="#d7e0de", width=1)
        pen.text((EDGE - 10, y), f"{end * part / 4:g}", fill="#4b5a57", font=font, anchor="rm")
    every = max(1, -(-len(chart.labels) // MOST_LABELS))
    for place in range(0, len(chart.labels), every):
        x = point(place, 0)[0]
        where = (x, HIGH - EDGE + 14)
        pen.text(where, chart.labels[place], fill="#4b5a57", font=font, anchor="mt")
    for number, (_name, values) in enumerate(chart.series):
        points = [point(place, value) for place, value in enumerate(values)]
        for start, stop in pairwise(points):
            for a, b in _strokes(start, stop, is_dashed=number > 0):
                pen.line((*a, *b), fill=COLOURS[number], width=4)
        for x, y in points if len(points) < 40 else points[-1:]:
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=COLOURS[number])
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


Point = tuple[float, float]


def _strokes(start: Point, stop: Point, *, is_dashed: bool) -> Iterator[tuple[Point, Point]]:
    """The line from one point to the other, in one stroke or in dashes."""
    (x, y), (far_x, far_y) = start, stop
    number = max(1, round(hypot(far_x - x, far_y - y) / DASH)) if is_dashed else 1
    for place in range(number):
        ends = (place / number, (place + (0.55 if is_dashed else 1)) / number)
        yield tuple((x + (far_x - x) * at, y + (far_y - y) * at) for at in ends)  # type: ignore[misc]


def _saved(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


MAKERS = {"xlsx": excel, "docx": word, "pdf": pdf}
MEDIA = {
    "xlsx": MEDIA_TYPE,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
