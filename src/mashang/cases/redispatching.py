"""Which units a dispatcher may hand a case to."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from mashang.cases.access import SEALED_KINDS, accused_scope
from mashang.cases.models import Case
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


@dataclass(frozen=True)
class Choices:
    """The units that `actor` may hand `case` to: within their scope, or the one above it."""

    case: Case
    actor: Staff

    @cached_property
    def _all(self) -> QuerySet[Unit]:
        scope = Q(pk=self.case.unit.parent_id if self.case.unit else None)
        for post in self.actor.posts:
            if post.role == Role.DISPATCHER:
                scope |= subtree(post.place_id, field="place_id") | Q(pk=post.unit.parent_id)
        units = Unit.objects.filter(scope, is_active=True).exclude(pk=self.case.unit_id)
        if self.case.is_sealed:
            concerned = subtree(accused_scope(self.case), field="place_id")
            return units.filter(kind__in=SEALED_KINDS).exclude(concerned)
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
