"""Cases that may be about the same thing: near each other, in similar words, not long apart.

A suggestion with its reason, for a person to look at; nothing is merged by itself. Words are
compared by their pairs of neighbouring characters, which needs no dictionary and forgives what
people write differently.
"""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from mashang.cases.access import visible_to
from mashang.cases.models import Case
from mashang.people.actors import Staff
from mashang.places.models import subtree

WITHIN = timedelta(days=45)
# What bounds the work: so many cases are compared, by so many characters each.
MOST_COMPARED, MOST_CHARACTERS = 200, 500
SHOWN = 5
FEWEST_PAIRS = 5  # below that, words say nothing
TOWNSHIP_DIGITS = 9


@dataclass(frozen=True)
class Similar:
    """Another case, and why it may be the same matter."""

    case: Case
    reasons: list[str]
    score: float


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters and digits of a text; punctuation and blanks are none."""
    narrow = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()
    letters = "".join(char for char in narrow if char.isalnum())
    return frozenset(letters[at : at + 2] for at in range(len(letters) - 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> tuple[float, float]:
    """(shared of all pairs, shared of the shorter text's pairs): both 0 to 1."""
    if min(len(one), len(other)) < FEWEST_PAIRS:
        return 0.0, 0.0
    shared = len(one & other)
    return shared / len(one | other), shared / min(len(one), len(other))


def similar_cases(actor: Staff, case: Case) -> list[Similar]:
    """The most similar cases of the township that `actor` may see; one query.

    A sealed case is compared with sealed ones alone and an ordinary one with ordinary ones, so
    that neither leads to the other.
    """
    words = pairs(case.text)
    if len(words) < FEWEST_PAIRS:
        return []
    rows = (
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
    found = [_compared(case, words, row) for row in rows]
    ranked = sorted((one for one in found if one is not None), key=lambda one: -one.score)
    return ranked[:SHOWN]


def _compared(case: Case, words: frozenset[str], other: Case) -> Similar | None:
    """Nearer cases need fewer words in common."""
    of_all, of_shorter = likeness(words, pairs(other.text))
    is_here = other.place_id == case.place_id
    is_same_spot = is_here and bool(case.spot) and other.spot == case.spot
    least_of_all, least_of_shorter = (0.15, 0.4) if is_here else (0.25, 0.55)
    if of_all < least_of_all or of_shorter < least_of_shorter:
        return None
    where = (
        _("同一处：{place}").format(place=f"{case.place.name}{case.spot}")
        if is_same_spot
        else _("都在{place}").format(place=case.place.name)
        if is_here
        else _("在{place}").format(place=other.place.name)
    )
    said = _("词句有 {percent} % 相同").format(percent=int(of_shorter * 100))
    return Similar(other, [where, said], of_all + 0.2 * is_here + 0.2 * is_same_spot)
