"""The codes of a place: how many in each state, and by how many nothing was ever reported."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise

from mashang.cases.models import Case
from mashang.codes.listing import by_state
from mashang.codes.models import USABLE, Code, CodeState
from mashang.insight.scopes import Scope
from mashang.places.models import subtree


@dataclass(frozen=True)
class Codes:
    """As of now; `states` are (state, its label, number)."""

    states: list[tuple[str, str | Promise, int]]
    unreported: int

    @property
    def total(self) -> int:
        return sum(number for _state, _label, number in self.states)

    @property
    def usable(self) -> int:
        return sum(number for state, _label, number in self.states if state in USABLE)


def read(scope: Scope) -> Codes | None:
    """None for a unit, which has no codes of its own."""
    if scope.place is None or scope.unit is not None:
        return None
    here = codes_of(scope)
    found = by_state(here)
    states = [(str(state), state.label, found.get(state, 0)) for state in CodeState]
    return Codes(states, unreported(here).count())


def codes_of(scope: Scope) -> QuerySet[Code]:
    """All codes in the place of a scope."""
    return Code.objects.filter(subtree(scope.place.pk, field="place_id"))  # type: ignore[union-attr]


def unreported(rows: QuerySet[Code]) -> QuerySet[Code]:
    """Those that can be used and by which no case ever came in; they may have been scanned, which
    `codes.listing` counts. A sealed case counts as none: a code that is used all at once, with no
    case to be seen, would tell of it."""
    used = Case.objects.filter(code=OuterRef("pk"), is_sealed=False)
    return rows.filter(~Exists(used), state__in=USABLE)
