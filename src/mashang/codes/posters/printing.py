"""Signs onto pages: one PDF file of a design, in memory that does not grow with the order."""

from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

from mashang.codes.addresses import address_of, spoken_host
from mashang.codes.models import Code
from mashang.codes.posters import fonts
from mashang.codes.posters.designs import Design
from mashang.codes.posters.paper import Fonts, Paper, a_canvas
from mashang.codes.posters.shaping import Shaper
from mashang.codes.posters.words import Sign, Words
from mashang.places.queries import living

MARK, MARK_OFF = 4.0, 1.5  # a cut mark's length and its distance from the corner
ALWAYS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz .:/-,，。()（）"
_number = count(1)


def sign_of(code: Code) -> Sign:
    """What a code's sign says; `code.place` is asked for. After a merger it says the new name."""
    place = living(code.place) or code.place
    return Sign(
        code=code.code,
        address=address_of(code.code),
        above=place.full_name.removesuffix(place.name),
        place=place.name,
        spot=code.spot,
        second=code.second_name,
    )


def prepare(words: Words, characters: Iterable[str], second: Iterable[str] = ()) -> Fonts:
    """The fonts of an order, cut down to its words and to the `characters` of its signs' names;
    `second` are those of their names in the second script.

    Once for an order: opening a Chinese font takes a second. Raises Refused where a font or a
    character is lacking.
    """
    wanted = {*words.own(), *characters, *ALWAYS, *spoken_host()}
    second = words.second() + "".join(second)
    number = next(_number)
    return Fonts(
        regular=fonts.embedded(f"sign-{number}", fonts.regular(), wanted),
        bold=fonts.embedded(f"sign-bold-{number}", fonts.bold(), wanted),
        shaper=None if not second or second.isascii() else Shaper(fonts.second(second)),
    )


def print_signs(
    target: Path,
    design: Design,
    words: Words,
    signs: Sequence[Sign],
    *,
    using: Fonts,
    title: str,
) -> int:
    """Write one file; its number of pages."""
    canvas = a_canvas(target, design.page, title)
    width, height = design.size
    canvas.beginForm("common", 0, 0, width * 72 / 25.4, height * 72 / 25.4)
    design.common(Paper(canvas, using, height), words)
    canvas.endForm()
    corners = design.corners()
    pages = 0
    for first in range(0, len(signs), design.on_a_page):
        for (x, y), sign in zip(corners, signs[first : first + design.on_a_page], strict=False):
            canvas.saveState()
            below = design.page[1] - y - height
            canvas.translate(x * 72 / 25.4, below * 72 / 25.4)
            canvas.doForm("common")
            design.own(Paper(canvas, using, height), words, sign)
            canvas.restoreState()
            if design.on_a_page > 1:
                _cut_marks(Paper(canvas, using, design.page[1]), x, y, width, height)
        canvas.showPage()
        pages += 1
    canvas.save()
    return pages


def _cut_marks(paper: Paper, x: float, y: float, width: float, height: float) -> None:
    """Hair lines outside the four corners."""
    for at, out in ((x, -1), (x + width, 1)):
        for top, up in ((y, -1), (y + height, 1)):
            paper.line(at + out * MARK_OFF, top, at + out * MARK, top, width=0.1)
            paper.line(at, top + up * MARK_OFF, at, top + up * MARK, width=0.1)
