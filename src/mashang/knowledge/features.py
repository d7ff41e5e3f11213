"""What a text is to a classifier: its short runs of characters, which need no dictionary.

A text is cut into pieces at blanks and punctuation; every run of one to four characters of a
piece, its borders included, is a feature. What a report begins with says most about it, so the
runs of its beginning count once more, as features of their own.
"""

import re
import unicodedata
from binascii import crc32

MOST_CHARACTERS = 6000
BEGINNING = 60  # characters
LONGEST_RUN, LONGEST_OF_BEGINNING = 4, 3
END_OF_BEGINNING = re.compile(r"\s{3,}|[\n\u3000。！？!?；;]")
PIECE = re.compile(r"[^\W_]+")
BORDER, AT_BEGINNING = " ", "^"


def plain(text: str) -> str:
    """`text` as it is compared: narrow forms, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def pieces(text: str) -> list[str]:
    """The runs of letters, digits and ideographs."""
    return PIECE.findall(plain(text))


def beginning(text: str) -> str:
    """The first line or sentence, the title where there is one; not more than 60 characters."""
    return END_OF_BEGINNING.split(text.strip(), maxsplit=1)[0][:BEGINNING]


def features(text: str) -> list[str]:
    """Every feature as often as it stands in the text."""
    text = text[:MOST_CHARACTERS]
    found: list[str] = []
    for piece in pieces(text):
        found += _runs(f"{BORDER}{piece}{BORDER}", LONGEST_RUN)
    start = "".join(pieces(beginning(text)))
    found += [AT_BEGINNING + run for run in _runs(start, LONGEST_OF_BEGINNING)]
    return found


def _runs(piece: str, longest: int) -> list[str]:
    found = list(piece.strip(BORDER))
    for length in range(2, longest + 1):
        found += [piece[at : at + length] for at in range(len(piece) - length + 1)]
    return found


key_of = crc32  # the 32 bits under which a model keeps a feature's bytes
