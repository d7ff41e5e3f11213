"""Which unit a new case goes to. Software proposes by place; people may redispatch."""

from mashang.cases.models import AccusedLevel
from mashang.people.models import Unit, UnitKind
from mashang.people.queries import ordinary_unit, unit_over
from mashang.places.models import Place


def route(
    place: Place,
    *,
    code_unit: Unit | None,
    is_sealed: bool,
    is_confidential: bool,
    accused_level: str,
) -> Unit | None:
    """The unit that answers first, or None where a dispatcher must choose.

    - A complaint about a cadre or an office goes to the county's inspection post; one about the
      county goes to the city's.
    - A confidential matter goes to the county's governance centre, which keeps the identity.
    - Anything else goes to the unit that the scanned code names, or the place's own.
    """
    if is_sealed:
        digits = 4 if accused_level == AccusedLevel.COUNTY else 6
        return unit_over(place.code, UnitKind.INSPECTION, digits) or unit_over(
            place.code, UnitKind.INSPECTION, 4
        )
    if is_confidential:
        return unit_over(place.code, UnitKind.CENTRE, 6) or unit_over(
            place.code, UnitKind.CENTRE, 4
        )
    if code_unit is not None and code_unit.is_active:
        return code_unit
    return ordinary_unit(place.code)
