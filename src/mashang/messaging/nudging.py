"""Reminders on other channels beside the duty SMS: e-mail, group robots, apps, browsers.

They add to the SMS and never replace it: each is a message of its own in the same outbox, with
the number, the community and the deadline alone, and what becomes of it changes nothing about the
SMS. Of a sealed matter nothing is repeated; a unit's group reads only what concerns nobody in it.
"""

from collections import defaultdict
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mashang.audit.actions import record
from mashang.core.crypto import blind_index
from mashang.core.statements import insert
from mashang.messaging import lanes, registry, texts
from mashang.messaging.lanes import Lane
from mashang.messaging.models import (
    OF_A_GROUP,
    OF_RESIDENTS,
    Address,
    Channel,
    Message,
    MessageState,
)
from mashang.messaging.sending import load
from mashang.people.actors import Staff
from mashang.people.models import Account, Unit

# Which duty SMS are repeated, and as what.
REPEATED = {
    "duty_new": "nudge_new",
    "duty_anonymous": "nudge_new",
    "reopened_duty": "nudge_new",
    "rework_duty": "nudge_new",
    "duty_failed": "nudge_new",
    "duty_urgent": "nudge_urgent",
    "contact_warning": "nudge_warning",
    "acknowledge_warning": "nudge_warning",
    "handling_warning": "nudge_warning",
    "contact_overdue": "nudge_overdue",
    "acknowledge_overdue": "nudge_overdue",
    "handling_overdue": "nudge_overdue",
}
LOOKED_BACK = timedelta(minutes=10)
VALID_FOR = timedelta(hours=1)
LONGEST_ADDRESS = 2000
OUT_OF_USE = (MessageState.ABORTED, MessageState.WITHHELD)
_seen: set[int] = set()


def forget() -> None:
    """Look at all anew, as a new process does."""
    _seen.clear()


def channels_in_use() -> list[str]:
    """The channels by which the staff are reminded that the city has a provider for today."""
    found = {lane.channel for lane in lanes.in_use()} - set(OF_RESIDENTS)
    return [channel for channel in Channel.values if channel in found]


def push_lane() -> Lane | None:
    """The provider of browser push, where the city has one."""
    return next((lane for lane in lanes.in_use() if lane.channel == Channel.PUSH), None)


def nudge_due() -> int:
    """Queue the reminders beside what duty SMS were queued in the last minutes; a step of the
    worker, each once however many workers there are. Returns how many were new to this one.

    It does not wait for the SMS: where those cannot leave just now, a reminder is worth most.
    """
    if not channels_in_use():
        return 0
    now = timezone.now()
    recent = Message.objects.filter(
        is_duty=True, queued_at__gt=now - LOOKED_BACK, template__in=REPEATED
    ).exclude(state__in=OUT_OF_USE)
    keys = set(recent.values_list("pk", flat=True))
    _seen.intersection_update(keys)
    unseen = sorted(keys - _seen)[:500]
    if not unseen:
        return 0
    readable, _unreadable = load(Message.objects.filter(pk__in=unseen).order_by("pk"))
    reminders = _reminders(readable)
    if reminders:
        insert(*reminders, passing_over_known=True)
    _seen.update(unseen)
    return len(reminders)


def _reminders(duty: list[Message]) -> list[Message]:
    audience = registry.audience_of(duty)
    duty = [message for message in duty if message.pk in audience]
    phones = {message.phone_index for message in duty} - {""}
    units = {unit for unit in audience.values() if unit}
    rows = (
        Address.objects.filter(channel__in=channels_in_use(), trouble="")
        .filter(Q(account__phone_index__in=phones, account__is_active=True) | Q(unit__in=units))
        .select_related("account")
        .defer("fields")
    )
    of_phone, of_unit = defaultdict(list), defaultdict(list)
    for row in rows:
        if row.account is not None:
            of_phone[row.account.phone_index].append(row)
        else:
            of_unit[row.unit_id].append(row)
    found = []
    for message in duty:
        for address in of_phone[message.phone_index]:
            found.append(_reminder(message, address, message.key))
        for address in of_unit.get(audience[message.pk], ()):
            # Several people are told of one thing, and their group once.
            found.append(_reminder(message, address, message.key.rpartition(":")[0]))
    return found


def _reminder(message: Message, address: Address, key: str) -> Message:
    template = REPEATED[message.template]
    names = texts.TEXTS[template].variables
    params = {name: message.params.get(name, "") for name in names}
    return _made(address, template, params, key=f"{key[:100]}:n{address.pk}", about=message.subject)


def _made(
    address: Address, template: str, params: dict[str, str], *, key: str, about: str = ""
) -> Message:
    now = timezone.now()
    return Message(
        key=key,
        template=template,
        params=params,
        phone="",
        phone_index="",
        channel=address.channel,
        address=address,
        subject=about,
        queued_at=now,
        next_attempt_at=now,
        expires_at=now + VALID_FOR,
    )


# Addresses ------------------------------------------------------------------------------------


def leads(actor: Staff) -> list[Unit]:
    """The units whose groups this person may have reminded: those that they head."""
    found = {post.unit_id: post.unit for post in actor.posts if post.is_lead}
    return list(found.values())


def visible_to(actor: Staff) -> "list[Address]":
    """One's own addresses and the groups of the units that one heads, without what is in them."""
    mine = Q(account=actor.account) | Q(unit__in=leads(actor))
    rows = Address.objects.filter(mine).select_related("unit").defer("fields")
    return list(rows.order_by("unit", "channel", "pk"))


def keep_address(
    channel: str, fields: dict[str, str], *, by: Staff, unit: Unit | None = None
) -> Address:
    """Have oneself reminded there, or the unit's group; a person has one of each channel but of
    browsers, a unit one group. What was there before is replaced."""
    if (channel in OF_A_GROUP) != (unit is not None):
        raise ValueError("a group's robot belongs to a unit, anything else to a person")
    whose: dict[str, Account | Unit | None] = {
        "account": None if unit else by.account,
        "unit": unit,
    }
    digest = blind_index("\n".join(f"{k}={v}" for k, v in sorted(fields.items())), purpose="nudge")
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=by.account.pk)
        known = Address.objects.filter(channel=channel, **whose)
        known = known.filter(digest=digest) if channel == Channel.PUSH else known
        known.delete()
        row = Address.objects.create(channel=channel, fields=fields, digest=digest, **whose)
        _record("address_kept", row, by=by)
    return row


def drop_address(key: int, *, by: Staff) -> bool:
    """Remind nobody there any more, and forget it; what waits for it is not sent."""
    row = next((row for row in visible_to(by) if row.pk == key), None)
    if row is None:
        return False
    with transaction.atomic():
        _record("address_dropped", row, by=by)
        row.delete()
    return True


def try_address(key: int, *, by: Staff) -> bool:
    """Send one reminder there, at most one a minute."""
    row = next((row for row in visible_to(by) if row.pk == key), None)
    if row is None:
        return False
    minute = int(timezone.now().timestamp()) // 60
    Address.objects.filter(pk=key).update(trouble="")
    insert(_made(row, "nudge_test", {}, key=f"nudge-test:{key}:{minute}"), passing_over_known=True)
    return True


def _record(kind: str, row: Address, *, by: Staff) -> None:
    record(kind, by=by, data={"channel": row.channel, "unit": row.unit_id or ""})
