"""Of what figures may be asked: a place or a unit within somebody's posts.

Whoever dispatches, leads or inspects reads the figures of the place of their post and of
everything in it; whoever handles, those of their own unit. Figures count; the list behind a number
goes through `cases.access.visible_to` besides.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from mashang.cases.access import ROLES_THAT_SEE
from mashang.people.actors import Staff
from mashang.people.models import Post, Role, Unit
from mashang.places.models import DIVISION_DIGITS, Place, ancestors, subtree


@dataclass(frozen=True)
class Scope:
    """A place with everything in it, one handling unit, or what of the one the other has."""

    place: Place | None = None
    unit: Unit | None = None

    @property
    def name(self) -> str:
        return " · ".join(
            name
            for name in (
                self.place.full_name if self.place else "",
                self.unit.name if self.unit else "",
            )
            if name
        )

    @property
    def key(self) -> str:
        """As an address says it."""
        place = [f"place={self.place.pk}"] if self.place else []
        return "&".join(place + ([f"unit={self.unit.pk}"] if self.unit else []))

    @property
    def condition(self) -> Q:
        """Its cases, as a condition on Fact."""
        found = Q()
        if self.unit is not None:
            found &= Q(unit=self.unit.pk)
        if self.place is not None:
            found &= subtree(self.place.pk, field="place")
        return found

    @cached_property
    def digits(self) -> int:
        """Of the places right below, by which its cases are split; 0 where there are none."""
        if self.place is None or self.unit is not None:
            return 0
        below = [digits for digits in DIVISION_DIGITS if digits > len(self.place.pk)]
        return below[0] if below else 0


def seeing_posts(actor: Staff) -> list[Post]:
    """The posts whose place's figures the person reads."""
    return [post for post in actor.posts if post.role in ROLES_THAT_SEE]


def own_units(actor: Staff) -> list[Unit]:
    """The units whose work is the person's own."""
    found = {
        post.unit_id: post.unit
        for post in actor.posts
        if post.is_lead or post.role in (Role.HANDLER, *ROLES_THAT_SEE)
    }
    return list(found.values())


def reads_figures(actor: Staff) -> bool:
    return actor.account.is_active and bool(own_units(actor))


def first_scope(actor: Staff) -> Scope:
    """Where the page opens: the widest place, else the first unit."""
    posts = sorted(seeing_posts(actor), key=lambda post: (len(post.place_id), post.place_id))
    return Scope(place=posts[0].place) if posts else Scope(unit=own_units(actor)[0])


def find_scope(actor: Staff, *, place: str = "", unit: str = "") -> Scope | None:
    """The scope that an address names; None where it is not there or not theirs."""
    if not reads_figures(actor):
        return None
    if place and unit:
        return _unit_at(actor, place, unit)
    if unit:
        return _unit(actor, unit)
    if place:
        return _place(actor, place)
    return first_scope(actor)


def _place(actor: Staff, code: str) -> Scope | None:
    if not any(code.startswith(post.place_id) for post in seeing_posts(actor)):
        return None
    found = Place.objects.filter(pk=code).first()
    return found and Scope(place=found)


def _unit_at(actor: Staff, code: str, key: str) -> Scope | None:
    """What of a place a unit has: for whoever reads the place's figures, or the unit's."""
    here = _place(actor, code)
    if here is not None:
        unit = _find_unit(key)
        return Scope(place=here.place, unit=unit) if unit else None
    mine = _unit(actor, key)
    place = Place.objects.filter(pk=code).first() if mine else None
    return Scope(place=place, unit=mine.unit) if mine and place else None


def _unit(actor: Staff, key: str) -> Scope | None:
    mine = {str(unit.pk): unit for unit in own_units(actor)}
    if key in mine:
        return Scope(unit=mine[key])
    found = _find_unit(key)
    seen = found and any(found.place_id.startswith(p.place_id) for p in seeing_posts(actor))
    return Scope(unit=found) if found and seen else None


def _find_unit(key: str) -> Unit | None:
    return Unit.objects.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None


def way_to(actor: Staff, scope: Scope) -> list[Place]:
    """The places above, from the highest that the person may read down to the scope's own."""
    if scope.place is None:
        return []
    codes = [
        code
        for code in ancestors(scope.place.pk)
        if any(code.startswith(post.place_id) for post in seeing_posts(actor))
    ]
    return list(Place.objects.filter(pk__in=codes).order_by("code"))
