"""Units by place, and the bound phones of the staff."""

from mashang.people.models import Unit, UnitKind
from mashang.places.models import ancestors


def unit_for(place_code: str, kinds: tuple[str, ...]) -> Unit | None:
    """The nearest active unit of one of `kinds` at the place or above it."""
    units = Unit.objects.filter(place__in=ancestors(place_code), kind__in=kinds, is_active=True)
    return max(units, key=lambda unit: len(unit.place_id), default=None)


def ordinary_unit(place_code: str) -> Unit | None:
    """Who answers for ordinary matters of a place: its village or community, else its township."""
    return unit_for(place_code, (UnitKind.COMMUNITY, UnitKind.TOWNSHIP, UnitKind.CENTRE))


def unit_over(place_code: str, kind: str, level_digits: int) -> Unit | None:
    """The active unit of `kind` at exactly the county (6 digits) or city (4 digits) of a place."""
    return Unit.objects.filter(
        place_id=place_code[:level_digits], kind=kind, is_active=True
    ).first()
