"""What residents type, cleaned without changing what they said."""

import unicodedata

KEPT_CONTROLS = "\n\t"
INVISIBLE = ("Cc", "Cf", "Mn", "Zl", "Zp", "Zs")


def clean_text(typed: str) -> str:
    """Unix line ends, no control or surrogate characters, no blank edges. Emoji and dialect stay.

    Zero-width joiners stay too, since emoji are built with them; direction overrides go, since
    they make a line read otherwise than it is stored. What shows nothing at all is empty.
    """
    unified = typed.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        char
        for char in unified
        if char in KEPT_CONTROLS
        or (unicodedata.category(char) not in ("Cc", "Cs", "Cn") and char not in DIRECTION_MARKS)
    )
    text = unicodedata.normalize("NFC", kept).strip()
    shows = any(unicodedata.category(char) not in INVISIBLE for char in text)
    return text if shows else ""


DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def clean_line(typed: str) -> str:
    """`clean_text` on one line: line ends and runs of blanks become one blank."""
    return " ".join(clean_text(typed).split())


def mask_name(name: str) -> str:
    """王小明 → 王**; the family name helps a cadre greet, the rest stays hidden."""
    name = name.strip()
    return name[:1] + "**" if name else ""


def mask_phone(phone: str) -> str:
    """13912345678 → 139****5678; a landline keeps its last two digits."""
    if len(phone) == 11 and phone.startswith("1"):
        return f"{phone[:3]}****{phone[-4:]}"
    return "****" + phone[-2:] if phone else ""
