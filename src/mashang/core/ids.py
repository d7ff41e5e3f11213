"""Codes, numbers and link tokens that people read aloud, type and tap."""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable

from django.conf import settings

# 31 characters, a prime: a weighted sum then finds every single wrong character and every swap
# of two. Without 0 O 1 I L, which people mistake for each other on a sign.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAC_LENGTH = 12  # 12 base-62 characters carry 71 bits


def _check_character(body: str) -> str:
    total = sum((place + 1) * ALPHABET.index(char) for place, char in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """A random QR code text: nine characters and a check character.

    `choose` picks one character of a text; only a demonstration gives its own, to repeat itself.
    """
    body = "".join(choose(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return body + _check_character(body)


def clean_code(typed: str) -> str:
    """What a person typed, upper case, without blanks and dashes, full-width letters narrowed."""
    narrow = unicodedata.normalize("NFKC", typed).upper()
    return "".join(char for char in narrow if char not in " -_·.")


def is_code(text: str) -> bool:
    """Whether `text` has the form of a code and its check character fits."""
    if len(text) != CODE_LENGTH or any(char not in ALPHABET for char in text):
        return False
    return _check_character(text[:-1]) == text[-1]


def case_number(pk: int, year: int) -> str:
    """A case's number: two digits of the year, its serial of at least six, a check digit.

    The serial is the row's key, so a number is never handed out twice and needs no counter.
    """
    body = f"{year % 100:02d}{pk:06d}"
    return body + _luhn(body)


def parse_case_number(typed: str) -> tuple[int, int] | None:
    """(two-digit year, key) of a typed number, or None where it cannot be one."""
    text = clean_code(typed)
    if (
        not text.isascii()
        or not text.isdigit()
        or not 9 <= len(text) <= 20
        or _luhn(text[:-1]) != text[-1]
    ):
        return None
    return int(text[:2]), int(text[2:-1])


def _luhn(digits: str) -> str:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def _base62(number: int, width: int = 1) -> str:
    text = ""
    while number or len(text) < width:
        number, rest = divmod(number, 62)
        text = BASE62[rest] + text
    return text


def _mac(purpose: str, body: str) -> str:
    key = f"mashang:{purpose}:{settings.SECRET_KEY}".encode()
    number = int.from_bytes(hmac.new(key, body.encode(), hashlib.sha256).digest(), "big")
    return _base62(number % 62**MAC_LENGTH, MAC_LENGTH)


def sign_key(purpose: str, pk: int, salt: str = "") -> str:
    """A short link token for row `pk`: its key in base 62 and a keyed check nobody can make up.

    `salt` is a secret of the row: change it and every older token of the row is dead.
    """
    body = _base62(pk)
    return body + _mac(purpose, f"{body}:{salt}")


def key_of(token: str) -> int | None:
    """The key a token names, unchecked: load the row, then ask `is_signed`."""
    body = token[:-MAC_LENGTH]
    # Ten digits in base 62 stay below 2**63, the largest key that a database takes.
    if not 1 <= len(body) <= 10 or any(char not in BASE62 for char in token):
        return None
    number = 0
    for char in body:
        number = number * 62 + BASE62.index(char)
    return number


def is_signed(purpose: str, token: str, pk: int, salt: str = "") -> bool:
    """Whether `token` is the one that `sign_key` makes for this row today."""
    return hmac.compare_digest(token.encode(), sign_key(purpose, pk, salt).encode())
