"""The fonts of the signs: found on this machine, cut down to the characters that are printed.

Embedded, since a printing house need not have them. None is part of this package: a Chinese font
takes some 20 MB, and the freely licensed Noto Sans CJK comes as a package of every Linux
(docs/decisions/0014-fonts-of-the-signs.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable
from reportlab.pdfbase import pdfmetrics, ttfonts

from mashang.core.errors import Refused

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
# Freely licensed fonts with simplified Chinese, the best first: OFL, OFL, Apache or GPL with the
# exception for embedding.
REGULAR = (
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.[ot]tf",
    "SourceHanSansSC-Regular.otf", "SourceHanSansCN-Regular.otf", "SourceHanSans-Regular.ttc",
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf",
)  # fmt: skip
BOLD = (
    "NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf", "NotoSansSC-Bold.[ot]tf",
    "SourceHanSansSC-Bold.otf", "SourceHanSansCN-Bold.otf", "SourceHanSans-Bold.ttc",
)  # fmt: skip
# Scripts that a city may set beside Chinese, where the fonts above do not have them.
SECOND = (
    "NotoSerifTibetan-Regular.ttf", "NotoSerifTibetan-VF.ttf", "TibetanMachineUni.ttf",
    "NotoNaskhArabic-Regular.ttf", "NotoSansArabic-Regular.ttf", "NotoSansMongolian-Regular.ttf",
    "DejaVuSans.ttf",
)  # fmt: skip
SIMPLIFIED = (" SC", " CN", "Source Han Sans CN", "Source Han Sans SC")
DROPPED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG", "CFF ", "JSTF")
UNITS_OFF = 1.0  # how far, in a thousandth of an em, a converted curve may run off


@dataclass(frozen=True)
class Source:
    """A font file, and which of its fonts where it holds several."""

    path: Path
    number: int = 0


@cache
def _found(names: tuple[str, ...]) -> list[Path]:
    return [
        path
        for name in names
        for folder in FOLDERS
        if folder.is_dir()
        for path in sorted(folder.rglob(name))
    ]


def regular() -> Source:
    """The font of the signs. Raises Refused with what to install where there is none."""
    if settings.POSTER_FONT:
        return _source(Path(settings.POSTER_FONT))
    for path in _found(REGULAR):
        return _source(path)
    raise Refused(
        _(
            "这台服务器上没有中文字体，印不了牌子。Debian 或 Ubuntu 请装 fonts-noto-cjk，"
            "或用 MASHANG_POSTER_FONT 指明一个字体文件。"
        )
    )


def bold() -> Source:
    """Its bold cut; the regular one where there is no bold."""
    if settings.POSTER_FONT_BOLD:
        return _source(Path(settings.POSTER_FONT_BOLD))
    if settings.POSTER_FONT:
        return regular()
    for path in _found(BOLD):
        return _source(path)
    return regular()


def second(characters: Iterable[str]) -> Source:
    """A font that has all these characters. Raises Refused where none on this machine has."""
    wanted = {ord(char) for char in characters if not char.isspace()}
    named = [Path(settings.POSTER_FONT_SECOND)] if settings.POSTER_FONT_SECOND else []
    for source in [*map(_source, named), regular(), *map(_source, _found(SECOND))]:
        with _opened(source) as font:
            if wanted <= set(font.getBestCmap()):
                return source
    raise Refused(
        _(
            "没有字体含有第二种文字的这些字。请装上那种文字的字体（Debian：fonts-noto-core），"
            "或用 MASHANG_POSTER_FONT_SECOND 指明一个字体文件。"
        )
    )


def _source(path: Path) -> Source:
    """The font of the file that has the simplified forms, where it holds several."""
    if path.suffix.lower() != ".ttc":
        return Source(path)
    with TTCollection(path, lazy=True) as collection:
        names = [str(font["name"].getDebugName(1) or "") for font in collection]
    for number, name in enumerate(names):
        if name.endswith(SIMPLIFIED) and "Mono" not in name:
            return Source(path, number)
    return Source(path)


def _opened(source: Source) -> TTFont:
    return TTFont(source.path, fontNumber=source.number, lazy=True)


def embedded(name: str, source: Source, characters: set[str]) -> str:
    """Register the characters of a font under `name` for PDF pages of this process; the name.

    Raises Refused where the font lacks one: a sign with a hole in its name is not to be printed.
    """
    font = _opened(source)
    known = font.getBestCmap()
    lacking = sorted(char for char in characters if ord(char) not in known and not char.isspace())
    if lacking:
        raise Refused(
            _(
                "字体 {font} 里没有这些字：{characters}。请用 MASHANG_POSTER_FONT 换一个字体。"
            ).format(font=source.path.name, characters="".join(lacking[:20]))
        )
    data = BytesIO()
    _cut(font, characters).save(data)
    data.seek(0)
    cut = ttfonts.TTFont(name, data)
    cut.unregister()  # or an earlier cut of the same font stays, without the characters of this one
    pdfmetrics.registerFont(cut)
    return name


def _cut(font: TTFont, characters: set[str]) -> TTFont:
    """The font with these characters alone, its curves as TrueType has them."""
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True)
    options.drop_tables += [tag for tag in DROPPED if tag != "CFF "]
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(characters | {" "})))
    cutter.subset(font)
    if "glyf" not in font:
        _to_quadratic(font)
    return font


def _to_quadratic(font: TTFont) -> None:
    """Turn PostScript outlines, which reportlab does not embed, into TrueType ones."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, UNITS_OFF, reverse_direction=True))
        table.glyphs[name] = pen.glyph()
    for tag in DROPPED:
        if tag in font:
            del font[tag]
    font["glyf"], font["loca"] = table, newTable("loca")
    most = newTable("maxp")
    most.tableVersion = 0x00010000
    for field in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
        "maxStackElements", "maxSizeOfInstructions", "maxComponentElements",
    ):  # fmt: skip
        setattr(most, field, 0)
    most.maxZones, most.numGlyphs = 1, len(order)
    font["maxp"] = most
    post = font["post"]
    post.formatType, post.extraNames, post.mapping, post.glyphOrder = 2.0, [], {}, order
    font.sfntVersion = "\000\001\000\000"
