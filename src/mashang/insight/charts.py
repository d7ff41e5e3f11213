"""Charts drawn on the server as SVG, by small functions of our own.

Colours and sizes of type come from figures.css by class; nothing is styled inline, so the
content policy holds. Each has a title and a description for who does not see it, and each page
has the same numbers as a table beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 26
MOST_LABELS = 8
STEPS = 5  # of shade
STEPS_OF_AN_AXIS = 4


@dataclass(frozen=True)
class Series:
    """A line: one value a label of the chart."""

    label: object
    values: Sequence[int]


def round_up(value: float) -> int:
    """Where an axis of four steps ends: each a whole 1, 2, 3, 5 or 10 with zeros behind."""
    step = max(value / STEPS_OF_AN_AXIS, 1)
    power = 10 ** int(log10(step))
    return STEPS_OF_AN_AXIS * next(n * power for n in (1, 2, 3, 5, 10) if n * power >= step)


def lines(
    labels: Sequence[str], series: Sequence[Series], *, title: object, says: object
) -> SafeString:
    """Lines over time, the axis from 0 to a round number above all values."""
    end = round_up(max((value for each in series for value in each.values), default=0))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = wide / max(len(labels) - 1, 1)

    def x(place: int) -> float:
        return round(LEFT + (place * step if len(labels) > 1 else wide / 2), 1)

    def y(value: float) -> float:
        return round(TOP + high * (1 - value / end), 1)

    ticks = [end * part / STEPS_OF_AN_AXIS for part in range(STEPS_OF_AN_AXIS + 1)]
    grid = format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="axis" text-anchor="end" x="{}" y="{}">{}</text>',
        ((LEFT, WIDTH - RIGHT, y(t), y(t), LEFT - 6, y(t) + 4, f"{t:g}") for t in ticks),
    )
    every = max(1, ceil(len(labels) / MOST_LABELS))
    below = format_html_join(
        "",
        '<text class="axis" text-anchor="middle" x="{}" y="{}">{}</text>',
        ((x(place), HEIGHT - 8, label) for place, label in enumerate(labels) if place % every == 0),
    )
    drawn = format_html_join(
        "",
        '<polyline class="line line-{0}" points="{1}"/><circle class="dot dot-{0}" r="3.5" cx="{2}"'
        ' cy="{3}"/>',
        (
            (
                number,
                " ".join(f"{x(place)},{y(value)}" for place, value in enumerate(each.values)),
                x(len(labels) - 1),
                y(each.values[-1]),
            )
            for number, each in enumerate(series)
        ),
    )
    return _svg("lines", WIDTH, HEIGHT, title, says, format_html("{}{}{}", grid, below, drawn))


def bar(value: int, most: int) -> SafeString:
    """A bar beside its number, in a cell of a table; it says nothing that the number does not."""
    share = 100 * value / most if most else 0
    return format_html(
        '<svg class="bar" width="100%" height="12" aria-hidden="true" focusable="false">'
        '<rect class="ground" width="100%" height="12" rx="2"/>'
        '<rect class="fill" width="{}%" height="12" rx="2"/></svg>',
        f"{share:.2f}",
    )


def shade(value: int, most: int) -> int:
    """0 for nothing, else 1 to STEPS by size."""
    return 0 if not value or not most else min(STEPS, max(1, ceil(STEPS * value / most)))


@dataclass(frozen=True)
class Cell:
    """One hour of one weekday: how many, and where they are listed."""

    number: int
    url: str


def heat(rows: Sequence[tuple[str, Sequence[Cell]]], *, title: object) -> SafeString:
    """Weekdays by hours as a table whose cells are shaded: the numbers stand in it."""
    most = max((cell.number for _label, cells in rows for cell in cells), default=0)
    head = "".join(f'<th scope="col">{hour}</th>' for hour in range(24))
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th>{"".join(_cell(c, most) for c in cells)}</tr>'
        for label, cells in rows
    )
    return mark_safe(  # noqa: S308 (labels and addresses are escaped)
        f'<table class="heat"><caption class="visually-hidden">{escape(title)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(cell: Cell, most: int) -> str:
    shown = f'<a href="{escape(cell.url)}">{cell.number}</a>' if cell.number else ""
    return f'<td class="shade-{shade(cell.number, most)}">{shown}</td>'


@dataclass(frozen=True)
class Tile:
    """A place on the schematic map. `shade` is 0 to STEPS; `text` the number that stands on it."""

    label: str
    text: str
    shade: int
    says: str


@dataclass(frozen=True)
class Block:
    """The tiles of one county."""

    label: str
    tiles: Sequence[Tile]


def tiles(blocks: Sequence[Block], *, title: object, says: object) -> SafeString:
    """Places as tiles, by county and in the order of their codes: what belongs where, without
    distances or directions, and without a base map that would need approval."""
    columns, size, high, gap, head = 9, 84, 52, 6, 26
    y, drawn = 0, []
    for block in blocks:
        drawn.append(format_html('<text class="block" x="0" y="{}">{}</text>', y + 17, block.label))
        y += head
        for place, tile in enumerate(block.tiles):
            left, top = (place % columns) * (size + gap), y + (place // columns) * (high + gap)
            drawn.append(
                format_html(
                    '<g class="tile shade-{}"><title>{}</title>'
                    '<rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
                    '<text class="name" text-anchor="middle" x="{}" y="{}">{}</text>'
                    '<text class="value" text-anchor="middle" x="{}" y="{}">{}</text></g>',
                    *(tile.shade, tile.says, left, top, size, high),
                    *(left + size // 2, top + 21, tile.label, left + size // 2, top + 42),
                    tile.text,
                )
            )
        y += ceil(len(block.tiles) / columns) * (high + gap) + 8
    wide = columns * (size + gap) - gap
    return _svg("tiles", wide, max(y, 1), title, says, mark_safe("".join(drawn)))  # noqa: S308


def _svg(
    kind: str, width: int, height: int, title: object, says: object, inside: SafeString
) -> SafeString:
    return format_html(
        '<svg class="chart {}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        kind, width, height, title, title, says, inside,
    )  # fmt: skip
