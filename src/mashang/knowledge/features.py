"""What a text is to a classifier: its short runs of characters, which need no dictionary.

A text is cut into pieces at blanks and punctuation. There are three groups of features, each of
the same length in all (see `GROUPS`): every run of one to four characters of a piece, its borders
included; runs that cross from one piece to the next; and once more the runs of the text's
beginning, its title where there is one, which says most about it.
"""

import re
import unicodedata
from binascii import crc32
from itertools import pairwise

MOST_CHARACTERS = 6000
BEGINNING = 300  # characters
LONGEST_RUN, LONGEST_OF_BEGINNING = 4, 3
END_OF_BEGINNING = re.compile(r"\s{3,}|[\n\u3000]")
PIECE = re.compile(r"[^\W_]+")
BORDER, AT_BEGINNING, ACROSS = " ", "^", "~"
# What each group weighs, by the mark that its features begin with.
GROUPS = {"": 1.0, AT_BEGINNING: 0.8, ACROSS: 1.0}


def plain(text: str) -> str:
    """`text` as it is compared: narrow forms, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def pieces(text: str) -> list[str]:
    """The runs of letters, digits and ideographs."""
    return PIECE.findall(plain(text))


def beginning(text: str) -> str:
    """The first line, the title where there is one; not more than 300 characters."""
    return END_OF_BEGINNING.split(text.strip(), maxsplit=1)[0][:BEGINNING]


def features(text: str) -> dict[str, list[str]]:
    """By group, every feature as often as it stands in the text."""
    text = text[:MOST_CHARACTERS]
    parts = pieces(text)
    inside: list[str] = []
    for piece in parts:
        inside += _runs(f"{BORDER}{piece}{BORDER}", LONGEST_RUN)
    start = "".join(pieces(beginning(text)))
    return {
        "": inside,
        AT_BEGINNING: [AT_BEGINNING + run for run in _runs(start, LONGEST_OF_BEGINNING)],
        ACROSS: _across(parts),
    }


def _across(parts: list[str]) -> list[str]:
    """Runs of two and three characters that belong to more than one piece."""
    found = []
    for one, other in pairwise(parts):
        found += [ACROSS + one[-1] + other[0], ACROSS + one[-1] + other[:2]]
        if len(one) > 1:
            found.append(ACROSS + one[-2:] + other[0])
    return found


def _runs(piece: str, longest: int) -> list[str]:
    found = list(piece.strip(BORDER))
    for length in range(2, longest + 1):
        found += [piece[at : at + length] for at in range(len(piece) - length + 1)]
    return found


key_of = crc32  # the 32 bits under which a model keeps a feature's bytes
