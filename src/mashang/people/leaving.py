"""What somebody has in hand when their account is switched off, and who takes it over.

Packages above register what is theirs, such as open cases.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mashang.people.actors import Staff
from mashang.people.models import Account


@dataclass(frozen=True)
class InHand:
    """Something that people have in hand.

    `count` says how much; `hand_over` passes it on to others, in the caller's transaction, and
    says how much that was; None where a person must do it by hand.
    """

    label: object  # a lazy translation
    count: Callable[[Account], int]
    hand_over: Callable[[Account, Staff], int] | None = None

    @property
    def goes_by_itself(self) -> bool:
        return self.hand_over is not None


_known: dict[str, InHand] = {}


def register(name: str, what: InHand) -> None:
    """Have `what` counted and handed over; a later registration of the same name replaces it."""
    _known[name] = what


def in_hand(account: Account) -> list[tuple[InHand, int]]:
    """What the person has in hand, and how much of each."""
    counted = [(what, what.count(account)) for what in _known.values()]
    return [(what, count) for what, count in counted if count]


def hand_over_all(account: Account, *, by: Staff) -> int:
    """Pass everything on that can be passed on; returns how much."""
    return sum(
        what.hand_over(account, by) for what in _known.values() if what.hand_over is not None
    )
