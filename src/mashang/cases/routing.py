"""Which unit a case goes to. Software proposes by place, and by the catalogue where a person or
the type of the form said what it is about; people may redispatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import categories
from mashang.cases.models import AccusedLevel, Case, CatalogueRule, Category
from mashang.core.versions import in_force
from mashang.people.models import Unit, UnitKind
from mashang.people.queries import ordinary_unit, unit_over
from mashang.places.models import Place, ancestors

# 基层: what a department must not push its duties down to.
GRASSROOTS = (UnitKind.TOWNSHIP, UnitKind.COMMUNITY)


class Because(StrEnum):
    """Why a case goes where it goes."""

    SEALED = "sealed"
    CONFIDENTIAL = "confidential"
    CATALOGUE = "catalogue"
    CODE = "code"
    PLACE = "place"


@dataclass(frozen=True)
class Route:
    """The unit that answers first, or None where a dispatcher must choose, and why.

    `rule` is the rule of the catalogue that won, `beaten` those that apply too and are less
    specific, in the order in which they would follow.
    """

    unit: Unit | None
    because: Because
    rule: CatalogueRule | None = None
    beaten: Sequence[CatalogueRule] = ()


def route(
    place: Place,
    *,
    code_unit: Unit | None,
    is_sealed: bool,
    is_confidential: bool,
    accused_level: str,
    category: Category | None = None,
    at: datetime | None = None,
) -> Unit | None:
    """The unit that answers first, or None where a dispatcher must choose; see `decide`."""
    return decide(
        place,
        code_unit=code_unit,
        is_sealed=is_sealed,
        is_confidential=is_confidential,
        accused_level=accused_level,
        category=category,
        at=at,
    ).unit


def decide(
    place: Place,
    *,
    code_unit: Unit | None,
    is_sealed: bool,
    is_confidential: bool,
    accused_level: str,
    category: Category | None = None,
    at: datetime | None = None,
) -> Route:
    """Where a new case goes.

    - A complaint about a cadre or an office goes to the county's inspection post; one about the
      county goes to the city's.
    - A confidential matter goes to the county's governance centre, which keeps the identity.
    - Where the category is known, the catalogue decides: a person chose it, or the form's type.
    - Anything else goes to the unit that the scanned code names, or the place's own.
    """
    if is_sealed:
        digits = 4 if accused_level == AccusedLevel.COUNTY else 6
        return Route(_over(place, UnitKind.INSPECTION, digits), Because.SEALED)
    if is_confidential:
        return Route(_over(place, UnitKind.CENTRE, 6), Because.CONFIDENTIAL)
    if category is not None:
        found = by_catalogue(category, place, at=at)
        if found is not None:
            return found
    if code_unit is not None and code_unit.is_active:
        return Route(code_unit, Because.CODE)
    return Route(ordinary_unit(place.code), Because.PLACE)


def _over(place: Place, kind: str, digits: int) -> Unit | None:
    """The unit of `kind` over the place's county, or the city's where there is none."""
    return unit_over(place.code, kind, digits) or unit_over(place.code, kind, 4)


def by_catalogue(category: Category, place: Place, *, at: datetime | None = None) -> Route | None:
    """What the catalogue says, or None where no rule applies; a query, and for rules that name
    no unit another."""
    rules = applying(category, place, at=at)
    for number, rule in enumerate(rules):
        unit = unit_of(rule, place)
        if unit is not None:
            return Route(unit, Because.CATALOGUE, rule, [*rules[:number], *rules[number + 1 :]])
    return None


def applying(
    category: Category, place: Place, *, at: datetime | None = None
) -> list[CatalogueRule]:
    """The rules in force for a category at a place, the one that wins first: the deepest category,
    and of one category the deepest place."""
    found = categories.node(category.pk)
    depths = {step.pk: depth for depth, step in enumerate(found.path)} if found else {}
    rows = (
        CatalogueRule.objects.standing()
        .filter(category__in=depths, place__in=ancestors(place.code))
        .select_related("unit", "place", "category", "made_by")
    )
    day = timezone.localdate(at or timezone.now())
    rules = [rule for (rule,) in in_force(rows, day).values() if not rule.is_ended]
    return sorted(rules, key=lambda rule: (-depths[rule.category_id], -len(rule.place_id)))


def named_for(category: Category, place: Place) -> QuerySet[CatalogueRule, int | None]:
    """The keys of the units that today's rules name for a category at a place, for use within
    another query: what `applying` finds."""
    found = categories.node(category.pk)
    rules = CatalogueRule.objects.standing().filter(valid_from__lte=timezone.localdate())
    newer = rules.filter(
        category=OuterRef("category"),
        place=OuterRef("place"),
        valid_from__gt=OuterRef("valid_from"),
    )
    return rules.filter(
        ~Exists(newer),
        category__in=[step.pk for step in found.path] if found else [],
        place__in=ancestors(place.code),
        is_ended=False,
        unit__isnull=False,
    ).values("unit")


def unit_of(rule: CatalogueRule, place: Place) -> Unit | None:
    """The unit that a rule leads to for a matter at `place`; None where that unit is closed."""
    if rule.unit is not None:
        return rule.unit if rule.unit.is_active else None
    return _over(place, UnitKind.CENTRE, 6) if rule.keeps_above else ordinary_unit(place.code)


def why_not_down(case: Case, unit: Unit, *, at: datetime | None = None) -> str:
    """Why a case may not be handed to `unit` for what it is about; "" where it may.

    A department's matters must not be pushed down to the grassroots.
    """
    category = case.category
    if category is None or unit.kind not in GRASSROOTS:
        return ""
    rules = applying(category, case.place, at=at)
    if not rules or not rules[0].keeps_above:
        return ""
    return _(
        "“{category}”是部门的职责，目录规定不下沉，不能派给{unit}。"
        "请派给{right}；需要基层配合的，可以请求协办。"
    ).format(
        category=category.name,
        unit=unit.name,
        right=rules[0].unit.name if rules[0].unit else _("县区的部门或综治中心"),
    )
