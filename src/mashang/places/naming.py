"""What a division's code and official name tell: level, parent, kind, short name, pinyin.

The digits follow the National Bureau of Statistics' coding rules for statistical divisions.
"""

import re
import unicodedata

from mashang.places.models import Kind, Level, Place

# Digits of a code without the zeros behind, and the level that has so many.
LEVELS = {
    4: Level.PREFECTURE,
    6: Level.COUNTY,
    9: Level.TOWNSHIP,
    12: Level.VILLAGE,
    15: Level.GRID,
}
OFFICIAL_DIGITS = (2, 4, 6, 9, 12)
LONGEST = 24
PINYIN_LENGTH = 200
INITIALS_LENGTH = 80


def short_code(code: str) -> str:
    """620402004000 → 620402004: an official twelve-digit code without the zeros behind."""
    if len(code) in OFFICIAL_DIGITS:
        for digits in OFFICIAL_DIGITS:
            if not code[digits:].strip("0"):
                return code[:digits]
    return code


def parent_code(code: str) -> str:
    """The code above a division's or grid's; empty for a prefecture.

    A township right under a prefecture has zeros for its county: 441900003 lies in 4419.
    """
    above = max((digits for digits in LEVELS if digits < len(code)), default=0)
    return short_code(code[:above])


def level_of(code: str) -> Level | None:
    """The level of a code without zeros behind; None where the digits do not tell."""
    return LEVELS.get(len(code))


def kind_of(code: str, name: str) -> Kind:
    """What sort of place it is, by the last digits of its group; by its name where these are new.

    County digits 01-20 are districts. Township digits 001-099 are subdistricts, 100-199 towns,
    200-399 townships. Village digits 001-199 are communities, 200-399 villages.
    """
    level = level_of(code)
    if level == Level.PREFECTURE:
        return Kind.CITY
    if level == Level.COUNTY:
        return Kind.DISTRICT if int(code[4:6]) <= 20 else Kind.COUNTY
    if level == Level.TOWNSHIP:
        return _by_number(
            int(code[6:9]),
            {99: Kind.SUBDISTRICT, 199: Kind.TOWN, 399: Kind.TOWNSHIP},
            name,
            {"街道": Kind.SUBDISTRICT, "镇": Kind.TOWN, "乡": Kind.TOWNSHIP},
        )
    if level == Level.VILLAGE:
        return _by_number(
            int(code[9:12]),
            {199: Kind.COMMUNITY, 399: Kind.VILLAGE},
            name,
            {"社区": Kind.COMMUNITY, "村": Kind.VILLAGE},
        )
    return Kind.OTHER


def _by_number(number: int, limits: dict[int, Kind], name: str, endings: dict[str, Kind]) -> Kind:
    for most, kind in limits.items():
        if 0 < number <= most:
            return kind
    for ending, kind in endings.items():
        if short_name(name).endswith(ending):
            return kind
    return Kind.OTHER


def short_name(name: str) -> str:
    """The place that a committee's official name speaks of, as people say it.

    颐和社区居民委员会 → 颐和社区, 大井子村村民委员会 → 大井子村, 丰源村委会 → 丰源村.
    """
    name = re.sub(r"(.)(?:社区)?居(?:民委员|委)会$", r"\1社区", name)
    return re.sub(r"(.)村?村(?:民委员|委)会$", r"\1村", name)


def full_name(name: str, above: Place | None) -> str:
    """The name with all names above it but the prefecture's, which everybody knows."""
    return above.full_name + name if above and above.level != Level.PREFECTURE else name


def spell(name: str) -> tuple[str, str]:
    """(pinyin, initials) in lower case without tones and blanks: yiheshequ, yhsq; ü is v."""
    # The dictionaries take some 50 MB, so only the commands that write names load them.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    full = letters_of("".join(lazy_pinyin(name)))
    initials = letters_of("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)))
    return full[:PINYIN_LENGTH], initials[:INITIALS_LENGTH]


def letters_of(text: str) -> str:
    """Letters and digits alone, half-width and lower case; ü as v, as it is typed."""
    narrow = unicodedata.normalize("NFKC", text).lower().replace("ü", "v")
    return "".join(char for char in narrow if char.isalnum())
