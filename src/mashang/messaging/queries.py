"""Reading the outbox for the demonstration's phone."""

from dataclasses import dataclass

from django.db.models import Max

from mashang.core.crypto import blind_index
from mashang.core.phones import WrongPhone, clean_phone
from mashang.messaging import templates
from mashang.messaging.models import Message, MessageState
from mashang.people.models import Account

PHONES_SHOWN = 30
MESSAGES_SHOWN = 300
MESSAGES_FED = 500


@dataclass(frozen=True)
class Shown:
    """One SMS as a phone shows it; its text in three pieces so that the link can be tapped."""

    message: Message
    before: str
    link: str
    after: str


@dataclass(frozen=True)
class Phone:
    """One number with its messages, newest first, and whose it is if somebody of the staff."""

    number: str
    owner: str
    messages: list[Shown]


def _shown(message: Message) -> Shown:
    text = templates.render(message.template, message.params, message.language)
    link = message.params.get("link", "")
    before, link, after = text.partition(link) if link else (text, "", "")
    return Shown(message, before, link, after)


def phones(number: str = "") -> list[Phone]:
    """The phones that were written to last, or the one with this number; none for a wrong one."""
    rows = Message.objects.exclude(phone_index="")  # the numbers of residents who had them erased
    if number:
        try:
            rows = rows.filter(phone_index=blind_index(clean_phone(number)))
        except WrongPhone:
            return []
    newest = rows.order_by().values("phone_index").annotate(newest=Max("id")).order_by("-newest")
    indexes = [row["phone_index"] for row in newest[:PHONES_SHOWN]]
    owners = dict(
        Account.objects.filter(phone_index__in=indexes).values_list("phone_index", "name")
    )
    grouped: dict[str, list[Message]] = {index: [] for index in indexes}
    for message in rows.filter(phone_index__in=indexes).order_by("-id")[:MESSAGES_SHOWN]:
        grouped[message.phone_index].append(message)
    return [
        Phone(messages[0].phone, owners.get(index, ""), [_shown(message) for message in messages])
        for index, messages in grouped.items()
        if messages
    ]


def sent_after(key: int) -> list[Shown]:
    """The messages after this one that are on their way, oldest first; at most MESSAGES_FED."""
    rows = Message.objects.filter(
        pk__gt=key, state__in=(MessageState.SENT, MessageState.DELIVERED)
    ).exclude(phone_index="")
    return [_shown(message) for message in rows.order_by("pk")[:MESSAGES_FED]]


def last_key() -> int:
    return Message.objects.aggregate(last=Max("pk"))["last"] or 0
