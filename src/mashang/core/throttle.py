"""Holding floods back: how often a thing may happen in a time, counted in one statement.

Addresses and phones are counted under a keyed digest and never stored. Windows are fixed: an
hour's limit counts from the full hour (UTC), so at a border twice the limit can pass within an
hour; a flood is stopped all the same, and one row a window is all it costs.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from mashang.core.crypto import blind_index
from mashang.core.models import Hit

logger = logging.getLogger(__name__)

HOUR, DAY = 3_600, 86_400
KEPT_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Limit:
    """At most `most` hits of `value` (an address, a phone) within `per_seconds`, a day at most.

    `name` says what is limited, such as "reports of an address": it keeps the counts of different
    doings apart, and the operator reads it in the log.
    """

    name: str
    value: str
    per_seconds: int
    most: int

    def __post_init__(self) -> None:
        if not 1 <= self.per_seconds <= DAY or self.most < 1:
            raise ValueError(f"{self.name}: a limit is 1 or more within 1 second to 1 day")

    @property
    def key(self) -> str:
        return blind_index(f"{self.name}\n{self.per_seconds}\n{self.value}", purpose="throttle")


def over(limits: Sequence[Limit]) -> list[Limit]:
    """Count one hit for each of `limits` and return those that it exceeds, in their order.

    One statement, right under any number of processes at once. Call it before the transaction
    that does the work: inside one, the rows stay locked until it ends, and a rollback takes
    the hit back. Every limit that is exceeded is logged as a warning, by its name alone.
    """
    if not limits:
        return []
    now = int(timezone.now().timestamp())
    keys = [limit.key for limit in limits]
    windows = {key: now - now % limit.per_seconds for key, limit in zip(keys, limits, strict=True)}
    counts = _count(windows)
    exceeded = []
    for key, limit in zip(keys, limits, strict=True):
        if counts[key] > limit.most:
            exceeded.append(limit)
            _record(limit, counts[key])
    return exceeded


def give_back(limits: Sequence[Limit]) -> None:
    """Take back the hit that `over` counted just now, for doings of which only failures count."""
    now = int(timezone.now().timestamp())
    for limit in limits:
        hits = Hit.objects.filter(key=limit.key, window=now - now % limit.per_seconds)
        hits.filter(count__gt=0).update(count=F("count") - 1)


def used(limit: Limit) -> int:
    """How often it happened in the window that runs now."""
    now = int(timezone.now().timestamp())
    hits = Hit.objects.filter(key=limit.key, window=now - now % limit.per_seconds)
    return hits.values_list("count", flat=True).first() or 0


def forget(limits: Sequence[Limit]) -> None:
    """Begin counting anew at once, as when a person decided so."""
    Hit.objects.filter(key__in=[limit.key for limit in limits]).delete()


def window_ends(limit: Limit) -> datetime:
    """When the window that runs now is over."""
    now = int(timezone.now().timestamp())
    return datetime.fromtimestamp(now - now % limit.per_seconds + limit.per_seconds, UTC)


def _count(windows: dict[str, int]) -> dict[str, int]:
    """Add one to each key's count in its window (seconds since 1970); the counts after it.

    Rows are touched in the order of their keys, so two such statements never wait for each other.
    """
    quote = connection.ops.quote_name
    table, key, window, count = map(quote, (Hit._meta.db_table, "key", "window", "count"))
    rows = sorted(windows.items())
    # A power cut may cost the counts of its last second: only this one statement's transaction
    # does not wait for the disk.
    is_alone = connection.vendor == "postgresql" and not connection.in_atomic_block
    hasty = ", set_config('synchronous_commit', 'off', true)" if is_alone else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({key}, {window}, {count}) "  # noqa: S608 (names of our own)
            f"VALUES {', '.join(['(%s, %s, 1)'] * len(rows))} "
            f"ON CONFLICT ({key}, {window}) DO UPDATE SET {count} = {table}.{count} + 1 "
            f"RETURNING {key}, {count}{hasty}",
            [value for row in rows for value in row],
        )
        return {row[0]: row[1] for row in cursor.fetchall()}


def _record(limit: Limit, count: int) -> None:
    """Tell the operator: at the first hit too many, and again at each further `most` of them, so
    that ten thousand refusals are seen as such and do not fill the disk with lines."""
    if (count - 1) % limit.most == 0:
        logger.warning(
            "limit reached: %s, %d in a window of %d s, %d allowed",
            limit.name, count, limit.per_seconds, limit.most,
        )  # fmt: skip


def sweep() -> int:
    """Delete counts older than two days; returns how many."""
    ended = int((timezone.now() - KEPT_FOR).timestamp())
    return Hit.objects.filter(window__lt=ended).delete()[0]
