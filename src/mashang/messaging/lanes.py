"""Providers as a worker uses them: which ones can carry a message, and which one gets it.

A lane is a provider of the city's data with its adapter, its pause and its health. Of those that
can carry a message one is drawn by weight, times the share that its health leaves it; one that is
down gets nothing but a probe now and then, and the others carry all.
"""

import logging
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.cached import Fresh
from mashang.core.text import clean_line
from mashang.core.versions import in_force
from mashang.messaging import senders, templates, texts
from mashang.messaging.breaker import Breaker, Health
from mashang.messaging.models import (
    THAT_CALL,
    Approval,
    ApprovalState,
    Channel,
    Message,
    Provider,
    ProviderHealth,
    Purpose,
    channel_of,
)
from mashang.messaging.senders import Parcel, Sender

logger = logging.getLogger(__name__)


class Lane:
    """One provider in this process."""

    def __init__(self, provider: Provider, sender: Sender):
        self.provider = provider
        self.sender = sender
        self.at_once = int(provider.options.get("at_once") or 0)  # requests, 0 for no limit
        self.breaker = new_breaker()
        self.health = Health()
        self.trouble = ""  # the provider's last words of trouble
        self.told: tuple[int, bool, str] | None = None

    @property
    def code(self) -> str:
        return self.provider.code

    @property
    def purposes(self) -> frozenset[str]:
        return frozenset(self.provider.purposes)

    @property
    def channel(self) -> str:
        return channel_of(self.provider.kind)

    @property
    def loads(self) -> frozenset[str]:
        """What it carries, as `load_of` names it: of SMS its purposes, else its channel."""
        return self.purposes if self.channel == Channel.SMS else frozenset({self.channel})

    @property
    def weight(self) -> float:
        return self.provider.weight * self.health.share

    def note(self, *, is_error: bool, seconds: float = 0.0, words: str = "") -> None:
        """Remember how one request went."""
        self.health.note(is_error=is_error, seconds=seconds)
        if is_error:
            self.breaker.failed()
            self.trouble = clean_line(words)[:200]
        else:
            self.breaker.succeeded()


@dataclass(frozen=True)
class Wording:
    """How a lane words a message: the provider's number and the variables in its order."""

    template: str
    params: Mapping[str, str]


def new_breaker() -> Breaker:
    return Breaker()


_rows: Fresh[list[Provider]] = Fresh(lambda: list(Provider.objects.standing()))
_approvals: Fresh[list[Approval]] = Fresh(lambda: list(Approval.objects.standing()))
_lanes: dict[object, Lane] = {}


def forget() -> None:
    """Begin with healthy lanes, as a new process does."""
    _lanes.clear()


def forget_one(lane: Lane) -> None:
    """Make the lane anew where it is asked for once more."""
    for key in [key for key, known in _lanes.items() if known is lane]:
        del _lanes[key]


def made() -> list[Lane]:
    """The lanes that this process has used."""
    return list(_lanes.values())


def no_longer_in_use() -> list[Lane]:
    """Those of them whose provider was changed or switched off since."""
    now = [*in_use(), *callers()]
    return [lane for lane in made() if lane not in now]


def of(sender: Sender) -> Lane:
    """The lane of a sender that no data name: the one of the settings, or a test's."""
    if sender not in _lanes:
        kind = settings.SMS_SENDER
        provider = Provider(code=kind, name=kind, kind=kind, purposes=list(Purpose.values))
        _lanes[sender] = Lane(provider, sender)
    return _lanes[sender]


def standing() -> list[Provider]:
    """The city's providers that are in force today, switched off ones included."""
    rows = in_force(_rows.get(), timezone.localdate())
    return [found[0] for found in rows.values()]


def in_use() -> list[Lane]:
    """The lanes of today; the one that the settings name where the city has no providers."""
    providers = [each for each in standing() if each.kind not in THAT_CALL]
    if not providers:
        sender = senders.current_sender()
        return [of(sender)] if sender else []
    lanes = [_lane(provider) for provider in providers if provider.is_enabled and provider.weight]
    if all(channel_of(provider.kind) != Channel.SMS for provider in providers):
        sender = senders.current_sender()
        lanes.append(of(sender) if sender else None)
    return [lane for lane in lanes if lane is not None]


def callers() -> list[Lane]:
    """The platforms of today that put calls through."""
    return of_kinds(THAT_CALL)


def of_kinds(kinds: Collection[str]) -> list[Lane]:
    """The lanes of today of these kinds; no other provider is made for the question."""
    rows = [row for row in standing() if row.kind in kinds and row.is_enabled and row.weight]
    return [lane for lane in map(_lane, rows) if lane is not None]


def by_code(code: str) -> Lane | None:
    """The lane to ask about what was handed to it, also one that is switched off by now."""
    for provider in standing():
        if provider.code == code:
            return _lane(provider)
    sender = senders.current_sender()
    lane = of(sender) if sender else None
    return lane if lane and code in ("", lane.code) else None


def _lane(provider: Provider) -> Lane | None:
    key = ("provider", provider.pk)
    if key not in _lanes:
        try:
            _lanes[key] = Lane(provider, senders.make(provider))
        except Exception:
            logger.exception("the SMS provider %s cannot be used", provider.code)
            return None
    return _lanes[key]


# Which lane --------------------------------------------------------------------------------


def load_of(message: Message) -> str:
    """What a lane must carry to carry this message."""
    is_sms = message.channel == Channel.SMS
    return texts.TEXTS[message.template].purpose if is_sms else message.channel


def wording(lane: Lane, message: Message) -> Wording | str:
    """How the lane words the message, or why it cannot carry it."""
    if not senders.needs_template(lane.provider.kind):
        return Wording(templates.provider_code(message.template), message.params)
    approval = _approval(lane.code, message)
    if approval is None or approval.state != ApprovalState.APPROVED:
        return _("{provider}没有审核通过这条短信的模板").format(provider=lane.provider.name)
    params: dict[str, str] = {}
    words = {str(name): str(word[0]) for name, _most, *word in approval.variables if word}
    for name, most in variables_of(approval):
        value = message.params.get(name, "")
        if most and len(value) > most:
            return _("{name}有 {length} 个字，{provider}的模板最多 {most} 个字").format(
                name=texts.meaning(name),
                length=len(value),
                most=most,
                provider=lane.provider.name,
            )
        params[words.get(name, name)] = value
    if lane.channel == Channel.WECHAT and "link" in message.params:
        params["link"] = message.params["link"]  # what a tap opens, beside the template
    return Wording(approval.provider_code, params)


def _approval(code: str, message: Message) -> Approval | None:
    """The approval of the message's language, or of the Chinese wording."""
    found = in_force(
        (
            row
            for row in _approvals.get()
            if (row.provider, row.template) == (code, message.template)
        ),
        timezone.localdate(),
    )
    for language in (message.language, "zh-hans"):
        rows = found.get((code, message.template, language))
        if rows and rows[0].state == ApprovalState.APPROVED:
            return rows[0]
    return None


def variables_of(approval: Approval) -> list[tuple[str, int]]:
    """(name, most characters) in the provider's order; 0 where nothing is said of a link."""
    if approval.variables:
        return [(str(name), int(most)) for name, most, *_word in approval.variables]
    body = templates.body_of(approval.template, approval.language)
    names = dict.fromkeys(texts.PLACEHOLDER.findall(body))
    return [(name, 0 if name == "link" else texts.LONGEST_VALUE) for name in names]


def draw(lanes: Sequence[Lane]) -> Lane:
    """One of the lanes, by weight."""
    if len(lanes) == 1:
        return lanes[0]
    weights = [lane.weight for lane in lanes]
    return random.choices(lanes, weights)[0]  # noqa: S311 (no secret)


def parcel(message: Message, worded: Wording) -> Parcel:
    return Parcel(
        key=message.key,
        phone=message.phone,
        text=templates.render(message.template, message.params, message.language),
        template=worded.template,
        params=worded.params,
        subject=message.subject,
        address=message.address.fields if message.address else {},
    )


# For the page ------------------------------------------------------------------------------


def tell_health() -> int:
    """Write down how this worker sees its lanes, those that changed; a step of the worker."""
    told = 0
    for lane in (*in_use(), *callers()):
        seen = (round(lane.health.share * 20) * 5, lane.breaker.is_pausing, lane.trouble)
        if seen != lane.told:
            share, is_paused, words = seen
            ProviderHealth.objects.update_or_create(
                provider=lane.code,
                defaults={
                    "share": share,
                    "is_paused": is_paused,
                    "words": words,
                    "at": timezone.now(),
                },
            )
            lane.told = seen
            told += 1
    return told
