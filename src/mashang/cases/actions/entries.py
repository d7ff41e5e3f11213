"""Writing entries: the only place that adds to a chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from mashang.cases.models import Case, Entry
from mashang.core import chain
from mashang.people.actors import Actor, Staff


@dataclass(frozen=True)
class Happening:
    """What is to be written into a case's chain."""

    case: Case
    move: str
    data: dict[str, Any]


class Overtaken(Exception):
    """Somebody else changed the case in the meantime; nothing was written."""


def _entry(
    case: Case, seq: int, move: str, state: str, by: Actor, at: datetime, data: Any
) -> Entry:
    return Entry(
        case=case,
        seq=seq,
        at=at,
        move=move,
        state=state,
        actor=by.described(),
        account=by.account if isinstance(by, Staff) else None,
        data=data,
    )


def first(case: Case, *, move: str, by: Actor, data: dict[str, Any]) -> Entry:
    """The entry that a chain begins with, for a case not stored yet; sets the case's head."""
    entry = _entry(case, 1, move, case.state, by, case.received_at, data)
    entry.digest = chain.link(chain.START, entry.content(case.submission))
    case.version, case.head, case.moved_at = 1, entry.digest, entry.at
    return entry


def record(
    case: Case, *, move: str, by: Actor, at: datetime, data: dict[str, Any], **changes: Any
) -> Entry:
    """Add an entry and apply `changes` to the case, in one compare-and-set on its version.

    Raises Overtaken where another writer was faster. Call inside a transaction.
    """
    version = case.version
    entry = _following(Happening(case, move, data), by, at, state=changes.get("state", case.state))
    changed = Case.every.filter(pk=case.pk, version=version).update(
        version=case.version,
        head=case.head,
        moved_at=case.moved_at,
        is_counted=False,
        **changes,
    )
    if not changed:
        raise Overtaken(f"case {case.pk} is no longer at version {version}")
    entry.save(force_insert=True)
    for name, value in changes.items():
        setattr(case, name, value)
    return entry


def record_all(happenings: Sequence[Happening], *, by: Actor, at: datetime) -> None:
    """Add many entries that change nothing in their cases but the chain.

    Call it with every case locked and read under that lock.
    """
    rows = [_following(each, by, at, state=each.case.state) for each in happenings]
    Entry.objects.bulk_create(rows)
    _move_on({each.case.pk: each.case for each in happenings})


def _move_on(cases: dict[int, Case]) -> None:
    """Store how far these chains have come. One small statement, sent for all cases at once: the
    single large one of Django's `bulk_update` takes the worker a third of its whole time."""
    fields = [Case._meta.get_field(name) for name in ("version", "head", "moved_at", "id")]
    rows = [
        [field.get_db_prep_save(getattr(case, field.attname), connection) for field in fields]
        for case in cases.values()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Case._meta.db_table} SET version = %s, head = %s, moved_at = %s,"  # noqa: S608
            " is_counted = FALSE WHERE id = %s",
            rows,
        )


def _following(what: Happening, by: Actor, at: datetime, *, state: str) -> Entry:
    """The next entry of the case's chain; the case in hand is moved on to it. Entry times never
    run backwards, even where the machine's clock was set back."""
    case, at = what.case, max(at, what.case.moved_at)
    entry = _entry(case, case.version + 1, what.move, state, by, at, what.data)
    entry.digest = chain.link(case.head, entry.content(case.submission))
    case.version, case.head, case.moved_at = entry.seq, entry.digest, entry.at
    return entry
