"""What codes and names tell, by the Statistics Bureau's rules."""

import pytest

from mashang.places.models import Kind, Level
from mashang.places.naming import kind_of, level_of, parent_code, short_code, short_name, spell


@pytest.mark.parametrize(
    ("official", "short", "level", "parent"),
    [
        ("620400000000", "6204", Level.PREFECTURE, ""),
        ("620402000000", "620402", Level.COUNTY, "6204"),
        ("620402004000", "620402004", Level.TOWNSHIP, "620402"),
        ("620402004007", "620402004007", Level.VILLAGE, "620402004"),
        ("620402004007001", "620402004007001", Level.GRID, "620402004007"),
        ("441900003000", "441900003", Level.TOWNSHIP, "4419"),  # a prefecture without counties
    ],
)
def test_zeros_behind_say_how_wide_a_division_is(official, short, level, parent):
    assert short_code(official) == short
    assert level_of(short) == level
    assert parent_code(short) == parent


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("620402", "白银区", Kind.DISTRICT),
        ("620421", "靖远县", Kind.COUNTY),
        ("620402004", "工农路街道", Kind.SUBDISTRICT),
        ("620402100", "水川镇", Kind.TOWN),
        ("620402201", "强湾乡", Kind.TOWNSHIP),
        ("620402004007", "颐和社区居民委员会", Kind.COMMUNITY),
        ("620402005200", "大井子村村民委员会", Kind.VILLAGE),
        ("620402005008", "稀土新村社区居民委员会", Kind.COMMUNITY),
        ("620423103400", "民安社区", Kind.COMMUNITY),  # digits without a meaning: the name decides
        ("620423103498", "某某农场", Kind.OTHER),
    ],
)
def test_the_last_digits_say_what_kind_a_division_is(code, name, kind):
    assert kind_of(code, name) == kind


@pytest.mark.parametrize(
    ("official", "short"),
    [
        ("颐和社区居民委员会", "颐和社区"),
        ("颐和社区居委会", "颐和社区"),
        ("大井子村村民委员会", "大井子村"),
        ("高家庄村民委员会", "高家庄村"),
        ("丰源村委会", "丰源村"),
        ("工农路街道", "工农路街道"),
        ("居委会", "居委会"),
    ],
)
def test_a_committee_s_name_gives_the_place_s(official, short):
    assert short_name(official) == short


def test_pinyin_is_typed_without_tones_and_with_v_for_u_umlaut():
    assert spell("颐和社区") == ("yiheshequ", "yhsq")
    assert spell("长征街道") == ("changzhengjiedao", "czjd")
    assert spell("绿化村") == ("lvhuacun", "lhc")


def test_a_very_long_name_still_fits_its_columns():
    full, initials = spell("庄" * 80)
    assert (len(full), len(initials)) == (200, 80)
