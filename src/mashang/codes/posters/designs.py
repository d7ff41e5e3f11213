"""The designs: what stands where on a poster, a door plate, a sticker and a large print.

Sizes are millimetres, of type too. What is the same on every sign is drawn once for a file; what a
sign says of itself is drawn on each. All words come with the order, so a city may have its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mashang.codes.addresses import in_groups
from mashang.codes.posters.paper import BLACK, BRAND, GOLD, GREY, TINT, WHITE, Paper
from mashang.codes.posters.words import Sign, Words

A4, A5 = (210.0, 297.0), (148.0, 210.0)


Draw = Callable[[Paper, Words], None]
DrawSign = Callable[[Paper, Words, Sign], None]


@dataclass(frozen=True)
class Design:
    """One design. Several signs on a sheet get marks to cut along."""

    name: str
    size: tuple[float, float]  # of one sign
    common: Draw
    own: DrawSign
    sheet: tuple[float, float] | None = None
    columns: int = 1
    rows: int = 1
    gap: float = 0

    @property
    def page(self) -> tuple[float, float]:
        return self.sheet or self.size

    @property
    def on_a_page(self) -> int:
        return self.columns * self.rows

    def corners(self) -> list[tuple[float, float]]:
        """(x, y) of the upper left corner of each sign on a sheet, row by row."""
        width, height = self.size
        left = (self.page[0] - self.columns * width - (self.columns - 1) * self.gap) / 2
        top = (self.page[1] - self.rows * height - (self.rows - 1) * self.gap) / 2
        return [
            (left + column * (width + self.gap), top + row * (height + self.gap))
            for row in range(self.rows)
            for column in range(self.columns)
        ]


# A4 poster ----------------------------------------------------------------------------------------


def _poster_common(paper: Paper, words: Words) -> None:
    paper.box(8, 8, 194, 64, ink=BRAND, radius=7)
    has_second = bool(words.second_title)
    paper.text(
        105, 37 if has_second else 40, words.title, 25, ink=WHITE, bold=True, most=178, spacing=1.5
    )
    paper.second(105, 48.5, words.second_title, 8, ink=WHITE, most=178)
    paper.text(105, 62, words.promise, 10, ink=GOLD, bold=True, most=178)
    paper.frame((43, 79, 124, 124), ink=BRAND, line=1.6, radius=6)
    steps = (words.step_one, words.step_two, words.step_three)
    for number, step in enumerate(steps):
        left = 8 + number * 65.5
        paper.box(left, 255, 63, 14, ink=TINT, radius=7)
        paper.box(left + 1.5, 256.5, 11, 11, ink=BRAND, radius=5.5)
        paper.text(left + 7, 264.7, str(number + 1), 7.4, ink=WHITE, bold=True)
        paper.text(left + 37, 264.2, step, 6.2, bold=True, most=44)
    paper.text(8, 282, words.phone_label, 6.5, align="left", most=48)
    paper.text(58, 283.5, words.hotline, 13, ink=BRAND, bold=True, align="left", most=52)
    paper.text(202, 282, words.emergency, 5, ink=GREY, align="right", most=88)


def _poster_own(paper: Paper, words: Words, sign: Sign) -> None:
    paper.symbol(46, 82, 118, sign.address)
    paper.text(105, 212, sign.above, 6, ink=GREY, most=190)
    paper.text(105, 226, sign.name, 13, bold=True, most=190)
    paper.second(105, 233.5, sign.second, 6, most=190)
    paper.text(105, 243.5, in_groups(sign.code), 8.5, bold=True, spacing=0.9)
    paper.text(105, 250.5, words.by_hand_said, 4.6, ink=GREY, most=190)


# A5 door plate ------------------------------------------------------------------------------------


def _plate_common(paper: Paper, words: Words) -> None:
    paper.frame((5, 5, 138, 200), ink=BRAND, line=1.2, radius=6)
    paper.box(9, 9, 130, 37, ink=BRAND, radius=4.5)
    has_second = bool(words.second_title)
    paper.text(
        74, 25 if has_second else 27, words.title, 15, ink=WHITE, bold=True, most=120, spacing=1
    )
    paper.second(74, 32.5, words.second_title, 5.4, ink=WHITE, most=120)
    paper.text(74, 41.5, words.promise, 6.6, ink=GOLD, bold=True, most=120)
    paper.box(9, 183, 130, 17, ink=TINT, radius=4.5)
    paper.text(14, 194, words.phone_label, 5.2, align="left", most=40)
    paper.text(134, 195.5, words.hotline, 11, ink=BRAND, bold=True, align="right", most=76)


def _plate_own(paper: Paper, words: Words, sign: Sign) -> None:
    paper.symbol(29, 48, 90, sign.address)
    paper.text(74, 145, sign.above, 4.8, ink=GREY, most=126)
    paper.text(74, 156, sign.name, 10, bold=True, most=126)
    paper.second(74, 162.5, sign.second, 4.8, most=126)
    paper.text(74, 171.5, in_groups(sign.code), 7, bold=True, spacing=0.7)
    paper.text(74, 178.5, words.by_hand_said, 3.8, ink=GREY, most=126)


# Sticker, 9 cm ------------------------------------------------------------------------------------


def _sticker_common(paper: Paper, words: Words) -> None:
    paper.frame((2.5, 2.5, 85, 85), ink=BRAND, line=0.7, radius=4)
    paper.box(4.5, 4.5, 81, 12.5, ink=BRAND, radius=2.8)
    if words.second_title:
        paper.text(45, 10.8, words.title, 6, ink=WHITE, bold=True, most=76, spacing=0.4)
        paper.second(45, 15.2, words.second_title, 3, ink=WHITE, most=76)
    else:
        paper.text(45, 13.4, words.title, 7.4, ink=WHITE, bold=True, most=76, spacing=0.5)
    said = f"{words.phone_label} {words.hotline}".strip()
    paper.text(6, 83, said, 3.3, align="left", most=38)


def _sticker_own(paper: Paper, words: Words, sign: Sign) -> None:
    paper.symbol(19, 17.2, 52, sign.address)
    paper.text(45, 73.6 if sign.second else 75, sign.name, 5.2, bold=True, most=80)
    paper.second(45, 77.4, sign.second, 2.8, most=80)
    paper.text(84, 83, in_groups(sign.code), 4, bold=True, align="right", spacing=0.3)


# Big print for elders, A4 -------------------------------------------------------------------------


def _large_common(paper: Paper, words: Words) -> None:
    paper.frame((8, 8, 194, 281), ink=BLACK, line=1.5, radius=7)
    paper.text(105, 43, words.title, 31, bold=True, most=182, spacing=2)
    paper.second(105, 55, words.second_title, 9, most=182)
    paper.text(105, 202, words.promise, 15, bold=True, most=182)
    paper.box(14, 252, 182, 31, ink=BLACK, radius=5)
    paper.text(22, 273.5, words.phone_label, 11.5, ink=WHITE, bold=True, align="left", most=80)
    paper.text(188, 277, words.hotline, 26, ink=WHITE, bold=True, align="right", most=86)


def _large_own(paper: Paper, words: Words, sign: Sign) -> None:
    paper.symbol(45, 62, 120, sign.address)
    paper.text(105, 226, sign.name, 18, bold=True, most=182)
    paper.second(105, 235.5, sign.second, 8, most=182)
    paper.text(105, 247, in_groups(sign.code), 10.5, bold=True, spacing=1.2)


DESIGNS = {
    design.name: design
    for design in (
        Design("poster", A4, _poster_common, _poster_own),
        Design("plate", A5, _plate_common, _plate_own),
        Design(
            "sticker", (90.0, 90.0), _sticker_common, _sticker_own,
            sheet=A4, columns=2, rows=3, gap=6,
        ),
        Design("large", A4, _large_common, _large_own),
    )
}  # fmt: skip
