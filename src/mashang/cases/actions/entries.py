"""Writing entries: the only place that adds to a chain."""

from datetime import datetime
from typing import Any

from mashang.cases.models import Case, Entry
from mashang.core import chain
from mashang.people.actors import Actor, Staff


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

    Raises Overtaken where another writer was faster. Entry times never run backwards, even
    where the machine's clock was set back. Call inside a transaction.
    """
    state = changes.get("state", case.state)
    at = max(at, case.moved_at)
    entry = _entry(case, case.version + 1, move, state, by, at, data)
    entry.digest = chain.link(case.head, entry.content(case.submission))
    changed = Case.objects.filter(pk=case.pk, version=case.version).update(
        version=entry.seq, head=entry.digest, moved_at=at, **changes
    )
    if not changed:
        raise Overtaken(f"case {case.pk} is no longer at version {case.version}")
    entry.save(force_insert=True)
    case.version, case.head, case.moved_at = entry.seq, entry.digest, at
    for name, value in changes.items():
        setattr(case, name, value)
    return entry
