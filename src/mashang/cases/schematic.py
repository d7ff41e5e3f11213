"""Where a case is, as a drawing of the place tree: county, township, village, with neighbours.

No map and no coordinates: rows of boxes in the order of the division codes, joined to what they
belong to. It shows what belongs where, not directions or distances, and says so.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.places.models import Level, Place, ancestors

# Units of the drawing; a box holds seven characters.
WIDTH, EDGE = 360, 16
BOX_WIDTH, BOX_HEIGHT, GAP, RISE = 104, 30, 8, 20
A_ROW = 3
LONGEST = 7


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    label: str
    name: str  # in full
    is_here: bool
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def baseline(self) -> int:
        return self.y + 20

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True)
class Line:
    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Schematic:
    """A drawing, and the same in a sentence."""

    height: int
    boxes: list[Box]
    lines: list[Line]
    more: list[tuple[int, int, str]]  # (x, baseline, ‹ or ›) where a row goes on
    text: str

    @property
    def width(self) -> int:
        return WIDTH


def schematic(place: Place, spot: str = "") -> Schematic:
    """The drawing of a place; one query."""
    codes = ancestors(place.code)
    rows = Place.objects.filter(
        Q(code__in=codes) | Q(parent__in=codes[:-1]) | Q(parent=place.parent_id)
    ).only("code", "name", "level", "parent_id", "valid_from", "valid_to")
    known = {row.code: row for row in rows if _is_current(row) or row.code in codes}
    above = [known[code] for code in codes if code in known]
    path = [step for step in above if step.level != Level.PREFECTURE]
    drawing = _Drawing()
    for step in path or [place]:
        siblings = sorted(
            (row for row in known.values() if row.parent_id == step.parent_id), key=_by_code
        )
        drawing.add(step, siblings if step is not path[0] else [step])
    if spot:
        drawing.add_spot(spot)
    return drawing.done(" › ".join([step.name for step in path] + ([spot] if spot else [])))


def _is_current(place: Place) -> bool:
    today = timezone.localdate()
    return place.valid_from <= today and (place.valid_to is None or place.valid_to > today)


def _by_code(place: Place) -> str:
    return place.code


class _Drawing:
    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.lines: list[Line] = []
        self.more: list[tuple[int, int, str]] = []
        self.sentences: list[str] = []
        self.above: Box | None = None
        self.y = 2

    def add(self, here: Place, siblings: list[Place]) -> None:
        """A row: the place with those before and after it."""
        at = next(place for place, row in enumerate(siblings) if row.code == here.code)
        first = max(0, min(at - A_ROW // 2, len(siblings) - A_ROW))
        shown = siblings[first : first + A_ROW]
        left = (WIDTH - len(shown) * BOX_WIDTH - (len(shown) - 1) * GAP) // 2
        row = [
            Box(
                left + place * (BOX_WIDTH + GAP), self.y, _short(sibling.name), sibling.name,
                sibling.code == here.code,
            )
            for place, sibling in enumerate(shown)
        ]  # fmt: skip
        self._join(row)
        if first > 0:
            self.more.append((EDGE // 2, row[0].baseline, "‹"))
        if first + len(shown) < len(siblings):
            self.more.append((WIDTH - EDGE // 2, row[0].baseline, "›"))
        beside = [box.name for box in row if not box.is_here]
        if beside:
            self.sentences.append(
                _("{name}是同一级 {count} 个里的一个，前后是{beside}。").format(
                    name=here.name, count=len(siblings), beside="、".join(beside)
                )
            )
        self.above = next(box for box in row if box.is_here)

    def add_spot(self, spot: str) -> None:
        """The building or corner below the place."""
        if self.above is None:
            return
        width = min(WIDTH - 2 * EDGE, max(BOX_WIDTH, 15 * len(spot) + 16))
        x = max(EDGE, min(WIDTH - EDGE - width, self.above.middle - width // 2))
        label = _short(spot, (width - 16) // 14)
        self._join([Box(x, self.y, label, spot, is_here=True, width=width)])

    def _join(self, row: list[Box]) -> None:
        """Add the boxes, and the lines from the box above them."""
        if self.above is not None:
            bar = self.above.bottom + RISE // 2
            ends = [box.middle for box in row] + [self.above.middle]
            self.lines += [
                Line(self.above.middle, self.above.bottom, self.above.middle, bar),
                Line(min(ends), bar, max(ends), bar),
                *(Line(box.middle, bar, box.middle, box.y) for box in row),
            ]
        self.boxes += row
        self.y += BOX_HEIGHT + RISE

    def done(self, path: str) -> Schematic:
        text = " ".join([path + "。", *self.sentences])
        return Schematic(self.y - RISE + 2, self.boxes, self.lines, self.more, text)


def _short(name: str, most: int = LONGEST) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
