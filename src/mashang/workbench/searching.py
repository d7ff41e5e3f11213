"""Finding cases by words, newest first, quick also for words that stand in every third case.

SQLite reads its full-text index in the order of the cases and stops early. PostgreSQL cannot: its
index gives all that have the words at once. So there the newest cases that the person sees are
looked through, a part at a time, which is quick for all but rare words; and where the words turn
out to be rare, the index is asked, which then has little to give.

Either way each case passes through `visible_to`, and its words are held against those looked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from mashang.cases.models import Case
from mashang.workbench import grams
from mashang.workbench.fields import FULL_TEXT, as_array, as_tokens
from mashang.workbench.models import SearchRow

WALKED = 2000  # cases looked through at a time
RARE = 0.005  # of them
HITS = 500  # taken from SQLite's index at a time
PARTS = 4  # so often, before the search begins with what the person sees
READ = 60  # cases whose words are read at a time


@dataclass(frozen=True)
class Found:
    """Cases that have the words, newest first; `rest` says where the next ones begin, None where
    there are no more."""

    keys: list[int]
    rest: int | None


def find(
    visible: QuerySet[Case], wanted: Sequence[str], *, most: int, below: int | None = None
) -> Found:
    """The newest `most` cases of `visible` that have all of `wanted` (made by `grams.words`), of
    those with a key below `below`. `visible` comes without order and whole."""
    if not wanted:
        return Found([], None)
    ways = {"postgresql": _walking, "sqlite": _reading}
    pairs = grams.pairs(wanted)
    found: list[int] = []
    for hits in ways[connection.vendor](visible, pairs, below or 2**62):
        for key in _checked(visible, wanted, hits):
            if len(found) == most:
                return Found(found, found[-1])
            found.append(key)
    return Found(found, None)


def _walking(visible: QuerySet[Case], pairs: list[int], below: int) -> Iterator[list[int]]:
    """PostgreSQL: keys of cases that have the pairs, newest first, in parts."""
    walked = had = 0
    while True:
        newest = visible.filter(pk__lt=below).order_by("-pk").values_list("pk", flat=True)
        keys = list(newest[:WALKED])
        # By key alone: the index of the pairs would give every case of the city that has them.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT row.case_id FROM unnest(%s::bigint[]) AS seen (key) "
                "JOIN workbench_searchrow AS row ON row.case_id = seen.key "
                "AND (row.pairs @> %s::integer[]) IS TRUE ORDER BY row.case_id DESC",
                [as_array(keys), as_array(pairs)],
            )
            hits = [key for (key,) in cursor.fetchall()]
        yield hits
        if len(keys) < WALKED:
            return
        below, walked, had = keys[-1], walked + len(keys), had + len(hits)
        if had < RARE * walked:
            break
    rows = SearchRow.objects.filter(pairs__hold=pairs, pk__lt=below)
    yield sorted(rows.values_list("pk", flat=True), reverse=True)


def _reading(visible: QuerySet[Case], pairs: list[int], below: int) -> Iterator[list[int]]:
    """SQLite: the same. Where words are common and the person sees few of the cases, it begins
    with these after a while."""
    for _part in range(PARTS):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT rowid FROM {FULL_TEXT} WHERE {FULL_TEXT} MATCH %s "  # noqa: S608
                "AND rowid < %s ORDER BY rowid DESC LIMIT %s",
                [as_tokens(pairs), below, HITS],
            )
            hits = [key for (key,) in cursor.fetchall()]
        yield hits
        if len(hits) < HITS:
            return
        below = hits[-1]
    while True:
        rows = visible.filter(pk__lt=below, search_row__pairs__hold=pairs).order_by("-pk")
        hits = list(rows.values_list("pk", flat=True)[:HITS])
        yield hits
        if len(hits) < HITS:
            return
        below = hits[-1]


def _checked(visible: QuerySet[Case], wanted: Sequence[str], keys: Sequence[int]) -> Iterator[int]:
    """Of these keys those that the person sees and whose words are really there."""
    for start in range(0, len(keys), READ):
        rows = visible.filter(pk__in=keys[start : start + READ]).order_by("-pk")
        for key, *texts in rows.values_list("pk", "text", "spot", "answer"):
            if grams.holds(texts, wanted):
                yield key
