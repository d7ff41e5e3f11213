"""The outbox and the providers, read for the pages of the staff.

The system operator sees every message, a dispatcher those about cases that they may see; both see
what became of it and never its number, its link or its code.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import (
    Avg,
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    When,
)
from django.db.models.functions import Cast, Substr
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.audit.naming import name_all
from mashang.core.crypto import blind_index
from mashang.core.ids import parse_case_number
from mashang.core.phones import WrongPhone, clean_phone
from mashang.core.text import mask_phone
from mashang.messaging import lanes, registry, templates, texts
from mashang.messaging.actions import RETRIED_FROM
from mashang.messaging.models import (
    Attempt,
    Channel,
    Inbound,
    InboundState,
    Message,
    MessageState,
    Provider,
    ProviderHealth,
    Purpose,
)
from mashang.messaging.recording import FAILURES
from mashang.people.actors import Staff
from mashang.people.doors import dispatches_a_county, holds
from mashang.people.models import Role

A_PAGE = 50
MOST_REASONS = 8
PERIODS = (1, 7, 30)  # days
LOST = "lost"  # both states in which a message reached nobody


def may_see(actor: Staff) -> bool:
    return holds(actor, Role.SYSTEM_OPERATOR, Role.DISPATCHER)


def visible_to(actor: Staff) -> QuerySet[Message]:
    """The messages whose fate this person may see."""
    rows = Message.objects.defer("params")
    if holds(actor, Role.SYSTEM_OPERATOR):
        return rows
    if not holds(actor, Role.DISPATCHER):
        return rows.none()
    about = Q(pk__in=[])
    for kind, scope in registry.scopes().items():
        start = f"{kind}:"
        key = Case(
            When(
                subject__startswith=start,
                then=Cast(Substr("subject", len(start) + 1), BigIntegerField()),
            ),
            output_field=BigIntegerField(),
        )
        rows = rows.alias(**{f"{kind}_key": key})
        about |= Exists(scope(actor).filter(pk=OuterRef(f"{kind}_key")))
    return rows.filter(about)


# Replies ------------------------------------------------------------------------------------


def may_read_replies(actor: Staff) -> bool:
    """Dispatchers of a county or the city: what nobody could attach may be about anywhere."""
    return holds(actor, Role.DISPATCHER) and dispatches_a_county(actor)


@dataclass(frozen=True)
class ReplyLine:
    reply: Inbound

    @property
    def phone(self) -> str:
        return mask_phone(self.reply.phone)


def unmatched_replies() -> list[ReplyLine]:
    """SMS that belong to no case as far as the product can tell, the oldest first."""
    rows = Inbound.objects.filter(state=InboundState.UNMATCHED).order_by("pk")
    return [ReplyLine(reply) for reply in rows[:A_PAGE]]


# Searching ------------------------------------------------------------------------------------


def _templates() -> list[Any]:
    return [("", gettext_lazy("全部")), *((code, say_template(code)) for code in texts.TEXTS)]


def _providers() -> list[Any]:
    codes = Provider.objects.standing().order_by("code").values_list("code", flat=True).distinct()
    return [("", gettext_lazy("全部")), *((code, code) for code in codes)]


class Search(forms.Form):
    """Filters of the outbox; `found` is what they mean as a query."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            (LOST, gettext_lazy("没发成（失败或过期）")),
            *MessageState.choices,
        ],
    )
    number = forms.CharField(
        label=gettext_lazy("事项编号"),
        required=False,
        max_length=24,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        required=False,
        max_length=20,
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}),
        help_text=gettext_lazy("按手机号查找会记入审计"),
    )
    is_duty = forms.BooleanField(label=gettext_lazy("只看值班短信"), required=False)
    template = forms.ChoiceField(label=gettext_lazy("短信"), required=False, choices=_templates)
    provider = forms.ChoiceField(label=gettext_lazy("通道"), required=False, choices=_providers)

    found: Q

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.found = Q()
        if cleaned.get("state") == LOST:
            self.found &= Q(state__in=FAILURES)
        elif cleaned.get("state"):
            self.found &= Q(state=cleaned["state"])
        for name in ("template", "provider"):
            if cleaned.get(name):
                self.found &= Q(**{name: cleaned[name]})
        if cleaned.get("is_duty"):
            self.found &= Q(is_duty=True)
        if cleaned.get("number"):
            parsed = parse_case_number(cleaned["number"])
            if parsed is None:
                self.add_error("number", _("这不是事项编号，请核对数字。"))
            else:
                self.found &= Q(subject=f"case:{parsed[1]}")
        if cleaned.get("phone"):
            try:
                self.found &= Q(phone_index=blind_index(clean_phone(cleaned["phone"])))
            except WrongPhone as wrong:
                self.add_error("phone", str(wrong))
        return cleaned


@dataclass(frozen=True)
class Line:
    """A message as a row of the list: never its text, its number masked."""

    message: Message
    about: str
    template: str
    can_retry: bool
    can_abort: bool

    @property
    def phone(self) -> str:
        if self.message.channel != Channel.SMS:
            return self.message.get_channel_display()
        return mask_phone(self.message.phone) if self.message.phone else "—"

    @property
    def is_trouble(self) -> bool:
        return self.message.state in FAILURES


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    older: int | None


def say_template(code: str) -> str:
    """The first words of a text; nobody at a desk knows its code."""
    text = texts.TEXTS.get(code)
    return f"{templates.described(text.body)[:18]}…" if text else code


def lines(messages: Sequence[Message]) -> list[Line]:
    names = name_all(message.subject for message in messages if message.subject)
    return [
        Line(
            message,
            names.get(message.subject, message.subject),
            say_template(message.template),
            message.state in RETRIED_FROM and bool(message.phone),
            message.state == MessageState.QUEUED,
        )
        for message in messages
    ]


def page(rows: QuerySet[Message], *, before: int | None) -> Page:
    """Newest first; two queries for any number of messages."""
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: A_PAGE + 1])
    shown = found[:A_PAGE]
    return Page(lines(shown), shown[-1].pk if len(found) > A_PAGE else None)


@dataclass(frozen=True)
class Step:
    """One thing that happened to a message."""

    at: datetime | None
    what: str
    words: str = ""


def history(message: Message) -> list[Step]:
    """A message's life in order, with the provider's words."""
    steps = [Step(message.queued_at, _("提交"))]
    names = {row.code: row.name for row in lanes.standing()}
    for attempt in message.tries.all():
        name = names.get(attempt.provider, attempt.provider)
        steps.append(Step(attempt.at, f"{name}：{attempt.get_outcome_display()}", attempt.words))
    if message.sent_at:
        name = names.get(message.provider, message.provider)
        told = f"{name} · {message.provider_reference}".strip(" ·")
        steps.append(Step(message.sent_at, _("已发出"), told))
    steps.sort(key=lambda step: step.at or message.queued_at)
    if message.state not in (MessageState.SENT, MessageState.DELIVERED):
        steps.append(Step(None, message.get_state_display(), message.reason))
    return steps


# Providers -------------------------------------------------------------------------------------


@dataclass
class Figures:
    """What one provider did in a period. Times are seconds, the price is in yuan."""

    code: str
    name: str
    provider: Provider | None = None
    health: ProviderHealth | None = None
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    troubles: int = 0  # tries that did not work, whatever became of the message
    reasons: list[tuple[str, int]] = field(default_factory=list)
    answer: float | None = None
    delivery: float | None = None
    slowest: float | None = None
    parts: int = 0

    @property
    def accepted(self) -> int:
        return self.sent + self.delivered

    @property
    def cost(self) -> float:
        return self.parts * (self.provider.price if self.provider else 0) / 1000

    @property
    def purposes(self) -> str:
        known = dict(Purpose.choices)
        return "、".join(str(known[each]) for each in self.provider.purposes if each in known)


OUTGOING = (MessageState.SENT, MessageState.DELIVERED)


def figures(*, days: int) -> list[Figures]:
    """Each provider of today, and each that did something in the last `days`. Five queries."""
    since = timezone.now() - timedelta(days=days)
    found = {
        row.code: Figures(row.code, row.name, row)
        for row in sorted(lanes.standing(), key=lambda row: row.code)
    }
    rows = Message.objects.filter(queued_at__gte=since).order_by()

    def of(code: str) -> Figures:
        return found.setdefault(code, Figures(code, code or _("没有交给通道")))

    waited = F("sent_at") - F("handed_at")
    arrived = F("delivered_at") - F("sent_at")
    for row in rows.values("provider").annotate(
        sent=Count("pk", filter=Q(state=MessageState.SENT)),
        delivered=Count("pk", filter=Q(state=MessageState.DELIVERED)),
        failed=Count("pk", filter=Q(state__in=FAILURES)),
        parts=Sum("parts", filter=Q(state__in=OUTGOING)),
        answer=Avg(waited, filter=Q(state__in=OUTGOING)),
        delivery=Avg(arrived),
        slowest=Max(arrived),
    ):
        if not (row["sent"] or row["delivered"] or row["failed"]):
            continue
        one = of(row["provider"])
        one.sent, one.delivered, one.failed = row["sent"], row["delivered"], row["failed"]
        one.parts = row["parts"] or 0
        one.answer, one.delivery, one.slowest = (
            row[name].total_seconds() if row[name] is not None else None
            for name in ("answer", "delivery", "slowest")
        )
    reasons: dict[str, dict[str, int]] = defaultdict(dict)
    failed = rows.filter(state__in=FAILURES)
    counted = failed.values("provider", "reason").annotate(count=Count("pk")).order_by("-count")
    for row in counted[:200]:
        reasons[row["provider"]][row["reason"] or _("没有说原因")] = row["count"]
    for code, said in reasons.items():
        of(code).reasons = list(said.items())[:MOST_REASONS]
    troubles = Attempt.objects.filter(at__gte=since)
    for row in troubles.order_by().values("provider").annotate(count=Count("pk")):
        of(row["provider"]).troubles = row["count"]
    for health in ProviderHealth.objects.filter(provider__in=found):
        found[health.provider].health = health
    return list(found.values())


def failed_duty(actor: Staff) -> int:
    """Duty messages of the last day that reached nobody, of those that this person may see."""
    day = timezone.now() - timedelta(days=1)
    rows = visible_to(actor).filter(is_duty=True, state__in=FAILURES, queued_at__gte=day)
    return rows.order_by().count()


def waiting() -> dict[str, int]:
    """How many messages wait, are on their way and were held back or failed in a day."""
    day = timezone.now() - timedelta(days=1)
    recent = Message.objects.filter(queued_at__gte=day).order_by()
    now = Message.objects.order_by()
    return {
        "queued": now.filter(state=MessageState.QUEUED).count(),
        "sending": now.filter(state=MessageState.SENDING).count(),
        "failed": recent.filter(state__in=FAILURES).count(),
        "withheld": recent.filter(state=MessageState.WITHHELD).count(),
    }
