"""What the designs draw with: millimetres from the upper left corner, black as black ink alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from mashang.codes.posters.shaping import Shaper
from mashang.codes.posters.symbol import path_of

rl_config.useA85 = 0  # streams as bytes, a fifth smaller


class Ink(NamedTuple):
    """Shares of cyan, magenta, yellow and black."""

    cyan: float
    magenta: float
    yellow: float
    black: float


BLACK = Ink(0, 0, 0, 1)
GREY = Ink(0, 0, 0, 0.72)
WHITE = Ink(0, 0, 0, 0)
BRAND = Ink(0.92, 0.3, 0.55, 0.42)
TINT = Ink(0.09, 0, 0.05, 0.02)
GOLD = Ink(0, 0.12, 0.5, 0)


@dataclass(frozen=True)
class Fonts:
    """Names of registered fonts, and what shapes the second script where it needs that."""

    regular: str
    bold: str
    shaper: Shaper | None = None


class Paper:
    """A canvas in millimetres. `height` is that of what is drawn now: a page, or one sticker."""

    def __init__(self, canvas: Canvas, fonts: Fonts, height: float):
        self.canvas, self.fonts, self.height = canvas, fonts, height

    def ink(self, ink: Ink) -> None:
        self.canvas.setFillColorCMYK(*ink)
        self.canvas.setStrokeColorCMYK(*ink)

    def box(
        self, x: float, y: float, width: float, height: float, *, ink: Ink, radius: float = 0
    ) -> None:
        """A filled box with its upper left corner at (x, y)."""
        self.ink(ink)
        self.canvas.roundRect(
            x * mm, (self.height - y - height) * mm, width * mm, height * mm, radius * mm, 0, 1
        )

    def frame(
        self, box: tuple[float, float, float, float], *, ink: Ink, line: float, radius: float
    ) -> None:
        """A frame: the box as x, y, width, height."""
        x, y, width, height = box
        self.ink(ink)
        self.canvas.setLineWidth(line * mm)
        self.canvas.roundRect(
            x * mm, (self.height - y - height) * mm, width * mm, height * mm, radius * mm, 1, 0
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, *, width: float) -> None:
        self.ink(BLACK)
        self.canvas.setLineWidth(width * mm)
        self.canvas.line(x1 * mm, (self.height - y1) * mm, x2 * mm, (self.height - y2) * mm)

    def text(  # noqa: PLR0913 (the words of type: where, how large, how)
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        ink: Ink = BLACK,
        bold: bool = False,
        most: float = 0,
        align: str = "middle",
        spacing: float = 0,
    ) -> None:
        """Words with their baseline at y, `size` in millimetres; smaller where wider than `most`.

        x is their middle, or their left or right end by `align`. `spacing` is in millimetres.
        """
        if not words:
            return
        font = self.fonts.bold if bold else self.fonts.regular
        width = stringWidth(words, font, size) + spacing * len(words)
        if most and width > most:
            size, spacing, width = size * most / width, spacing * most / width, most
        left = x - {"middle": width / 2, "left": 0, "right": width}[align]
        self.ink(ink)
        self.canvas.setFont(font, size * mm)
        self.canvas.drawString(left * mm, (self.height - y) * mm, words, charSpace=spacing * mm)

    def second(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        ink: Ink = BLACK,
        most: float = 0,
    ) -> None:
        """Words of the second script, their middle at x."""
        shaper = self.fonts.shaper
        if shaper is None or words.isascii():
            self.text(x, y, words, size, ink=ink, most=most)
            return
        line = shaper.line(words)
        width = line.width * size
        if most and width > most:
            size, width = size * most / width, most
        self.ink(ink)
        scale = size * mm / line.units
        left, base = (x - width / 2) * mm, (self.height - y) * mm
        self.canvas.addLiteral(f"q {scale:.6f} 0 0 {scale:.6f} {left:.2f} {base:.2f} cm")
        self.canvas.addLiteral(f"{line.path} f Q")

    def symbol(self, x: float, y: float, side: float, address: str) -> None:
        """The QR code of an address on white, `side` with its quiet zone."""
        path, modules = path_of(address)
        self.box(x, y, side, side, ink=WHITE)
        self.ink(BLACK)
        scale = side * mm / modules
        corner = f"{x * mm:.3f} {(self.height - y - side) * mm:.3f}"
        self.canvas.addLiteral(f"q {scale:.6f} 0 0 {scale:.6f} {corner} cm {path} f Q")


def a_canvas(target: Path, size: tuple[float, float], title: str) -> Canvas:
    """A new document with pages of this size in millimetres; the same input, the same bytes."""
    canvas = Canvas(
        str(target),
        pagesize=(size[0] * mm, size[1] * mm),
        pageCompression=1,
        invariant=1,
    )
    canvas.setTitle(title)
    canvas.setCreator("Mashang")
    return canvas
