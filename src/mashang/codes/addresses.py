"""What a sign carries: a plain address for any camera, a scene for a mini-program, and back."""

import re
from urllib.parse import unquote

from django.conf import settings

from mashang.core.ids import CODE_LENGTH, clean_code, is_code

# WeChat's getUnlimitedQRCode: at most 32 characters, letters, digits and !#$&'()*+,/:;=?@-._~
SCENE = "c="
_address = re.compile(r"https?://[^/?#]+/q/([^/?#]+)", re.IGNORECASE)


def address_of(code: str) -> str:
    """What the QR code says: https://short.example/q/BYYHSQ333G."""
    return f"{settings.CODE_URL}/q/{code}"


def spoken_host() -> str:
    """The same host as people type it, without https://."""
    return settings.CODE_URL.partition("://")[2]


def scene_of(code: str) -> str:
    """The scene for the city's mini-program: `c=BYYHSQ333G`, 12 of the 32 characters."""
    return f"{SCENE}{code}"


def code_in(text: str) -> str:
    """The code in what was scanned or handed over; "" where there is none.

    Takes a code as people type it, a scene, or an address of a sign, each also percent-encoded, as
    WeChat hands them to a mini-program.
    """
    plain = unquote(text.strip())[:200]
    if plain.lower().startswith(SCENE):
        plain = plain[len(SCENE) :]
    elif found := _address.match(plain):
        plain = found[1]
    code = clean_code(plain)
    return code if len(code) == CODE_LENGTH and is_code(code) else ""


def in_groups(code: str) -> str:
    """BYYHS Q333G: two groups are read aloud and typed with fewer mistakes."""
    half = CODE_LENGTH // 2
    return f"{code[:half]} {code[half:]}"
