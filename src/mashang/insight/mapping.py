"""A map of figures: circles as SVG over whole tiles of 天地图, put together on the server.

Off unless the operator names a key: the usual drawing is the schematic of tiles (`wall.py`), which
needs no base map. Only the reader's browser asks 天地图, for pictures of the area and for nothing
else; where they do not come, the circles stand on a plain ground, and the table beside has it all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, pi, radians, sqrt, tan

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mashang.insight.charts import shade
from mashang.insight.sheet import Below

HOST = "https://t0.tianditu.gov.cn"
LAYERS = ("vec", "cva")  # streets and land, then the names on them; Web Mercator, as `_w` says
TILE, COLUMNS, LINES = 256, 4, 3  # whole tiles, so that no picture has to be cut or moved
WIDE, HIGH, EDGE = COLUMNS * TILE, LINES * TILE, 70  # pixels; circles keep clear of the edge
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
    zoom, left, top = _frame([where for _row, where in placed])
    size = TILE * 2**zoom
    spots = [
        Spot(
            row.place.name, row.received.numerator.number, row.received.numerator.url,
            round(x * size - left * TILE, 1), round(y * size - top * TILE, 1),
        )
        for row, (x, y) in placed
    ]  # fmt: skip
    return format_html(
        '<div class="map">{}<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg></div>",
        _tiles(zoom, left, top), WIDE, HIGH, title, title,
        _("圆圈越大、颜色越深，件数越多。下面的表里有全部数字。"), _circles(spots),
    )  # fmt: skip


def _where(row: Below) -> tuple[float, float]:
    return row.place.longitude or 0.0, row.place.latitude or 0.0


def _frame(points: Sequence[tuple[float, float]]) -> tuple[int, int, int]:
    """The closest zoom at which all fit into the grid, with its first column and line of tiles."""
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    for zoom in range(CLOSEST, 1, -1):
        tiles = 2**zoom
        left = round((min(xs) + max(xs)) / 2 * tiles - COLUMNS / 2)
        top = round((min(ys) + max(ys)) / 2 * tiles - LINES / 2)
        sides = ((xs, left, WIDE), (ys, top, HIGH))
        if all(
            EDGE <= (value * tiles - first) * TILE <= end - EDGE
            for values, first, end in sides
            for value in values
        ):
            return zoom, left, top
    return 2, 0, 0


def _tiles(zoom: int, left: int, top: int) -> SafeString:
    """A grid for each layer; a picture that does not come leaves nothing behind."""
    return format_html_join(
        "",
        '<div class="tiles-of-map">{}</div>',
        ((_layer(layer, zoom, left, top),) for layer in LAYERS),
    )


def _layer(layer: str, zoom: int, left: int, top: int) -> SafeString:
    return format_html_join(
        "",
        '<img alt="" width="256" height="256" src="{}/{}_w/wmts?SERVICE=WMTS&amp;REQUEST=GetTile'
        "&amp;VERSION=1.0.0&amp;LAYER={}&amp;STYLE=default&amp;TILEMATRIXSET=w&amp;FORMAT=tiles"
        '&amp;TILEMATRIX={}&amp;TILEROW={}&amp;TILECOL={}&amp;tk={}">',
        (
            (HOST, layer, layer, zoom, line, column, settings.TIANDITU_KEY)
            for line in range(top, top + LINES)
            for column in range(left, left + COLUMNS)
        ),
    )


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
