"""Keeping the facts up: what the worker does within a second or two after each entry of a case.

An entry takes the mark `Case.is_counted` off, in its own transaction and with the statement that
moves the chain on. The mark comes back by compare-and-set on the version that was counted: a case
that moved in between is counted once more.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from mashang.cases.models import Case
from mashang.insight import tallies
from mashang.insight.facts import COLUMNS, derive, values
from mashang.insight.models import Fact, Keeper, Tally

BATCH = 200
DAYS_AT_ONCE = 20
Say = Callable[[str, int, int], None]


def keep_up(*, at: datetime | None = None, batch: int = BATCH) -> int:
    """Count up to `batch` cases that moved, or whose limit has passed; returns how many. One
    worker does it at a time, the others go on."""
    at = at or timezone.now()
    if not _due(at, 1):
        return 0
    Keeper.objects.get_or_create(pk=Keeper.THE_ONE)
    with transaction.atomic():
        mine = Keeper.objects.select_for_update(skip_locked=True).filter(pk=Keeper.THE_ONE)
        if not list(mine):
            return 0
        keys = _due(at, batch)
        tallies.refresh(store(keys, at=at))
        return len(keys)


def _due(at: datetime, most: int) -> list[int]:
    moved = Case.objects.filter(is_counted=False).order_by("pk").values_list("pk", flat=True)
    passed = Fact.objects.filter(looks_at__lt=at).order_by("looks_at").values_list("pk", flat=True)
    found = list(moved[:most])
    if len(found) < most:
        found += passed[: most - len(found)]
    return sorted(set(found))


def waiting(most: int = 1000) -> int:
    """How many cases moved and are not counted yet, at most so many; sealed ones are in no figure
    and so not in this one."""
    return Case.objects.filter(is_counted=False, is_sealed=False)[:most].count()


def store(keys: Iterable[int], *, at: datetime) -> set[date]:
    """Write the facts of these cases as they are now and mark them as counted; the days whose
    tallies that changes. Call it in a transaction, holding the keeper."""
    keys = list(keys)
    days = _days(Fact.objects.filter(pk__in=keys).values_list("received_on", "closed_on"))
    facts, versions = derive(keys, at=at)
    Fact.objects.bulk_create(
        facts,
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=[name for name in COLUMNS if name != "case_id"],
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Case._meta.db_table} SET is_counted = TRUE"  # noqa: S608 (our own name)
            " WHERE id = %s AND version = %s AND NOT is_counted",
            list(versions.items()),
        )
    return days | _days((fact.received_on, fact.closed_on) for fact in facts)


def _days(pairs: Iterable[tuple[date, date | None]]) -> set[date]:
    return {day for pair in pairs for day in pair if day is not None}


@contextmanager
def _alone() -> Iterator[None]:
    """In one transaction, waiting for whoever keeps the figures up at the moment."""
    Keeper.objects.get_or_create(pk=Keeper.THE_ONE)
    with transaction.atomic():
        Keeper.objects.select_for_update().get(pk=Keeper.THE_ONE)
        yield


def rebuild(*, say: Say, batch: int = 2000) -> int:
    """Write the facts of all cases anew and the tallies of all days; returns how many cases.

    A batch at a time, each in a transaction of its own, while everything goes on. Stopped in
    between, it is to be run again: the tallies come last, and the worker does not count what has
    its facts. `say(what, done, of)` hears of each batch.
    """
    at, done, last, total = timezone.now(), 0, 0, Case.objects.count()
    while True:
        with _alone():
            rows = Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
            keys = list(rows[:batch])
            store(keys, at=at)
        if not keys:
            break
        last, done = keys[-1], done + len(keys)
        say("facts", done, max(total, done))
    days = tallies.all_days()
    for start in range(0, len(days), DAYS_AT_ONCE):
        with _alone():
            tallies.refresh(days[start : start + DAYS_AT_ONCE])
        say("days", min(start + DAYS_AT_ONCE, len(days)), len(days))
    for first in tallies.all_months():
        with _alone():
            tallies.refresh_month(first)
    return done


def check(*, say: Say, batch: int = 2000) -> Iterator[str]:
    """Derive all facts from the cases and all tallies from the facts, and compare: a line for
    whatever is not as it should be. What moved and is not counted yet is counted first."""
    while keep_up(batch=batch):
        pass
    done, last, total = 0, 0, Case.objects.count()
    while True:
        with _alone():
            rows = Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
            keys = list(rows[:batch])
            found = list(_differing_facts(keys, timezone.now()))
        if not keys:
            break
        yield from found
        last, done = keys[-1], done + len(keys)
        say("facts", done, max(total, done))
    days = tallies.all_days()
    for start in range(0, len(days), DAYS_AT_ONCE):
        with _alone():
            found = list(_differing_tallies(days[start : start + DAYS_AT_ONCE]))
        yield from found
        say("days", min(start + DAYS_AT_ONCE, len(days)), len(days))
    for first in tallies.all_months():
        with _alone():
            found = list(_differing_months(first))
        yield from found


def _differing_facts(keys: list[int], at: datetime) -> Iterator[str]:
    """Whoever calls it holds the keeper, so what moves meanwhile stays marked: which ones did is
    asked last."""
    facts, _versions = derive(keys, at=at)
    known = {fact.pk: values(fact) for fact in Fact.objects.filter(pk__in=keys)}
    moved = set(Case.objects.filter(pk__in=keys, is_counted=False).values_list("pk", flat=True))
    moved |= {key for key, was in known.items() if was["looks_at"] and was["looks_at"] < at}
    for fact in facts:
        if fact.pk in moved:
            continue
        right, there = values(fact), known.get(fact.pk)
        if there is None:
            yield f"case {fact.pk}: no facts"
            continue
        for name in right:
            if there[name] != right[name]:
                yield f"case {fact.pk}: {name} is {there[name]!r}, not {right[name]!r}"


def _differing_tallies(days: list[date]) -> Iterator[str]:
    right, there = tallies.compute(days), tallies.stored(days)
    for place, day in sorted(right.keys() | there.keys()):
        row = there.get((place, day))
        yield from _differing(
            f"{place} on {day}", right.get((place, day), Counter()), row.counts if row else {}
        )


def _differing_months(first: date) -> Iterator[str]:
    right = tallies.sum_month(first)
    there = dict(Tally.objects.filter(is_month=True, day=first).values_list("place", "counts"))
    for place in sorted(right.keys() | there.keys()):
        where = f"{place} in {first:%Y-%m}"
        yield from _differing(where, right.get(place, Counter()), there.get(place, {}))


def _differing(where: str, right: Mapping[str, int], there: Mapping[str, int]) -> Iterator[str]:
    for name in sorted(right.keys() | there.keys()):
        if right.get(name, 0) != there.get(name, 0):
            yield f"{where}: {name} is {there.get(name, 0)}, not {right.get(name, 0)}"
