"""Keeping the search up: what the worker does within a second or two after a report, and anew.

A report's own transaction only leaves a mark, `Case.is_indexed`; an answer takes it off again.
The mark goes by compare-and-set on the case's version: words that change while they are being
read are read once more.
"""

from collections.abc import Callable, Iterable, Sequence

from django.db import connection, transaction

from mashang.cases.models import Case, Requester, name_index
from mashang.workbench.grams import pairs
from mashang.workbench.models import SearchRow

BATCH = 500


def index_waiting(*, batch: int = BATCH) -> int:
    """Index up to `batch` cases that are not, oldest first; returns how many. Several workers
    share the work."""
    if not Case.objects.filter(is_indexed=False).exists():
        return 0
    with transaction.atomic():
        rows = (
            Case.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(is_indexed=False)
            .only("text", "spot", "answer")
            .order_by("pk")[:batch]
        )
        return index_cases(list(rows))


def index_cases(cases: Sequence[Case]) -> int:
    """Write the search rows of these cases and mark them; call it with the cases locked, or
    before anybody else knows of them (as whoever makes many at once)."""
    rows = [
        SearchRow(case=case, pairs=pairs((case.text, case.spot, case.answer))) for case in cases
    ]
    SearchRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["case"], update_fields=["pairs"]
    )
    keys = [case.pk for case in cases]
    _index_names(keys)
    Case.objects.filter(pk__in=keys, is_indexed=False).update(is_indexed=True)
    return len(keys)


def _index_names(keys: Iterable[int]) -> None:
    """Names stored before there was an index of them get theirs."""
    old = list(
        Requester.objects.filter(case__in=keys, name_index="", name__isnull=False).only("name")
    )
    for requester in old:
        requester.name_index = name_index(requester.name or "")
    if old:
        Requester.objects.bulk_update(old, ["name_index"])


def index_all(*, say: Callable[[int], None] = lambda _done: None, batch: int = BATCH) -> int:
    """Index everything anew; returns how many cases. It may be stopped and run again: it first
    takes every mark off and then works as the worker does, which helps where it runs too."""
    done = 0
    while count := index_waiting(batch=batch):
        done += count
        say(done)
    tidy()
    return done


def forget_all(*, batch: int = 20_000) -> None:
    """Take the mark off every case, a part at a time, so that no table is held up for long."""
    low = 0
    while True:
        keys = Case.objects.filter(pk__gt=low).order_by("pk").values_list("pk", flat=True)
        last = list(keys[batch - 1 : batch]) or list(keys.reverse()[:1])
        if not last:
            return
        Case.objects.filter(pk__gt=low, pk__lte=last[0], is_indexed=True).update(is_indexed=False)
        low = last[0]


def tidy() -> None:
    """Fold what PostgreSQL put aside while many rows came in, and count the words anew, so that
    the next search is quick."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('workbench_searchrow_pairs')")
        cursor.execute("ANALYZE workbench_searchrow")
