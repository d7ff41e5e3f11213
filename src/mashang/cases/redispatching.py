"""Which units a dispatcher may hand a case to."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from mashang.cases.access import SEALED_KINDS, accused_scope
from mashang.cases.models import AssistKind, Case, Conflict
from mashang.cases.routing import named_for
from mashang.core.text import clean_line
from mashang.people.actors import Staff
from mashang.people.models import Role, Unit, UnitKind
from mashang.places.models import ancestors, subtree

ORDINARY_KINDS = (
    UnitKind.COMMUNITY,
    UnitKind.TOWNSHIP,
    UnitKind.CENTRE,
    UnitKind.DEPARTMENT,
    UnitKind.OTHER,
)
MOST_FOUND = 30


def _open_to(case: Case) -> QuerySet[Unit]:
    """Active units other than the handling one, without those that have an interest in it."""
    conflicts = Conflict.objects.filter(case=case, lifted_at=None, unit__isnull=False)
    units = Unit.objects.filter(is_active=True).exclude(pk=case.unit_id)
    return units.exclude(pk__in=conflicts.values("unit")) if case.has_conflicts else units


# Called in to help ------------------------------------------------------------------------------


def may_be_called(unit: Unit, case: Case, kind: str) -> bool:
    """Whether this unit may be called in. Nobody's duties are pushed down: departments call no
    community, and a whistle is blown upwards and sideways."""
    if not unit.is_active or unit.kind not in ORDINARY_KINDS or unit.pk == case.unit_id:
        return False
    if not _is_around(unit.place_id, case.place_id):
        return False
    if unit.kind != UnitKind.COMMUNITY:
        return True
    lead = case.unit.kind if case.unit else ""
    return kind == AssistKind.ASSIST and lead in (UnitKind.COMMUNITY, UnitKind.TOWNSHIP)


def _is_around(unit_place: str, case_place: str) -> bool:
    """In the case's township, or of the county or the city above it."""
    return unit_place.startswith(case_place[:9]) or case_place.startswith(unit_place)


def units_around(case: Case) -> list[Unit]:
    """Those of the case's township and of the divisions above it, departments first."""
    here = Q(place__in=ancestors(case.place_id)) | subtree(case.place_id[:9], field="place_id")
    found = _open_to(case).filter(here, kind__in=ORDINARY_KINDS)
    return sorted(found, key=lambda unit: (unit.kind != UnitKind.DEPARTMENT, unit.code))


# Taken up higher --------------------------------------------------------------------------------


def is_higher(unit: Unit, case: Case) -> bool:
    """Whether `unit` stands above the handling one: above it in the order of units, or of a
    division that its place lies in."""
    above = case.unit
    while above is not None and above.parent_id is not None:
        above = above.parent
        if above == unit:
            return True
    here = case.unit.place_id if case.unit else case.place_id
    return len(unit.place_id) < len(here) and here.startswith(unit.place_id)


def higher_units(case: Case) -> list[Unit]:
    """Those that the case may be taken up to, nearest first."""
    here = case.unit.place_id if case.unit else case.place_id
    kinds = SEALED_KINDS if case.is_sealed else ORDINARY_KINDS
    above = Q(place__in=ancestors(here)) | Q(pk=case.unit.parent_id if case.unit else None)
    units = _open_to(case).filter(above, kind__in=kinds)
    if case.is_sealed:
        units = units.exclude(subtree(accused_scope(case), field="place_id"))
    found = [unit for unit in units.select_related("place") if is_higher(unit, case)]
    parent = case.unit.parent_id if case.unit else None
    return sorted(found, key=lambda u: (u.pk != parent, -len(u.place_id), u.code))


@dataclass(frozen=True)
class Choices:
    """The units that `actor` may hand `case` to: within their scope, the one above it, and those
    whose duty it is by the catalogue."""

    case: Case
    actor: Staff

    @cached_property
    def _all(self) -> QuerySet[Unit]:
        scope = Q(pk=self.case.unit.parent_id if self.case.unit else None)
        for post in self.actor.posts:
            if post.role == Role.DISPATCHER or (
                self.case.is_sealed and post.role == Role.INSPECTOR
            ):
                scope |= subtree(post.place_id, field="place_id") | Q(pk=post.unit.parent_id)
        units = _open_to(self.case).filter(scope)
        if self.case.is_sealed:
            concerned = subtree(accused_scope(self.case), field="place_id")
            return units.filter(kind__in=SEALED_KINDS).exclude(concerned)
        if self.case.category is not None:
            scope |= Q(pk__in=named_for(self.case.category, self.case.place))
        units = _open_to(self.case).filter(scope)
        return units.filter(kind__in=ORDINARY_KINDS)

    def near(self) -> list[Unit]:
        """Those of the case's own township and of the divisions above it, nearest first."""
        township = self.case.place_id[:9]
        here = Q(place__in=ancestors(self.case.place_id)) | subtree(township, field="place_id")
        return sorted(self._all.filter(here), key=lambda unit: (-len(unit.place_id), unit.code))

    def found(self, name: str) -> list[Unit]:
        """Those with `name` in their name; none for no name."""
        name = clean_line(name)
        if not name:
            return []
        exact = list(self._all.filter(name=name))
        return exact or list(self._all.filter(name__contains=name)[:MOST_FOUND])

    def allows(self, unit: Unit) -> bool:
        """Whether the case may go to this unit."""
        return self._all.filter(pk=unit.pk).exists()
