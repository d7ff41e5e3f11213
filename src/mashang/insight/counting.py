"""Counting parts: from the facts, grouped in any way, each part by its one condition."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from mashang.insight.definitions import DURATIONS, EVERYWHERE, PARTS, Basis, Part
from mashang.insight.models import Fact
from mashang.insight.periods import Period

DAY_OF = {Basis.COHORT: "received_on", Basis.FLOW: "closed_on"}
HOUR, DAYLONG = 60, 24 * 60
DAY = "day"


def bucket(minutes: int) -> int:
    """The duration as people say it, in minutes: whole minutes within the hour, whole hours within
    two days, whole days beyond. So a percentile of buckets is the one of durations, as said."""
    if minutes < HOUR:
        return minutes
    if minutes < 2 * DAYLONG:
        return minutes - minutes % HOUR
    return minutes - minutes % DAYLONG


def beyond(minutes: int) -> int:
    """Where the bucket that begins here ends: all durations in it are shorter."""
    if minutes < HOUR:
        return minutes + 1
    return minutes + (HOUR if minutes < 2 * DAYLONG else DAYLONG)


def within(period: Period, basis: Basis) -> Q:
    """The cases whose day lies in the period; all of them for what is in hand now."""
    if basis == Basis.STOCK:
        return Q()
    day = DAY_OF[basis]
    return Q(**{f"{day}__gte": period.first, f"{day}__lte": period.last})


def rows_of(part: Part, scope: Q, period: Period, more: Q | None = None) -> QuerySet[Fact]:
    """The facts that a part counts: the number is their count, and the list is theirs."""
    return Fact.objects.filter(
        EVERYWHERE, scope, within(period, part.basis), part.condition, more or Q()
    )


Groups = dict[tuple[Any, ...], Counter[str]]


def count(
    scope: Q, days: dict[Basis, Q], *, by: dict[str, Any], names: Iterable[str] = PARTS
) -> Groups:
    """The parts of a scope on these days, by the values of what `by` names: {"day": DAY} is each
    part's own day, anything else an expression over Fact."""
    found: Groups = {}
    for basis, when in days.items():
        parts = [PARTS[name] for name in names if PARTS[name].basis == basis]
        if not parts:
            continue
        rows = _grouped(Fact.objects.filter(EVERYWHERE, scope, when), basis, by)
        counts = {f"n{number}": Count("pk", filter=p.condition) for number, p in enumerate(parts)}
        for row in rows.annotate(**counts):
            values, numbers = row[: len(by)], row[len(by) :]
            here = found.setdefault(values, Counter())
            here.update({part.name: n for part, n in zip(parts, numbers, strict=True) if n})
    return found


def count_splits(scope: Q, days: Q, *, by: dict[str, Any]) -> Groups:
    """Cases received, by channel, by category, by weekday and hour; and how long steps took, by
    bucket. All under names of their own, such as `hour:1:10`."""
    found: Groups = {}
    received = Fact.objects.filter(EVERYWHERE, scope, days)

    def add(rows: QuerySet[Fact], columns: tuple[str, ...], say: Callable[..., str]) -> None:
        grouped = _grouped(rows, Basis.COHORT, by, *columns)
        for row in grouped.annotate(n=Count("pk")):
            values, what, number = row[: len(by)], row[len(by) : -1], row[-1]
            found.setdefault(values, Counter())[say(*what)] += number

    add(received, ("channel",), lambda channel: f"channel:{channel}")
    add(received, ("category_id",), lambda category: f"category:{category or ''}")
    add(received, ("weekday", "received_hour"), lambda day, hour: f"hour:{day}:{hour}")
    for each in DURATIONS.values():
        timed = received.filter(PARTS[each.part].condition)
        add(timed, (each.column,), lambda minutes, of=each.name: f"{of}:{bucket(minutes)}")
    return found


def _grouped(
    rows: QuerySet[Fact], basis: Basis, by: dict[str, Any], *columns: str
) -> "QuerySet[Fact, tuple[Any, ...]]":
    named = {f"by_{name}": F(DAY_OF[basis]) if name == DAY else what for name, what in by.items()}
    return rows.order_by().annotate(**named).values_list(*named, *columns)


def percentile(counts: Counter[str], duration: str, share: float) -> int | None:
    """The nearest-rank percentile in minutes as said: the shortest that `share` do not exceed."""
    before = f"{duration}:"
    steps = sorted(
        (int(name.removeprefix(before)), number)
        for name, number in counts.items()
        if name.startswith(before)
    )
    total = sum(number for _minutes, number in steps)
    reached = 0
    for minutes, number in steps:
        reached += number
        if reached >= share * total:
            return minutes
    return None


def split(counts: Counter[str], name: str) -> list[tuple[str, int]]:
    """What of the counts belongs to one of the splits: (value, number)."""
    before = f"{name}:"
    return [(key.removeprefix(before), n) for key, n in counts.items() if key.startswith(before)]
