"""The tallies: facts added up by day and place, so that a year of a city is read in one look.

Whoever writes facts writes the tallies of the days concerned in the same transaction, computed
anew from the facts of those days: nothing is added to or taken from what stood there, so nothing
can drift. What a case counted before it moved is known from its old facts, so a reopened one
leaves the day on which it was closed.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import F, IntegerField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from mashang.insight import counting
from mashang.insight.counting import DAY
from mashang.insight.definitions import Basis
from mashang.insight.models import Fact, Tally
from mashang.insight.periods import Period
from mashang.places.models import ancestors

Key = tuple[str, date]


def compute(days: Iterable[date]) -> dict[Key, Counter[str]]:
    """What the tallies of these days are to be, from the facts."""
    days = list(days)
    received, closed = Q(received_on__in=days), Q(closed_on__in=days)
    by = {DAY: None, "township": F("township")}
    found: dict[Key, Counter[str]] = {}
    for counts in (
        counting.count(Q(), {Basis.COHORT: received, Basis.FLOW: closed}, by=by),
        counting.count_splits(Q(), received, by=by),
    ):
        for (day, township), numbers in counts.items():
            for place in ancestors(township):
                here = found.setdefault((place, day), Counter())
                for name, number in numbers.items():
                    here[name] += number
    return {key: counts for key, counts in found.items() if counts}


def stored(days: Iterable[date]) -> dict[Key, Tally]:
    return {(row.place, row.day): row for row in Tally.objects.filter(day__in=list(days))}


def refresh(days: Iterable[date]) -> None:
    """Write the tallies of these days anew where they are not as they should be. Call it in the
    transaction that writes the facts, holding the keeper."""
    days = list(days)
    if not days:
        return
    wanted, found = compute(days), stored(days)
    Tally.objects.filter(pk__in=[found[key].pk for key in found.keys() - wanted.keys()]).delete()
    Tally.objects.bulk_create(
        Tally(place=place, day=day, counts=wanted[place, day])
        for place, day in wanted.keys() - found.keys()
    )
    changed = []
    for key in wanted.keys() & found.keys():
        if found[key].counts != wanted[key]:
            found[key].counts = wanted[key]
            changed.append(found[key])
    Tally.objects.bulk_update(changed, ["counts"], batch_size=200)


def days_of(place: str, period: Period) -> dict[date, Counter[str]]:
    """All counts of each day at a place."""
    rows = Tally.objects.filter(place=place, day__gte=period.first, day__lte=period.last)
    return {day: Counter(counts) for day, counts in rows.values_list("day", "counts")}


def sums_of(places: Iterable[str], period: Period, names: Iterable[str]) -> dict[str, Counter[str]]:
    """The named counts of a period at each of these places."""
    names = list(names)
    rows = Tally.objects.filter(
        place__in=list(places), day__gte=period.first, day__lte=period.last
    ).order_by()
    sums = {
        f"n{number}": Coalesce(Sum(Cast(KT(f"counts__{name}"), IntegerField())), 0)
        for number, name in enumerate(names)
    }
    return {
        place: Counter({name: n for name, n in zip(names, numbers, strict=True) if n})
        for place, *numbers in rows.values_list("place").annotate(**sums)
    }


def all_days() -> list[date]:
    """The days that have facts or tallies, the first first."""
    received = Fact.objects.order_by().values_list("received_on", flat=True).distinct()
    closed = Fact.objects.order_by().exclude(closed_on=None).values_list("closed_on", flat=True)
    known = Tally.objects.order_by().values_list("day", flat=True).distinct()
    return sorted({*received, *closed.distinct(), *known})
