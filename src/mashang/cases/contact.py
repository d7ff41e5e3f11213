"""Whether a first contact is only claimed, or proved.

A handler registers that the resident was reached: a claim. The resident, asked by SMS, says so too
with one tap: a proof; or says that nobody called. A call that a platform put through proves itself
by its record (`mashang.calling`).
"""

from collections.abc import Iterable
from itertools import takewhile

from django.db import models
from django.utils.translation import gettext_lazy as _

REACHED, CONFIRMED = "contact_reached", "contact_confirmed"
DENIED, DENIED_LATER = "contact_denied", "contact_denied_later"
DENIALS = (DENIED, DENIED_LATER)
MISSED = "contact_missed"
RECORDED, RECORDED_LATER = "contact_recorded", "contact_recorded_later"
RECORDS = (RECORDED, RECORDED_LATER)
# With these the duty to phone begins anew, and what was tried before counts no more.
BEGINNINGS = ("reopen", "rework", "split")
TELLING = (REACHED, CONFIRMED, *RECORDS, *DENIALS, *BEGINNINGS)


class Proof(models.TextChoices):
    CLAIMED = "claimed", _("只有单位登记")
    PROVED = "proved", _("诉求人确认接到")
    RECORD = "record", _("通话记录证明")
    DENIED = "denied", _("诉求人说没接到")


def proof(moves: Iterable[str]) -> str:
    """How the contact stands after these moves of one case, oldest first; "" where nobody claims
    one since the duty to phone began (anew)."""
    word = ""
    for move in moves:
        if move in BEGINNINGS:
            word = ""
        elif move == REACHED and word not in (Proof.PROVED, Proof.RECORD):
            word = Proof.CLAIMED
        elif move in RECORDS and word != Proof.PROVED:
            word = Proof.RECORD
        elif move == CONFIRMED and word:
            word = Proof.PROVED
        elif move in DENIALS and word:
            word = Proof.DENIED
    return str(word)


def first_proof(moves: Iterable[str]) -> str:
    """The same of the first round alone, for the figures. Who was denied a call and then called
    stays so until the resident confirms or a call is on record: a second claim does not undo what
    they said."""
    first = list(takewhile(lambda move: move not in BEGINNINGS, moves))
    word = proof(first)
    if word == Proof.CLAIMED and any(move in DENIALS for move in first):
        return str(Proof.DENIED)
    return word
