"""A map of figures: circles over the tiles of 天地图, put together on the server as one SVG.

Off unless the operator names a key: the usual drawing is the schematic of tiles (`wall.py`), which
needs no base map. Only the reader's browser asks 天地图, for pictures of the area and for nothing
else; where they do not come, the circles stand on a plain ground, and the table beside has it all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, log2, pi, radians, sqrt, tan

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mashang.insight.charts import shade
from mashang.insight.sheet import Below

HOST = "https://t0.tianditu.gov.cn"
LAYERS = ("vec", "cva")  # streets and land, then the names on them; Web Mercator, as `_w` says
TILE = 256
WIDE, HIGH, EDGE = 900, 600, 90  # pixels; what is shown keeps clear of the edge
CLOSEST = 15
SMALLEST, LARGEST = 12, 44  # a circle's radius


@dataclass(frozen=True)
class Spot:
    """A place on the map, in pixels of the drawing: how many cases, and where they are listed."""

    name: str
    number: int
    url: str
    x: float
    y: float


def is_configured() -> bool:
    return bool(settings.TIANDITU_KEY)


def _world(longitude: float, latitude: float) -> tuple[float, float]:
    """Web Mercator, from 0 to 1 across the world, down from the north."""
    return (longitude + 180) / 360, (1 - asinh(tan(radians(latitude))) / pi) / 2


def draw(rows: Sequence[Below], *, title: object) -> SafeString | None:
    """The places that have coordinates, a circle each by how many came in; None where fewer than
    two have any, or no key is set."""
    placed = [(row, _world(*_where(row))) for row in rows if row.place.longitude is not None]
    if not is_configured() or len(placed) < 2:
        return None
    xs, ys = [x for _row, (x, _y) in placed], [y for _row, (_x, y) in placed]
    zoom = _zoom(max(xs) - min(xs), max(ys) - min(ys))
    size = TILE * 2**zoom
    left = round((min(xs) + max(xs)) / 2 * size - WIDE / 2)
    top = round((min(ys) + max(ys)) / 2 * size - HIGH / 2)
    spots = [
        Spot(
            row.place.name, row.received.numerator.number, row.received.numerator.url,
            round(x * size - left, 1), round(y * size - top, 1),
        )
        for row, (x, y) in placed
    ]  # fmt: skip
    return format_html(
        '<svg class="chart map" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>'
        '<desc>{}</desc><rect class="ground" width="{}" height="{}"/>{}{}</svg>',
        WIDE, HIGH, title, title, _("圆圈越大、颜色越深，件数越多。下面的表里有全部数字。"),
        WIDE, HIGH, _tiles(zoom, left, top), _circles(spots),
    )  # fmt: skip


def _where(row: Below) -> tuple[float, float]:
    return row.place.longitude or 0.0, row.place.latitude or 0.0


def _zoom(wide: float, high: float) -> int:
    """The closest at which all fit."""
    fits = min(
        (WIDE - 2 * EDGE) / TILE / max(wide, 1e-9), (HIGH - 2 * EDGE) / TILE / max(high, 1e-9)
    )
    return max(1, min(CLOSEST, int(log2(max(fits, 2)))))


def _tiles(zoom: int, left: int, top: int) -> SafeString:
    columns = range(left // TILE, (left + WIDE) // TILE + 1)
    lines = range(top // TILE, (top + HIGH) // TILE + 1)
    most = 2**zoom
    return format_html_join(
        "",
        '<image x="{}" y="{}" width="256" height="256" href="{}/{}_w/wmts?SERVICE=WMTS'
        "&REQUEST=GetTile&VERSION=1.0.0&LAYER={}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
        '&TILEMATRIX={}&TILEROW={}&TILECOL={}&tk={}"/>',
        (
            (
                column * TILE - left, line * TILE - top, HOST, layer, layer,
                zoom, line, column, settings.TIANDITU_KEY,
            )
            for layer in LAYERS
            for line in lines
            for column in columns
            if 0 <= line < most and 0 <= column < most
        ),
    )  # fmt: skip


def _circles(spots: Sequence[Spot]) -> SafeString:
    """The largest first, so that small ones are not hidden."""
    most = max((spot.number for spot in spots), default=0)
    return format_html_join(
        "",
        '<a href="{}"><g class="spot shade-{}"><title>{}</title><circle cx="{}" cy="{}" r="{}"/>'
        '<text class="value" text-anchor="middle" x="{}" y="{}">{}</text>'
        '<text class="name" text-anchor="middle" x="{}" y="{}">{}</text></g></a>',
        (
            (
                spot.url, shade(spot.number, most),
                _("{place}：收到 {number} 件").format(place=spot.name, number=spot.number),
                spot.x, spot.y, radius := _radius(spot.number, most), spot.x, spot.y + 5,
                spot.number, spot.x, round(spot.y + radius + 16, 1), spot.name,
            )
            for spot in sorted(spots, key=lambda spot: -spot.number)
        ),
    )  # fmt: skip


def _radius(number: int, most: int) -> float:
    """By area."""
    return round(SMALLEST + (LARGEST - SMALLEST) * sqrt(number / most), 1) if most else SMALLEST
