"""The tallies: facts added up by day and place, so that a year of a city is read in one look.

Whoever writes facts writes the tallies of the days concerned in the same transaction, computed
anew from the facts of those days: nothing is added to or taken from what stood there, so nothing
can drift. What a case counted before it moved is known from its old facts, so a reopened one
leaves the day on which it was closed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import F, IntegerField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from mashang.insight import counting
from mashang.insight.counting import DAY
from mashang.insight.definitions import Basis
from mashang.insight.models import Fact, Tally
from mashang.insight.periods import BY_DAY, Period, next_month
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
                add(found.setdefault((place, day), Counter()), numbers)
    return {key: counts for key, counts in found.items() if counts}


def stored(days: Iterable[date]) -> dict[Key, Tally]:
    rows = Tally.objects.filter(is_month=False, day__in=list(days))
    return {(row.place, row.day): row for row in rows}


def refresh(days: Iterable[date]) -> None:
    """Write the tallies of these days anew where they are not as they should be. Call it in the
    transaction that writes the facts, holding the keeper."""
    days = list(days)
    if not days:
        return
    wanted, found = compute(days), stored(days)
    gone, new = found.keys() - wanted.keys(), wanted.keys() - found.keys()
    changed = [key for key in wanted.keys() & found.keys() if found[key].counts != wanted[key]]
    Tally.objects.filter(pk__in=[found[key].pk for key in gone]).delete()
    Tally.objects.bulk_create(
        Tally(place=place, day=day, counts=wanted[place, day]) for place, day in new
    )
    for key in changed:
        found[key].counts = wanted[key]
    Tally.objects.bulk_update([found[key] for key in changed], ["counts"], batch_size=200)
    places: dict[date, set[str]] = {}
    for place, day in (*gone, *new, *changed):
        places.setdefault(day.replace(day=1), set()).add(place)
    for first, here in places.items():
        refresh_month(first, here)


def sum_month(first: date, places: Iterable[str] | None = None) -> dict[str, Counter[str]]:
    """What the tallies of a month are to be, from those of its days; of these places or of all."""
    rows = Tally.objects.filter(is_month=False, day__gte=first, day__lt=next_month(first))
    if places is not None:
        rows = rows.filter(place__in=list(places))
    found: dict[str, Counter[str]] = {}
    for place, counts in rows.values_list("place", "counts"):
        add(found.setdefault(place, Counter()), counts)
    return found


def add(to: Counter[str], counts: Mapping[str, int]) -> None:
    """Add up; three times as fast as a Counter does."""
    for name, number in counts.items():
        to[name] += number


def refresh_month(first: date, places: Iterable[str] | None = None) -> None:
    """Write the tallies of a month anew, those of these places or of all."""
    wanted = sum_month(first, places)
    there = Tally.objects.filter(is_month=True, day=first)
    if places is not None:
        there = there.filter(place__in=list(places))
    there.exclude(place__in=list(wanted)).delete()
    Tally.objects.bulk_create(
        (
            Tally(place=place, day=first, is_month=True, counts=counts)
            for place, counts in wanted.items()
        ),
        update_conflicts=True,
        unique_fields=["place", "is_month", "day"],
        update_fields=["counts"],
    )


def _rows(period: Period) -> "QuerySet[Tally]":
    """What a period is added up from: its days, or where it is long its whole months and the days
    before and after them. A month stands on its first day."""
    if period.days <= BY_DAY:
        return Tally.objects.filter(is_month=False, day__gte=period.first, day__lte=period.last)
    begins = period.first if period.first.day == 1 else next_month(period.first)
    after = next_month(period.last) if period.ends_month else period.last.replace(day=1)
    days = Q(day__gte=period.first, day__lt=begins) | Q(day__gte=after, day__lte=period.last)
    months = Q(is_month=True, day__gte=begins, day__lt=after)
    return Tally.objects.filter(months | (Q(is_month=False) & days))


def days_of(place: str, period: Period) -> dict[date, Counter[str]]:
    """All counts of each day at a place; of a long period those of a month stand on its first."""
    rows = _rows(period).filter(place=place)
    return {day: Counter(counts) for day, counts in rows.values_list("day", "counts")}


def sums_of(places: Iterable[str], period: Period, names: Iterable[str]) -> dict[str, Counter[str]]:
    """The named counts of a period at each of these places."""
    names = list(names)
    rows = _rows(period).filter(place__in=list(places)).order_by()
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
    kept = Tally.objects.filter(is_month=False).order_by().values_list("day", flat=True)
    return sorted({*received, *closed.distinct(), *kept.distinct()})


def all_months() -> list[date]:
    """The first days of the months that have tallies."""
    return sorted({day.replace(day=1) for day in Tally.objects.values_list("day", flat=True)})
