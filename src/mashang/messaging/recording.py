"""What becomes of messages that a worker or a sweep holds, written down."""

import json
import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Expression, F, QuerySet, TextField
from django.utils import timezone

from mashang.core.text import mask_phone
from mashang.messaging import following, registry
from mashang.messaging.models import Channel, Message, MessageState

logger = logging.getLogger(__name__)
FAILURES = (MessageState.FAILED, MessageState.EXPIRED)
PHONE = re.compile(r"1\d{10}")


def without_phones(words: str) -> str:
    """What a provider says, with the phones masked that some quote."""
    return PHONE.sub(lambda found: mask_phone(found[0]), words)


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message that a worker or a sweep holds."""

    state: MessageState
    reason: str = ""
    reference: str = ""
    next_attempt_at: datetime | None = None
    is_attempt: bool = True
    parts: int = 1


def record(still: QuerySet[Message], outcomes: Mapping[Message, Outcome]) -> None:
    """Write the outcomes of those messages that `still` holds, equal ones with one statement.

    A message that failed is written together with what its failure sets off, each in a
    transaction of its own: the next person is told exactly once.
    """
    groups: dict[Outcome, list[tuple[int, str]]] = defaultdict(list)
    for message, outcome in outcomes.items():
        if outcome.state in FAILURES:
            _record_failure(still, message, outcome)
        else:
            groups[replace(outcome, reference="")].append((message.pk, outcome.reference))
    for outcome, rows in groups.items():
        still.filter(pk__in=[pk for pk, _ref in rows]).update(**_changes(outcome, rows))


def _record_failure(still: QuerySet[Message], message: Message, outcome: Outcome) -> None:
    message.state, message.reason = outcome.state, outcome.reason
    try:
        with transaction.atomic():
            failed = still.filter(pk=message.pk).update(**_changes(outcome, []))
            if failed and message.channel == Channel.SMS:  # a reminder is only a second word
                registry.tell_of_failure(message)
            elif failed:
                following.fall_back(message)
    except Exception:
        # Nothing was written; the next sweep finds the message as it was and tries again.
        logger.exception("what follows a failed SMS could not be done: %s", message.key)


def _changes(outcome: Outcome, rows: Sequence[tuple[int, str]]) -> dict[str, Any]:
    changes: dict[str, Any] = {"state": outcome.state}
    if outcome.state != MessageState.EXPIRED:
        changes["reason"] = outcome.reason[:200]  # an expired one keeps why it could not go out
    if outcome.is_attempt:
        changes["attempts"] = F("attempts") + 1
    if outcome.next_attempt_at is not None:
        changes["next_attempt_at"] = outcome.next_attempt_at
    if outcome.state == MessageState.SENT:
        changes["sent_at"] = timezone.now()
        changes["provider_reference"] = _references(rows)
        if outcome.parts != 1:
            changes["parts"] = outcome.parts
    return changes


def _references(rows: Sequence[tuple[int, str]]) -> Any:
    if len({reference for _pk, reference in rows}) == 1:
        return rows[0][1][:80]
    return LookedUp({pk: reference[:80] for pk, reference in rows})


class LookedUp(Expression):
    """Each row's own text, looked up by its key: one parameter for any number of rows, where a
    CASE costs more than all else that is recorded."""

    output_field = TextField()

    def __init__(self, texts: Mapping[int, str]):
        super().__init__()
        self._texts = json.dumps(texts, ensure_ascii=False)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        return "json_extract(%s, '$.\"' || id || '\"')", [self._texts]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        return "(CAST(%s AS jsonb) ->> CAST(id AS text))", [self._texts]
