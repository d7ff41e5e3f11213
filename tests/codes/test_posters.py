"""Printed signs: a telephone reads each, and what stands on them is what the city ordered."""

from dataclasses import replace
from random import Random

import pytest

from mashang.codes.addresses import address_of, code_in, scene_of
from mashang.codes.posters.designs import DESIGNS
from mashang.codes.posters.printing import prepare, print_signs
from mashang.codes.posters.words import Sign, Words
from mashang.core.errors import Refused
from mashang.core.ids import new_code
from photographs import decoded, page_images, photographed, torn, words_on

SHORT = "https://ma.baiyin.example"
WORDS = Words(hotline="0943-12345", second_title="Scan to tell us", host="ma.baiyin.example")
# Pixels a millimetre that a cheap telephone of two megapixels has: a poster from a metre away, a
# plate from 70 cm, a sticker from 40 cm.
SEEN_AT = {"poster": 1.4, "large": 1.4, "plate": 2.0, "sticker": 3.5}


def a_sign(number: int) -> Sign:
    code = new_code(Random(number).choice)
    return Sign(code, f"{SHORT}/q/{code}", "白银区工农路街道", "颐和社区", f"{number}号楼")


# More than fit on a sheet of stickers.
SIGNS = [a_sign(number) for number in range(1, 8)]


@pytest.fixture(scope="module")
def using():
    return prepare(WORDS, "".join(sign.above + sign.name for sign in SIGNS))


@pytest.fixture(scope="module", params=list(DESIGNS))
def design(request):
    return DESIGNS[request.param]


@pytest.fixture(scope="module")
def printed(design, using, tmp_path_factory):
    """All of them in one file."""
    target = tmp_path_factory.mktemp("signs") / "signs.pdf"
    pages = print_signs(target, design, WORDS, SIGNS, using=using, title="试印")
    assert pages == -(-len(SIGNS) // design.on_a_page)
    return target


def test_a_telephone_reads_every_sign_of_every_design(design, printed):
    pages = page_images(printed, pixels_per_mm=SEEN_AT[design.name])
    read = []
    for number, page in enumerate(pages):
        found = decoded(photographed(page, degrees=-14 + 9 * number, blur=0.8))
        assert {symbol.ec_level for symbol in found} == {"Q"}
        read += [symbol.text for symbol in found]
    assert sorted(read) == sorted(sign.address for sign in SIGNS)
    assert all(text.startswith(f"{SHORT}/q/") for text in read)


def test_what_one_order_prints_takes_no_character_from_the_next(tmp_path):
    for place in ("颐和社区", "远山村"):
        sign = Sign(SIGNS[0].code, SIGNS[0].address, "白银区工农路街道", place)
        target = tmp_path / f"{place}.pdf"
        using = prepare(WORDS, sign.above + sign.name)
        print_signs(target, DESIGNS["plate"], WORDS, [sign], using=using, title=place)
        assert place in "".join("".join(words_on(target)).split())


@pytest.mark.parametrize("design", ["poster"], indirect=True)
def test_a_scratched_sign_is_still_read(printed):
    page = page_images(printed, pixels_per_mm=3)[0]
    scratched = torn(page, side=0.12, at=(0.44, 0.6))
    assert [symbol.text for symbol in decoded(scratched)] == [SIGNS[0].address]


def test_signs_name_place_code_and_hotline_in_embedded_fonts(design, printed):
    said = "".join("".join(words_on(printed)).split())
    for sign in SIGNS:
        assert f"{sign.place}{sign.spot}" in said
        assert sign.code in said
    assert "有事扫码说" in said
    assert "0943-12345" in said
    assert "Scantotellus" in said
    content = printed.read_bytes()
    assert b"/FontFile2" in content
    assert b"/Image" not in content.replace(b"/ImageB", b"").replace(b"/ImageC", b"").replace(
        b"/ImageI", b""
    )  # vectors alone


def test_a_modules_width_and_the_quiet_zone_are_fit_for_print(design, printed):
    """The symbol's own white is at least four modules wide, and a module at least 1.2 mm."""
    scale = 4
    page = page_images(printed, pixels_per_mm=scale)[0]
    corners = decoded(page)[0].position
    side = (corners.top_right.x - corners.top_left.x) / scale
    modules = 33
    module = side / modules
    assert module >= 1.2
    white = page.crop(
        (
            int(corners.top_left.x - 3.8 * module * scale),
            corners.top_left.y,
            int(corners.top_left.x - 0.3 * module * scale),
            corners.bottom_left.y,
        )
    )
    assert white.getextrema()[0] > 250


def test_a_second_script_is_shaped_and_drawn(tmp_path):
    """In a script that this machine has a font for; Arabic letters change with their neighbours."""
    words, sign = Words(second_title="امسح الرمز"), replace(SIGNS[0], second="حي السلام")
    using = prepare(words, sign.above + sign.name, sign.second)
    assert using.shaper is not None
    joined, apart = using.shaper.line("سلام"), [using.shaper.line(char) for char in "سلام"]
    assert joined.width < sum(line.width for line in apart)
    target = tmp_path / "second.pdf"
    print_signs(target, DESIGNS["plate"], words, [sign], using=using, title="试印")
    assert [symbol.text for symbol in decoded(page_images(target, pixels_per_mm=2)[0])] == [
        sign.address
    ]


def test_a_character_that_no_font_has_is_named_and_nothing_is_printed():
    with pytest.raises(Refused, match="\U000f0000"):
        prepare(Words(), "颐\U000f0000")


def test_addresses_and_scenes_lead_back_to_the_code(settings):
    settings.CODE_URL = SHORT
    code = new_code()
    assert len(scene_of(code)) <= 32
    for text in (
        code,
        code.lower(),
        scene_of(code),
        scene_of(code).replace("=", "%3D"),
        address_of(code),
        f"{address_of(code)}?from=wechat",
        address_of(code).replace(":", "%3A").replace("/", "%2F"),
    ):
        assert code_in(text) == code
    for text in ("", "c=", "c=AAAAAAAAAB", f"{SHORT}/track", "x" * 5000, "https://[", f"c={code}A"):
        assert code_in(text) == ""
