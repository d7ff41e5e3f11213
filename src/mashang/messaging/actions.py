"""Putting messages into the outbox and taking them out again; `sending` does the rest."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.core.phones import is_mobile
from mashang.core.statements import insert
from mashang.core.text import clean_line
from mashang.messaging import following, templates, texts
from mashang.messaging.models import Inbound, InboundState, Message, MessageState
from mashang.people.actors import SYSTEM, Actor, Staff

logger = logging.getLogger(__name__)

DAY = timedelta(hours=24)
LONGEST_KEY, LONGEST_SUBJECT = 120, 60
RETRIED_FROM = (
    MessageState.FAILED,
    MessageState.EXPIRED,
    MessageState.WITHHELD,
    MessageState.ABORTED,
)


@dataclass(frozen=True)
class Draft:
    """A message to be queued.

    `key` makes it once: a second draft with the same key is dropped. `subject` names what it is
    about, such as `case:12`. `valid_for` runs from the first moment at which it may be sent; not
    sent by then, it expires.
    """

    template: str
    phone: str
    params: Mapping[str, object]
    key: str
    subject: str = ""
    language: str = "zh-hans"
    valid_for: timedelta = DAY
    not_before: datetime | None = field(default=None)


def end_of_quiet(template: str, at: datetime) -> datetime | None:
    """When the quiet hours (city time) that hold this template back at `at` are over; None where
    none do."""
    text = texts.TEXTS[template]
    local = timezone.localtime(at)
    is_day = settings.QUIET_TO <= local.hour < settings.QUIET_FROM
    if is_day or text.is_prompt or (text.is_duty and not text.waits):
        return None
    morning = local.replace(hour=settings.QUIET_TO, minute=0, second=0, microsecond=0)
    return morning if local.hour < settings.QUIET_TO else morning + timedelta(days=1)


def _values(draft: Draft) -> dict[str, str]:
    """The draft's values, checked. In production a wording fault is logged and mended, since no
    report may fail because of its SMS; anywhere else it raises ValueError."""
    try:
        return templates.needed(draft.template, draft.params)
    except ValueError:
        if not settings.PRODUCTION or draft.template not in texts.TEXTS:
            raise
        logger.exception("an SMS was mended: %s", draft.key)
        return templates.mended(draft.template, draft.params)


def _check_names(draft: Draft) -> None:
    """Keys travel in headers and addresses of a gateway."""
    if not (draft.key.isascii() and draft.key.isprintable() and draft.key):
        raise ValueError(f"a key has printable ASCII characters only: {draft.key!r}")
    if len(draft.key) > LONGEST_KEY or len(draft.subject) > LONGEST_SUBJECT:
        raise ValueError(f"the key or the subject is too long: {draft.key}")


def _message(draft: Draft, now: datetime) -> Message:
    values = {name: clean_line(value) for name, value in _values(draft).items()}
    start = max(now, draft.not_before or now)
    start = end_of_quiet(draft.template, start) or start
    return Message(
        key=draft.key,
        template=draft.template,
        language=draft.language,
        params=values,
        phone=draft.phone,
        phone_index=blind_index(draft.phone),
        subject=draft.subject,
        is_duty=texts.TEXTS[draft.template].is_duty,
        queued_at=now,
        next_attempt_at=start,
        expires_at=start + draft.valid_for,
    )


def queue(drafts: Sequence[Draft]) -> None:
    """Put messages into the outbox, with one query, in the caller's transaction.

    Nothing is sent here. A resident's landline (or no phone at all) is passed over without a
    word, as no SMS reaches it; a duty message to one is queued and fails, so that the next
    person is told. Raises ValueError where a template, its values or a key are wrong.
    """
    now = timezone.now()
    messages = []
    for draft in drafts:
        _check_names(draft)
        message = _message(draft, now)
        if message.is_duty or is_mobile(draft.phone):
            messages.append(message)
    if messages:
        messages += following.beside(messages, now)
        insert(*messages, passing_over_known=True)


def abort(subject: str, *, templates: Iterable[str] | None = None, reason: str = "") -> int:
    """Cancel what is queued about `subject`, of these templates or of all; returns how many.

    A message that a worker holds this moment is not stopped here: register a check for that.
    """
    waiting = Message.objects.filter(subject=subject, state=MessageState.QUEUED)
    if templates is not None:
        waiting = waiting.filter(template__in=list(templates))
    return waiting.update(state=MessageState.ABORTED, reason=reason or _("已不需要发送"))


def _name(by: Actor) -> str:
    return by.account.name if isinstance(by, Staff) else by.label


def abort_message(message: Message, *, by: Actor = SYSTEM) -> None:
    """Cancel one queued message. Raises Refused where it is no longer waiting."""
    with transaction.atomic():
        changed = Message.objects.filter(pk=message.pk, state=MessageState.QUEUED).update(
            state=MessageState.ABORTED, reason=_("由{name}取消").format(name=_name(by))
        )
        if not changed:
            raise Refused(_("这条短信已不在待发状态，无法取消。"))
        _record("message_aborted", message, by=by)


def retry(message: Message, *, by: Actor) -> None:
    """Queue anew what failed, expired, was withheld or cancelled, for another 24 hours.

    The key stays, so a gateway that knows it already will not send it a second time. Raises
    Refused where the message is on its way or was sent.
    """
    now = timezone.now()
    with transaction.atomic():
        changed = Message.objects.filter(pk=message.pk, state__in=RETRIED_FROM).update(
            state=MessageState.QUEUED,
            reason=_("由{name}重发").format(name=_name(by)),
            attempts=0,
            next_attempt_at=now,
            expires_at=now + DAY,
        )
        if not changed:
            raise Refused(_("这条短信正在发送或已经发出，无需重发。"))
        _record("message_retried", message, by=by)


def settle_reply(key: int, *, by: Actor) -> None:
    """Take an SMS that belonged to no case off the list, after a person saw to it."""
    with transaction.atomic():
        unmatched = Inbound.objects.filter(pk=key, state=InboundState.UNMATCHED)
        outcome = _("由{name}处理").format(name=_name(by))
        if unmatched.update(state=InboundState.DONE, outcome=outcome):
            record("reply_settled", by=by, data={"row": key})


def _record(kind: str, message: Message, *, by: Actor) -> None:
    data = {"template": message.template, "row": message.pk}
    record(kind, by=by, about=message.subject, data=data)


def forget_phone(phone: str, *, subject: str) -> int:
    """Cancel what waits for this phone about `subject`, and wipe the number and the values of
    all that was ever sent to it about that; returns how many. That something was sent stays.
    So does that something came from it by SMS, but neither its number nor its words. Nor is it
    kept where its owner has messages in WeChat."""
    about = {"subject": subject, "phone_index": blind_index(phone)}
    following.forget(blind_index(phone))
    why = _("诉求人已删除个人信息")
    replies = Inbound.objects.filter(**about)
    replies.filter(state=InboundState.UNMATCHED).update(state=InboundState.DONE, outcome=why)
    replies.update(phone="", phone_index="", words="")
    rows = Message.objects.filter(**about)
    rows.filter(state=MessageState.QUEUED).update(state=MessageState.ABORTED, reason=why)
    return rows.update(phone="", phone_index="", params={})
