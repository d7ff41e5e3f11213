"""Units by place, and the bound phones of the staff."""

from django.db import models
from django.db.models.functions import Left

from mashang.core.statements import Parameter, Prepared
from mashang.people.models import Unit, UnitKind
from mashang.places.models import ABOVE_DIGITS

ORDINARY = (UnitKind.COMMUNITY, UnitKind.TOWNSHIP, UnitKind.CENTRE)
_place = Parameter("place", models.CharField())
# A place's code begins with the codes of what it lies in.
_ordinary: Prepared[Unit] = Prepared(
    lambda: Unit.objects.filter(
        place__code__in=[*(Left(_place, digits) for digits in ABOVE_DIGITS), _place],
        kind__in=ORDINARY,
        is_active=True,
    )
)


def ordinary_unit(place_code: str) -> Unit | None:
    """Who answers for ordinary matters of a place: the nearest active unit at it or above it, its
    village or community before its township."""
    return max(_ordinary(place=place_code), key=lambda unit: len(unit.place_id), default=None)


def unit_over(place_code: str, kind: str, level_digits: int) -> Unit | None:
    """The active unit of `kind` at exactly the county (6 digits) or city (4 digits) of a place."""
    return Unit.objects.filter(
        place_id=place_code[:level_digits], kind=kind, is_active=True
    ).first()
