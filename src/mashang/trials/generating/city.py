"""Who works where, asked once: a million cases must not ask for it again and again."""

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import accumulate
from random import Random

from mashang.cases.models import AccusedLevel, Category
from mashang.codes.models import Code, CodeState
from mashang.core import chain
from mashang.people.actors import Staff
from mashang.people.duty import holders_by_place, who_is_on_call
from mashang.people.models import Account, Post, Role, Unit, UnitKind
from mashang.places.models import Level, Place, ancestors

COMMUNITY_WEIGHT = 4.0  # that many more people than in a village
UNEVEN = 0.9


@dataclass(frozen=True)
class Desk:
    """A unit as cases need it: whom it calls, and who decides above it."""

    key: int
    name: str
    kind: str
    place: str
    assignee: Account | None
    above: "Desk | None" = field(repr=False)


class City:
    """The city that is loaded, as of `now`. Raises ValueError where there is nobody to work."""

    def __init__(self, chance: Random, *, now: datetime):
        self._now = now
        villages = list(
            Place.objects.current(now.date()).filter(level=Level.VILLAGE).order_by("pk")
        )
        if not villages:
            raise ValueError("no villages or communities are loaded")
        self.villages = [place.pk for place in villages]
        self._shares = list(
            accumulate(
                chance.lognormvariate(0, UNEVEN)
                * (COMMUNITY_WEIGHT if place.pk[-3:] < "200" else 1.0)
                for place in villages
            )
        )
        self._units = {
            unit.pk: unit for unit in Unit.objects.filter(is_active=True).order_by("code")
        }
        self._desks: dict[int, Desk] = {}
        self._here: dict[tuple[str, str], int] = {}
        for unit in self._units.values():
            self._here.setdefault((unit.place_id, unit.kind), unit.pk)
        self._codes: dict[str, list[tuple[str, str]]] = {}
        live = Code.objects.filter(state=CodeState.LIVE, unit=None, place__level=Level.VILLAGE)
        for key, place, spot in live.order_by("pk").values_list("pk", "place_id", "spot"):
            self._codes.setdefault(place, []).append((key, spot))
        leaves = Category.objects.filter(is_active=True, children=None).order_by("pk")
        self._categories = list(leaves.values_list("pk", "name"))
        self.category = cache(self._category)
        self._deciders = self._people_of(Role.DISPATCHER)
        self._leaders = self._people_of(Role.LEADER)
        self.actor = cache(lambda account: chain.canonical(Staff(account).described()))
        self.rung = cache(self._rung)

    def _people_of(self, role: str) -> dict[str, Account]:
        """Somebody with this role over each place."""
        posts = Post.objects.current(self._now.date()).filter(role=role).select_related("account")
        return {post.place_id: post.account for post in posts.order_by("-pk")}

    def _category(self, word: str) -> int | None:
        """The city's own category that is called so, if one is."""
        return next((key for key, name in self._categories if word in name), None)

    def place(self, chance: Random) -> str:
        return self.villages[bisect(self._shares, chance.random() * self._shares[-1])]

    def sign(self, place: str, chance: Random) -> tuple[str | None, str]:
        """A code that hangs there, and the spot it names; none where none hangs."""
        signs = self._codes.get(place)
        return chance.choice(signs) if signs else (None, "")

    def desk(self, unit: int) -> Desk:
        if unit not in self._desks:
            row = self._units[unit]
            found = who_is_on_call(row, at=self._now)
            above = self.desk(row.parent_id) if row.parent_id in self._units else None
            self._desks[unit] = Desk(
                row.pk, row.name, row.kind, row.place_id, found and found.account, above
            )
        return self._desks[unit]

    def route(
        self, place: str, *, is_sealed: bool, is_confidential: bool, accused_level: str
    ) -> Desk | None:
        """As `cases.routing` does."""
        if is_sealed:
            digits = (4,) if accused_level == AccusedLevel.COUNTY else (6, 4)
            return self._first(UnitKind.INSPECTION, (place[:count] for count in digits))
        if is_confidential:
            return self._first(UnitKind.CENTRE, (place[:6], place[:4]))
        for code in reversed(ancestors(place)):
            found = [
                self._here[code, kind]
                for kind in (UnitKind.COMMUNITY, UnitKind.TOWNSHIP, UnitKind.CENTRE)
                if (code, kind) in self._here
            ]
            if found:
                return self.desk(found[0])
        return None

    def _first(self, kind: str, places: Iterable[str]) -> Desk | None:
        keys = [self._here[code, kind] for code in places if (code, kind) in self._here]
        return self.desk(keys[0]) if keys else None

    def decider(self, place: str) -> Account | None:
        """A dispatcher whose scope holds the place."""
        scopes = reversed(ancestors(place))
        return next((self._deciders[code] for code in scopes if code in self._deciders), None)

    def leader(self, place: str) -> Account | None:
        """A leader whose scope holds the place."""
        scopes = reversed(ancestors(place))
        return next((self._leaders[code] for code in scopes if code in self._leaders), None)

    def _rung(self, position: str, township: str) -> tuple[int, ...]:
        """The accounts with a phone that hold this rung of the ladder."""
        posts = holders_by_place(position, [township], day=self._now)[township]
        return tuple(sorted({post.account_id for post in posts if post.account.phone}))
