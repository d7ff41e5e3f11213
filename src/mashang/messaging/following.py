"""Residents who have messages by WeChat: an openid bound to a phone that was proved by a code.

Where the city has such an account, a message to a resident whose phone is bound goes there too, as
a message of its own in the same outbox. By setting it goes there first: the SMS then waits two
minutes, goes out if WeChat failed, and is dropped if it did not. Codes always go by SMS alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.core.crypto import blind_index
from mashang.messaging import lanes, texts
from mashang.messaging.lanes import Lane
from mashang.messaging.models import (
    Address,
    Channel,
    Message,
    MessageState,
    ProviderKind,
    Purpose,
)
from mashang.people.actors import Resident

# Numbers are given to other people after a while: then who had it before must hear nothing more.
LASTS = timedelta(days=180)
HOLD = timedelta(minutes=2)
ENDING = ":w"


def lane() -> Lane | None:
    """The city's official account, where it has one."""
    return next(iter(lanes.of_kinds((ProviderKind.WECHAT,))), None)


def goes_first() -> bool:
    """Whether the SMS waits for WeChat; only where WeChat tells what did not arrive."""
    account = lane() if settings.WECHAT_FIRST else None
    return account is not None and account.sender.tells  # type: ignore[attr-defined]


def bound(phones: Iterable[str]) -> dict[str, Address]:
    """Where the owners of these phones (by their index) have their messages in WeChat."""
    rows = Address.objects.filter(
        channel=Channel.WECHAT,
        phone_index__in=[phone for phone in phones if phone],
        since__gt=timezone.now() - LASTS,
    )
    return {row.phone_index: row for row in rows}


def bind(phone_index: str, openid: str, *, by: Resident, about: str, place: str) -> None:
    """Send what goes to this phone to this person in WeChat as well; a phone has one."""
    with transaction.atomic():
        known = Address.objects.filter(channel=Channel.WECHAT, phone_index=phone_index)
        known.select_for_update().delete()
        Address.objects.create(
            channel=Channel.WECHAT,
            phone_index=phone_index,
            fields={"openid": openid},
            digest=blind_index(openid, purpose="wechat"),
        )
        record("wechat_bound", by=by, about=about, place=place)


def unbind(phone_index: str, *, by: Resident, about: str, place: str) -> None:
    with transaction.atomic():
        if forget(phone_index):
            record("wechat_unbound", by=by, about=about, place=place)


def forget(phone_index: str) -> int:
    """Forget where the owner of a phone has messages; how many rows."""
    rows = Address.objects.filter(channel=Channel.WECHAT, phone_index=phone_index)
    return rows.delete()[0] if phone_index else 0


def beside(messages: Sequence[Message], now: datetime) -> list[Message]:
    """What goes by WeChat beside these SMS, which are about to be queued; where it goes first,
    they are made to wait for it."""
    account = lane()
    if account is None:
        return []
    told = [m for m in messages if texts.TEXTS[m.template].purpose == Purpose.RESIDENT]
    where = bound({m.phone_index for m in told}) if told else {}
    found = []
    for message in told:
        address = where.get(message.phone_index)
        if address is None or address.trouble:
            continue
        copy = _copy(message, address)
        if isinstance(lanes.wording(account, copy), str):
            continue  # no template, or a value that does not fit in
        found.append(copy)
        if goes_first():
            message.next_attempt_at = max(message.next_attempt_at, now + HOLD)
    return found


def _copy(message: Message, address: Address) -> Message:
    return Message(
        key=copy_key(message.key),
        template=message.template,
        language=message.language,
        params=message.params,
        phone="",
        phone_index=message.phone_index,
        channel=Channel.WECHAT,
        address=address,
        subject=message.subject,
        queued_at=message.queued_at,
        next_attempt_at=message.next_attempt_at,
        expires_at=message.expires_at,
    )


def copy_key(key: str) -> str:
    return key[: 120 - len(ENDING)] + ENDING


def said_by_wechat(messages: Sequence[Message]) -> dict[int, str]:
    """SMS that need not go out any more, where WeChat goes first: id → why."""
    if not goes_first():
        return {}
    keys = {
        copy_key(m.key): m.pk
        for m in messages
        if m.channel == Channel.SMS and texts.TEXTS[m.template].purpose == Purpose.RESIDENT
    }
    gone = Message.objects.filter(
        key__in=keys, state__in=(MessageState.SENT, MessageState.DELIVERED)
    )
    return {keys[key]: _dropped() for key in gone.values_list("key", flat=True)} if keys else {}


def _dropped() -> str:
    return _("已用微信发出")


def fall_back(message: Message) -> None:
    """WeChat failed: the SMS that waited for it, or was dropped for it, goes out now. Call it in
    the transaction that records the failure."""
    if message.channel != Channel.WECHAT or not settings.WECHAT_FIRST:
        return
    now = timezone.now()
    rows = Message.objects.filter(key=message.key.removesuffix(ENDING), channel=Channel.SMS)
    rows.filter(state=MessageState.QUEUED).update(next_attempt_at=now)
    rows.filter(state=MessageState.ABORTED, reason=_dropped()).update(
        state=MessageState.QUEUED,
        reason="",
        next_attempt_at=now,
        expires_at=now + timedelta(days=1),
    )
