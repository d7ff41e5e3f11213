"""Two sheets side by side: any two places or units that the person reads, or one in two periods."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.insight import periods, scopes, sheet
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope
from mashang.insight.sheet import Sheet, Shown, Timing
from mashang.people.actors import Staff
from mashang.people.models import Unit
from mashang.places.models import Place
from mashang.places.queries import search

UNIT = "u"  # before a unit's key, where an address may name a place or a unit


@dataclass(frozen=True)
class Row:
    """One figure on both sides; `change` says what the first is against the second."""

    first: Shown
    second: Shown

    @property
    def change(self) -> str:
        return Shown(
            self.first.figure, self.first.counts, self.second.counts, self.first.behind
        ).change_said


@dataclass(frozen=True)
class Comparison:
    first: Sheet
    second: Sheet

    @property
    def rows(self) -> list[Row]:
        pairs = zip(self.first.figures, self.second.figures, strict=True)
        return [Row(one, other) for one, other in pairs]

    @property
    def timings(self) -> list[tuple[Timing, Timing]]:
        return list(zip(self.first.timings, self.second.timings, strict=True))

    @property
    def is_uneven(self) -> bool:
        """Whether the periods are not of a length, so that numbers of cases say little."""
        return self.first.period.days != self.second.period.days


def compare(first: Scope, period: Period, second: Scope, other: Period) -> Comparison:
    return Comparison(sheet.read(first, period), sheet.read(second, other))


@dataclass(frozen=True)
class Wanted:
    """What to compare with. `found` are the places that a name may mean, where it is not one;
    `problem` says what could not be understood."""

    scope: Scope
    period: Period
    found: tuple[Place, ...] = ()
    problem: str = ""


def key_of(scope: Scope) -> str:
    return f"{UNIT}{scope.unit.pk}" if scope.unit else scope.place.pk if scope.place else ""


def wanted(
    actor: Staff, query: Mapping[str, str], *, scope: Scope, period: Period, today: date
) -> Wanted | None:
    """`name=` searches for a place, else `with=` names one, or a unit; `with_from=` and `with_to=`
    are its days. Without them another place is read in the same period, and the same place in the
    one before. None where something is named that is not there or not theirs."""
    other, found, problem = scope, (), ""
    if name := query.get("name", "").strip()[:60]:
        other, found, problem = _named(actor, name, scope)
    elif key := query.get("with", ""):
        unit = key.removeprefix(UNIT) if key.startswith(UNIT) else ""
        asked = scopes.find_scope(actor, place="" if unit else key, unit=unit)
        if asked is None:
            return None
        other = asked
    then = period.before if other == scope else period
    days = {"from": query.get("with_from", ""), "to": query.get("with_to", "")}
    if any(days.values()):
        chosen = periods.read(days, today=today)
        then, problem = (then if chosen.problem else chosen.period), problem or chosen.problem
    return Wanted(other, then, found, problem)


def _named(actor: Staff, name: str, scope: Scope) -> tuple[Scope, tuple[Place, ...], str]:
    """The one place that a name means, else those that it may mean."""
    mine = [place for place in search(name) if _reads(actor, place.pk)]
    exact = [place for place in mine if name in (place.name, place.full_name)]
    likely = exact or mine
    if len(likely) == 1:
        return Scope(place=likely[0]), (), ""
    if likely:
        return scope, tuple(likely), _("“{name}”有几处，请选一处。").format(name=name)
    return scope, (), _("您能看的地方里没有“{name}”，请换个写法。").format(name=name)


def _reads(actor: Staff, place: str) -> bool:
    return any(place.startswith(post.place_id) for post in scopes.seeing_posts(actor))


def choices(actor: Staff, scope: Scope, other: Scope) -> list[tuple[str, str]]:
    """What may be chosen without typing, as (key, name): the place or unit itself, those beside it
    in the order of their codes, and what is compared with now."""
    found = {key_of(scope): scope.name}
    if scope.unit is not None and scope.place is None:
        beside = Unit.objects.filter(parent=scope.unit.parent_id, kind=scope.unit.kind)
        mine = {unit.pk for unit in scopes.own_units(actor)}
        for unit in beside.order_by("code"):
            if unit.pk in mine or _reads(actor, unit.place_id):
                found[f"{UNIT}{unit.pk}"] = unit.name
    elif scope.place is not None and scope.place.parent_id:
        rows = Place.objects.current(timezone.localdate()).filter(parent=scope.place.parent_id)
        for place in rows.order_by("code"):
            if _reads(actor, place.pk):
                found[place.pk] = place.name
    found.setdefault(key_of(other), other.name)
    return list(found.items())
