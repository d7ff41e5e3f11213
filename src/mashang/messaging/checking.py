"""Whether what is due is still right to send, asked just before it is."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.cached import Fresh
from mashang.core.phones import is_mobile
from mashang.messaging import following, registry, texts
from mashang.messaging.actions import end_of_quiet
from mashang.messaging.models import Channel, DoNotSend, Message, MessageState
from mashang.messaging.recording import Outcome

logger = logging.getLogger(__name__)
_unwanted: Fresh[frozenset[str]] = Fresh(
    lambda: frozenset(DoNotSend.objects.values_list("phone_index", flat=True))
)

FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)
OWN_LIMIT = [code for code, text in texts.TEXTS.items() if text.has_own_limit]


def delay(attempts: int) -> timedelta:
    """The wait after a temporary failure that `attempts` others preceded: a minute, doubling to
    an hour."""
    return min(FIRST_DELAY * 2 ** min(attempts, 10), LONGEST_DELAY)


def not_to_be_sent(messages: Sequence[Message], now: datetime) -> dict[Message, Outcome]:
    """The outcomes of those messages that must not go out now, or not at all."""
    outcomes: dict[Message, Outcome] = {}
    for message in messages:
        morning = end_of_quiet(message.template, now)
        if message.channel == Channel.WECHAT:
            if message.address is None or message.address.trouble or _is_unwanted(message):
                outcomes[message] = Outcome(
                    MessageState.ABORTED, _("不再用微信发给这个人"), is_attempt=False
                )
            elif morning is not None:
                outcomes[message] = Outcome(
                    MessageState.QUEUED, next_attempt_at=morning, is_attempt=False
                )
        elif message.channel != Channel.SMS:
            # The staff's reminders, at any hour like the SMS that they go beside.
            if message.address is None or message.address.trouble:
                outcomes[message] = Outcome(
                    MessageState.ABORTED, _("已不再提醒这个地址"), is_attempt=False
                )
        elif not is_mobile(message.phone):
            outcomes[message] = Outcome(
                MessageState.FAILED, _("这个号码收不到短信"), is_attempt=False
            )
        elif _is_unwanted(message):
            outcomes[message] = Outcome(
                MessageState.WITHHELD, _("这个号码在不要发短信的名单上"), is_attempt=False
            )
        elif morning is not None:
            outcomes[message] = Outcome(
                MessageState.QUEUED, next_attempt_at=morning, is_attempt=False
            )
    dropped = following.said_by_wechat([m for m in messages if m not in outcomes])
    for message in messages:
        if message.pk in dropped:
            outcomes[message] = Outcome(MessageState.ABORTED, dropped[message.pk], is_attempt=False)
    outcomes.update(_refused([m for m in messages if m not in outcomes], now))
    outcomes.update(_beyond_quota([m for m in messages if m not in outcomes], now))
    return outcomes


def _is_unwanted(message: Message) -> bool:
    """Notices to somebody who wants none; what answers them this minute still goes out."""
    text = texts.TEXTS[message.template]
    return not (text.is_duty or text.is_prompt) and message.phone_index in _unwanted.get()


def _refused(messages: Sequence[Message], now: datetime) -> dict[Message, Outcome]:
    """What the registered checks say. A check that breaks holds its messages back for a while and
    no others."""
    outcomes: dict[Message, Outcome] = {}
    for check, asked in registry.checks_of(messages):
        try:
            reasons = check(asked)
        except Exception:
            logger.exception("an SMS check broke")
            for message in asked:
                outcomes[message] = Outcome(
                    MessageState.QUEUED,
                    _("核对未成"),
                    next_attempt_at=now + delay(message.attempts),
                )
            continue
        for message in asked:
            if message.pk in reasons:
                outcomes[message] = Outcome(
                    MessageState.ABORTED, reasons[message.pk], is_attempt=False
                )
    return outcomes


def _beyond_quota(messages: Sequence[Message], now: datetime) -> dict[Message, Outcome]:
    """Notices beyond what a phone may get in a day of the city, of all wordings and of one. Duty
    messages count and are never held back; codes have limits of their own and do not count."""
    limited = [
        m
        for m in messages
        if m.channel == Channel.SMS and not m.is_duty and m.template not in OWN_LIMIT
    ]
    if not limited:
        return {}
    counted = counted_today(now).filter(
        phone_index__in={message.phone_index for message in limited}
    )
    # Of messages on their way, here or in another worker, the older ones go first.
    places: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for phone_index, pk, state, template in counted.values_list(
        "phone_index", "pk", "state", "template"
    ):
        place = pk if state == MessageState.SENDING else 0
        places[phone_index].append((place, template))
    outcomes = {}
    for message in limited:
        before = [code for place, code in places[message.phone_index] if place < message.pk]
        reason = beyond_quota(len(before), before.count(message.template))
        if reason:
            outcomes[message] = Outcome(MessageState.WITHHELD, reason, is_attempt=False)
    return outcomes


def counted_today(now: datetime) -> QuerySet[Message]:
    """What counts against the quotas of a phone: of this day of the city, or on its way."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Message.objects.filter(
        Q(state=MessageState.SENDING)
        | Q(state__in=(MessageState.SENT, MessageState.DELIVERED), sent_at__gte=midnight)
    ).exclude(template__in=OWN_LIMIT)


def beyond_quota(today: int, same_today: int) -> str:
    """Why a phone that got so many notices today, and so many of this wording, gets no more."""
    if today >= settings.NOTICES_PER_PHONE_A_DAY:
        return _("今天发给这个号码的短信已满 {most} 条").format(
            most=settings.NOTICES_PER_PHONE_A_DAY
        )
    if same_today >= settings.SAME_NOTICE_PER_PHONE_A_DAY:
        return _("今天发给这个号码的这种短信已满 {most} 条").format(
            most=settings.SAME_NOTICE_PER_PHONE_A_DAY
        )
    return ""
