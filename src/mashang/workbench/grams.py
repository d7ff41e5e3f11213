"""Pairs of characters: how text without blanks between its words is found again.

A text is lower case, its full-width forms narrow, cut at everything that is no letter, digit or
ideograph. Every two neighbours in a piece are a pair; a word is in a text only if all its pairs
are. The other way round is not sure (`井盖` and `盖坏` do not make `井盖坏`), so each hit is held
against the text itself by `holds`.
"""

import re
import sys
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise

LEAST = 2  # characters of a word that can be looked for
MOST_WORDS = 8
LONGEST = 60
UTF_16 = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
PIECE = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """`text` as it is compared: narrow forms, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def pieces(text: str) -> list[str]:
    """The runs of letters, digits and ideographs in a text."""
    return PIECE.findall(plain(text))


def pairs(texts: Iterable[str]) -> list[int]:
    """All pairs in the texts, each once: two neighbours as a number of 32 bits with a sign, as
    databases keep it. Characters beyond the first 65,536 are a pair by themselves (UTF-16)."""
    found: set[int] = set()
    for text in texts:
        for piece in pieces(text):
            units = array("H", piece.encode(UTF_16))
            found.update([first << 16 | second for first, second in pairwise(units)])
    return sorted([number - (1 << 32) if number >> 31 else number for number in found])


def words(typed: str) -> list[str]:
    """The words that somebody looks for: two characters or more, as `plain` has them."""
    found = [piece for piece in pieces(typed[: LONGEST * MOST_WORDS]) if len(piece) >= LEAST]
    return list(dict.fromkeys(piece[:LONGEST] for piece in found))[:MOST_WORDS]


def holds(texts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether each of the words stands in one of the texts, within one piece of it."""
    known = [piece for text in texts for piece in pieces(text)]
    return all(any(word in piece for piece in known) for word in wanted)


def snippet(text: str, wanted: Sequence[str], *, around: int = 24) -> list[tuple[str, bool]]:
    """A part of the text about the first hit, cut into (words, whether it is a hit).

    Without a hit it is the text's beginning.
    """
    line = " ".join(text.split())
    spans = _spans(line, wanted)
    middle = spans[0][0] if spans else 0
    start = max(0, middle - around)
    end = min(len(line), start + 3 * around)
    parts: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for begins, ends in spans:
        if begins < at or ends > end:
            continue
        parts += [(line[at:begins], False), (line[begins:ends], True)]
        at = ends
    parts += [(line[at:end], False)] + ([("…", False)] if end < len(line) else [])
    return [part for part in parts if part[0]]


def _spans(line: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in the line as it is written: narrowing may change its length."""
    narrow: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(line):
        plained = plain(char)
        narrow.append(plained)
        origin += [at] * len(plained)
    joined = "".join(narrow)
    spans = []
    for word in wanted:
        at = joined.find(word)
        while at >= 0:
            spans.append((origin[at], origin[at + len(word) - 1] + 1))
            at = joined.find(word, at + len(word))
    return sorted(spans)
