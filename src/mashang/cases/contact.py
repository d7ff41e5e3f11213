"""Whether a first contact is only claimed, or proved.

A handler registers that the resident was reached: a claim. The resident, asked by SMS, says so too
with one tap: a proof; or says that nobody called.
"""

from collections.abc import Iterable
from itertools import takewhile

from django.db import models
from django.utils.translation import gettext_lazy as _

REACHED, CONFIRMED = "contact_reached", "contact_confirmed"
DENIED, DENIED_LATER = "contact_denied", "contact_denied_later"
DENIALS = (DENIED, DENIED_LATER)
# With these the duty to phone begins anew, and what was tried before counts no more.
BEGINNINGS = ("reopen", "rework", "split")
TELLING = (REACHED, CONFIRMED, *DENIALS, *BEGINNINGS)


class Proof(models.TextChoices):
    CLAIMED = "claimed", _("只有单位登记")
    PROVED = "proved", _("诉求人确认接到")
    DENIED = "denied", _("诉求人说没接到")


def proof(moves: Iterable[str]) -> str:
    """How the contact stands after these moves of one case, oldest first; "" where nobody claims
    one since the duty to phone began (anew)."""
    word = ""
    for move in moves:
        if move in BEGINNINGS:
            word = ""
        elif move == REACHED and word != Proof.PROVED:
            word = Proof.CLAIMED
        elif move == CONFIRMED and word:
            word = Proof.PROVED
        elif move in DENIALS and word:
            word = Proof.DENIED
    return str(word)


def first_proof(moves: Iterable[str]) -> str:
    """The same of the first round alone, for the figures. Who was denied a call and then called
    stays so until the resident confirms: a second claim does not undo what they said."""
    first = list(takewhile(lambda move: move not in BEGINNINGS, moves))
    word = proof(first)
    if word == Proof.CLAIMED and any(move in DENIALS for move in first):
        return str(Proof.DENIED)
    return word
