"""Who asks: invented people, some of whom ask again and again."""

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from mashang.cases.models import name_index
from mashang.core.crypto import blind_index, encrypt
from mashang.demo.invented import FIRST, SECOND, SURNAMES

# Beside the demonstration's 1990000xxxx, whose ten thousand numbers are spoken for.
PHONES = 1990_1000000
FEWEST, MOST = 200, 100_000
CASES_EACH = 4
KEPT = 20_000  # people whose sealed names and phones stay in memory
FAVOUR = 2.0  # how much more often the same people write: 1 would be all alike


class Residents:
    """As many people as `cases` cases come from, each of one of the `places`."""

    def __init__(self, cases: int, places: Sequence[str], *, seed: int):
        count = min(max(cases // CASES_EACH, FEWEST), MOST)
        self._in_each = max(count // len(places), 1)
        self._order = {place: number for number, place in enumerate(places)}
        self._seed = seed
        self.sealed = lru_cache(maxsize=KEPT)(self._sealed)

    def somebody(self, place: str, chance: Random) -> int:
        """One of those who live there."""
        among = int(self._in_each * chance.random() ** FAVOUR)
        return self._order[place] + len(self._order) * among

    def _sealed(self, number: int) -> tuple[str, str, str, str]:
        """Name and phone as they are stored, and the indexes of phone and name."""
        chance = Random(f"{self._seed}:{number}")  # noqa: S311 - to repeat itself, no secret
        name = chance.choice(SURNAMES) + chance.choice(FIRST) + chance.choice(SECOND)
        phone = str(PHONES + number)
        return encrypt(name), encrypt(phone), blind_index(phone), name_index(name)
