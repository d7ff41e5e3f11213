"""Keeping the facts up: what the worker does within a second or two after each entry of a case.

An entry takes the mark `Case.is_counted` off, in its own transaction and with the statement that
moves the chain on. The mark comes back by compare-and-set on the version that was counted: a case
that moved in between is counted once more.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from mashang.cases.models import Case
from mashang.insight.facts import COLUMNS, derive
from mashang.insight.models import Fact, Keeper

BATCH = 200


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
        store(keys, at=at)
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


def store(keys: Iterable[int], *, at: datetime) -> None:
    """Write the facts of these cases as they are now, and mark them as counted."""
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


def rebuild(*, say: Callable[[int], None] = lambda _done: None, batch: int = 2000) -> int:
    """Write the facts of all cases anew, oldest first; returns how many. `say` hears of each
    batch; stopped in between, what was done stays right."""
    at, done, last = timezone.now(), 0, 0
    while True:
        with transaction.atomic():
            Keeper.objects.get_or_create(pk=Keeper.THE_ONE)
            Keeper.objects.select_for_update().get(pk=Keeper.THE_ONE)
            rows = Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
            keys = list(rows[:batch])
            if not keys:
                return done
            store(keys, at=at)
        last, done = keys[-1], done + len(keys)
        say(done)
