"""What the outbox asks of cases: is a message still right to send, and what if it cannot be."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mashang.cases.access import visible_to
from mashang.cases.actions import entries, replying, telling
from mashang.cases.actions.moves.contacting import proof_of
from mashang.cases.actions.moving import lock
from mashang.cases.contact import Proof
from mashang.cases.flow import ClockName, Phase, State
from mashang.cases.models import Case, Clock
from mashang.cases.models.case import REQUEST
from mashang.messaging.actions import queue
from mashang.messaging.models import Message
from mashang.messaging.nudging import REPEATED
from mashang.messaging.registry import (
    register_audience,
    register_check,
    register_failure,
    register_reply,
    register_scope,
)
from mashang.people.actors import SYSTEM

NEW_ORDER = (
    "duty_new",
    "duty_urgent",
    "duty_anonymous",
    "sealed_new",
    "sealed_anonymous",
    "passed_up",
    "reopened_duty",
    "duty_failed",
)
HANDED_OVER = "handed_over"
OF_A_CLOCK = {f"{name}_{step}": name for name in ClockName for step in ("warning", "overdue")}
QUESTION, CHECK = "question", "contact_check"
REMINDERS = frozenset(REPEATED.values())


def case_key(message: Message) -> int | None:
    kind, _colon, key = message.subject.partition(":")
    return int(key) if kind == "case" and key.isdigit() else None


def _account_key(message: Message) -> int | None:
    """Whom a duty message is for: the last part of its key, as `telling` wrote it."""
    last = message.key.rpartition(":")[2]
    return int(last[1:]) if last[:1] == "a" and last[1:].isdigit() else None


def no_longer_right(messages: Sequence[Message]) -> dict[int, str]:
    """Messages that would mislead by now: id → why. Two queries for any number of messages, and
    one for each that asks about a call."""
    keys = {case_key(message) for message in messages} - {None}
    cases = Case.objects.only("state", "phase", "assignee", "is_sealed").in_bulk(
        [key for key in keys if key]
    )
    live = set(Clock.objects.filter(case__in=cases, stopped_at=None).values_list("case_id", "name"))
    found: dict[int, str] = {}
    for message in messages:
        case = cases.get(case_key(message) or 0)
        if case is None:
            continue
        if message.template in (*NEW_ORDER, HANDED_OVER):
            if not _is_to_be_begun(message, case):
                found[message.pk] = "已有人接手或已撤回"
            elif case.assignee_id != _account_key(message):
                found[message.pk] = "已改派他人"
        elif message.template in OF_A_CLOCK and (case.pk, OF_A_CLOCK[message.template]) not in live:
            found[message.pk] = "时限已经结束"
        elif message.template == CHECK and proof_of(case) != Proof.CLAIMED:
            found[message.pk] = "诉求人已经说过"
        elif message.template in REMINDERS and (
            case.is_sealed or case.phase not in (Phase.OPEN, Phase.WAITING)
        ):
            found[message.pk] = "已不需要提醒"
        elif message.template == QUESTION and case.phase != Phase.WAITING:
            found[message.pk] = "已不需要补充"
    return found


def _is_to_be_begun(message: Message, case: Case) -> bool:
    """Whether the order that the message brings still waits for its person to begin."""
    if message.template == HANDED_OVER:
        return case.phase in (Phase.OPEN, Phase.WAITING)
    return case.state == State.DISPATCHED


def audience(messages: Sequence[Message]) -> dict[int, int | None]:
    """Which duty messages may be repeated on other channels, and in which unit's group: of a
    sealed matter none, and none in a group where there is anybody who must not hear of it."""
    keys = {case_key(message) for message in messages} - {None}
    cases = Case.objects.only("is_sealed", "has_conflicts", "unit").in_bulk(
        [key for key in keys if key]
    )
    found: dict[int, int | None] = {}
    for message in messages:
        case = cases.get(case_key(message) or 0)
        if case is not None and not case.is_sealed:
            found[message.pk] = None if case.has_conflicts else case.unit_id
    return found


def tell_the_next(message: Message, *, at: datetime | None = None) -> None:
    """A message could not be delivered: it is written into the case, and a duty message goes to
    the next person who can be called, down to the unit above."""
    at = at or timezone.now()
    key = case_key(message)
    if key is None:
        return
    with transaction.atomic():
        case = lock(key)
        if case is None:
            return
        entries.record(
            case,
            move="sms_failed",
            by=SYSTEM,
            at=at,
            data={"template": message.template, "reason": message.reason},
        )
        failed = _account_key(message)
        if case.flow != REQUEST:
            _tell_another(case, message, failed, at=at)
            return
        is_order = message.template in (*NEW_ORDER, HANDED_OVER)
        if failed is None or not is_order or case.assignee_id != failed:
            return
        tried = _already_told(case)
        following = telling.on_call_for(case, at=at, without=tried | {failed})
        if following is None or not _is_to_be_begun(message, case):
            return
        entry = entries.record(
            case,
            move="reassign",
            by=SYSTEM,
            at=at,
            data={"assignee": following.account.pk, "reason": "sms_failed"},
            assignee=following.account,
        )
        due = telling.contact_due(case, Clock.objects.filter(case=case, stopped_at=None))
        template = "duty_failed" if case.state == State.DISPATCHED else HANDED_OVER
        order = telling.ToStaff(case, following.account, template, str(entry.seq), at, due=due)
        queue(telling.staff_drafts([order], at=at))


def _tell_another(case: Case, message: Message, failed: int | None, *, at: datetime) -> None:
    """A duty message of a service goes on, as it is, to the next who may open the case."""
    if failed is None:
        return
    tried = _already_told(case, (message.template,)) | {failed}
    following = telling.on_call_of_service(case, at=at, without=tried)
    if following is not None:
        occasion = f"after{message.pk}"
        order = telling.ToStaff(case, following, message.template, occasion, at)
        queue(telling.staff_drafts([order], at=at))


def _already_told(case: Case, templates: Sequence[str] = (*NEW_ORDER, HANDED_OVER)) -> set[int]:
    """Everybody whose duty message about this case could not be delivered."""
    failed = Message.objects.filter(
        subject=case.subject,
        template__in=templates,
        state__in=("failed", "expired"),
    )
    return {key for message in failed if (key := _account_key(message))}


def register() -> None:
    register_check(
        (*NEW_ORDER, HANDED_OVER, *OF_A_CLOCK, QUESTION, CHECK, *REMINDERS), no_longer_right
    )
    register_audience(audience)
    register_failure(tell_the_next)
    register_scope("case", visible_to)
    register_reply(replying.take)
