"""A QR code as one vector path.

Modules that touch are one outline and not many squares: a printer's or a screen's rounding then
leaves no hairs of white between them.
"""

import segno

# Level Q mends a quarter of the symbol: scratches, weather, a torn corner (ISO/IEC 18004).
LEVEL = "q"
QUIET = 4  # modules of white around the symbol, the standard's own
Point = tuple[int, int]


def modules(text: str) -> list[bytes]:
    """The rows of the symbol without its quiet zone, 1 is dark; its mask as the standard says."""
    symbol = segno.make(text, error=LEVEL, micro=False, boost_error=False)
    return [bytes(row) for row in symbol.matrix]


def outlines(rows: list[bytes]) -> list[list[Point]]:
    """The edges of the dark areas in modules, x to the right and y down, dark on the right hand.

    Holes run the other way round, so the non-zero winding rule fills what is dark.
    """
    size = len(rows)
    ahead: dict[Point, list[Point]] = {}

    def is_dark(x: int, y: int) -> bool:
        return 0 <= x < size and 0 <= y < size and rows[y][x] == 1

    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark != 1:
                continue
            if not is_dark(x, y - 1):
                ahead.setdefault((x, y), []).append((x + 1, y))
            if not is_dark(x + 1, y):
                ahead.setdefault((x + 1, y), []).append((x + 1, y + 1))
            if not is_dark(x, y + 1):
                ahead.setdefault((x + 1, y + 1), []).append((x, y + 1))
            if not is_dark(x - 1, y):
                ahead.setdefault((x, y + 1), []).append((x, y))
    found = []
    while ahead:
        start = next(iter(ahead))
        found.append(_walk(ahead, start))
    return found


def _walk(ahead: dict[Point, list[Point]], start: Point) -> list[Point]:
    """One closed outline from `start`, its edges taken out; only the corners are kept."""
    path, at = [start], start
    while True:
        following = ahead[at].pop()
        if not ahead[at]:
            del ahead[at]
        if len(path) > 1 and _is_straight(path[-2], path[-1], following):
            path[-1] = following
        else:
            path.append(following)
        at = following
        if at == start:
            path.pop()
            return path


def _is_straight(one: Point, two: Point, three: Point) -> bool:
    return (one[0] == two[0] == three[0]) or (one[1] == two[1] == three[1])


def path_of(text: str) -> tuple[str, int]:
    """(PDF path operators in modules, modules a side with the quiet zone) of a QR code.

    The lower left corner of the quiet zone is the origin; `f` fills it.
    """
    rows = modules(text)
    side = len(rows) + 2 * QUIET
    parts = []
    for outline in outlines(rows):
        for number, (x, y) in enumerate(outline):
            parts.append(f"{x + QUIET} {side - QUIET - y} {'l' if number else 'm'}")
        parts.append("h")
    return " ".join(parts), side
