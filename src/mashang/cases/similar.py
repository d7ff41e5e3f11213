"""Cases that may be about the same thing: near each other, in similar words, not long apart.

A suggestion with its reason, for a person to look at; nothing is merged by itself. Words are
compared by their pairs of neighbouring characters, which needs no dictionary and forgives what
people write differently. A pair that stands in many of the compared reports says little, a rare one
much: what is rare is counted among the reports at hand (inverse document frequency), so names of
buildings, firms and things weigh most. docs/knowledge.md says how often this is right.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from math import log, sqrt
from operator import add

from django.utils.translation import gettext as _

from mashang.cases.access import visible_to
from mashang.cases.models import Case
from mashang.people.actors import Staff
from mashang.places.models import TOWNSHIP_DIGITS, subtree

WITHIN = timedelta(days=45)
# What bounds the work: so many cases are compared, by so many characters each.
MOST_COMPARED, MOST_CHARACTERS = 200, 500
SHOWN = 5
FEWEST_PAIRS = 5  # below that, words say nothing
# How alike words must be: a cosine. Nearer cases need fewer words in common; where few reports are
# at hand, nothing is known to be common, and more is asked for.
ALIKE_HERE, ALIKE_ELSEWHERE, FEW, ALIKE_AMONG_FEW = 0.15, 0.2, 20, 0.05
UNSEEN = 50  # as if so many more were compared, or two reports alone would have nothing rare
BETWEEN = re.compile(r"[\W_]+")
PHRASES_SHOWN, SHORTEST_PHRASE, LONGEST_PHRASE = 2, 3, 12


@dataclass(frozen=True)
class Similar:
    """Another case, and why it may be the same matter."""

    case: Case
    reasons: list[str]
    score: float


def letters(text: str) -> str:
    """The letters and digits of a text's beginning, narrow and lower case, without what is
    between them."""
    narrow = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()
    return BETWEEN.sub("", narrow)


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters and digits of a text; punctuation and blanks are none."""
    plain = letters(text)
    return frozenset(map(add, plain, plain[1:]))


class Rarity:
    """How much each pair says, by how many of the texts at hand have it."""

    def __init__(self, texts: Iterable[frozenset[str]]):
        every = list(texts)
        self._unseen = log(len(every) + UNSEEN)
        counts = Counter(chain.from_iterable(every))
        self._of = {pair: self._unseen - log(count) for pair, count in counts.items()}
        # Squared and measured once: a page compares hundreds of reports.
        self._squared = {pair: weight**2 for pair, weight in self._of.items()}
        self._lengths: dict[frozenset[str], float] = {}

    def of(self, pair: str) -> float:
        return self._of.get(pair, self._unseen)

    def length(self, words: frozenset[str]) -> float:
        known = self._lengths.get(words)
        if known is None:
            squared, unseen = self._squared, self._unseen**2
            known = sqrt(sum([squared.get(pair, unseen) for pair in words]))
            self._lengths[words] = known
        return known

    def likeness(self, one: frozenset[str], other: frozenset[str]) -> float:
        """From 0, nothing in common, to 1, the same words: the cosine between the two."""
        if min(len(one), len(other)) < FEWEST_PAIRS:
            return 0.0
        return self.length(one & other) ** 2 / (self.length(one) * self.length(other))

    def phrases(self, one: str, other: str) -> list[str]:
        """What both texts say word for word and few others do, the most telling first."""
        mine, theirs = letters(one), letters(other)
        found: dict[str, float] = {}
        at = 0
        while at < len(mine) - 1:
            end = at + 1
            while end < len(mine) and mine[at : end + 1] in theirs:
                end += 1
            if end - at >= SHORTEST_PHRASE:
                phrase = mine[at : min(end, at + LONGEST_PHRASE)]
                weights = (self.of(phrase[n : n + 2]) for n in range(len(phrase) - 1))
                found[phrase] = sum(weights)
            at = max(end, at + 1)
        return sorted(found, key=lambda phrase: -found[phrase])[:PHRASES_SHOWN]


def similar_cases(actor: Staff, case: Case) -> list[Similar]:
    """The most similar cases of the township that `actor` may see; one query.

    A sealed case is compared with sealed ones alone and an ordinary one with ordinary ones, so
    that neither leads to the other.
    """
    words = pairs(case.text)
    if len(words) < FEWEST_PAIRS:
        return []
    rows = list(
        visible_to(actor)
        .filter(
            subtree(case.place_id[:TOWNSHIP_DIGITS], field="place_id"),
            is_sealed=case.is_sealed,
            received_at__gte=case.received_at - WITHIN,
            received_at__lte=case.received_at + WITHIN,
        )
        .exclude(pk=case.pk)
        .select_related("place")
        .only(
            "text", "spot", "state", "phase", "received_at", "place__name",
            "place__full_name",
        )
        .order_by("-id")[:MOST_COMPARED]
    )  # fmt: skip
    known = {row.pk: pairs(row.text) for row in rows}
    rarity = Rarity([words, *known.values()])
    scores = {
        row: _score(case, row, rarity.likeness(words, known[row.pk]), len(rows)) for row in rows
    }
    ranked = sorted((row for row in rows if scores[row]), key=lambda row: -scores[row])
    return [Similar(row, _reasons(case, row, rarity), scores[row]) for row in ranked[:SHOWN]]


def alike(likeness: float, *, is_here: bool, compared: int) -> bool:
    """Whether words as alike as this are worth a look."""
    least = ALIKE_HERE if is_here else ALIKE_ELSEWHERE
    return likeness >= least + (ALIKE_AMONG_FEW if compared < FEW else 0)


def _score(case: Case, other: Case, likeness: float, compared: int) -> float:
    """How likely they are the same; 0 where it is not worth a look."""
    is_here = other.place_id == case.place_id
    if not alike(likeness, is_here=is_here, compared=compared):
        return 0.0
    return likeness + 0.1 * is_here + 0.1 * _is_same_spot(case, other)


def _is_same_spot(case: Case, other: Case) -> bool:
    return other.place_id == case.place_id and bool(case.spot) and other.spot == case.spot


def _reasons(case: Case, other: Case, rarity: Rarity) -> list[str]:
    if _is_same_spot(case, other):
        where = _("同一处：{place}").format(place=f"{case.place.name}{case.spot}")
    elif other.place_id == case.place_id:
        where = _("都在{place}").format(place=case.place.name)
    else:
        where = _("在{place}").format(place=other.place.name)
    phrases = rarity.phrases(case.text, other.text)
    if not phrases:
        return [where, _("用词相近")]
    return [where, _("都说到{phrases}").format(phrases="".join(f"“{each}”" for each in phrases))]
