"""Lines in scripts whose letters change with their neighbours (Tibetan, Arabic, Mongolian), as
outlines: HarfBuzz says which glyphs stand where, and no printing house needs the font."""

from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as harfbuzz
from fontTools.pens.basePen import BasePen

from mashang.codes.posters.fonts import Source


class PathPen(BasePen):
    """Draws glyphs as PDF path operators, each moved to its place in the line."""

    def __init__(self) -> None:
        super().__init__(glyphSet=None)
        self.parts: list[str] = []
        self.x = self.y = 0

    def _at(self, *points: tuple[float, float]) -> str:
        return " ".join(f"{x + self.x:g} {y + self.y:g}" for x, y in points)

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self.parts.append(f"{self._at(pt)} m")

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self.parts.append(f"{self._at(pt)} l")

    def _curveToOne(
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self.parts.append(f"{self._at(pt1, pt2, pt3)} c")

    def _closePath(self) -> None:
        self.parts.append("h")


@dataclass(frozen=True)
class Line:
    """A line as path operators in font units, and its width in ems."""

    path: str
    width: float
    units: int  # to an em


class Shaper:
    """Lines in one font."""

    def __init__(self, source: Source):
        blob = harfbuzz.Blob.from_file_path(str(source.path))
        self._face = harfbuzz.Face(blob, source.number)
        self._font = harfbuzz.Font(self._face)
        self.line = lru_cache(maxsize=256)(self._line)

    def _line(self, text: str) -> Line:
        buffer = harfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        harfbuzz.shape(self._font, buffer)
        pen, x = PathPen(), 0
        for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            pen.x, pen.y = x + place.x_offset, place.y_offset
            self._font.draw_glyph_with_pen(glyph.codepoint, pen)
            x += place.x_advance
        return Line(" ".join(pen.parts), x / self._face.upem, self._face.upem)
