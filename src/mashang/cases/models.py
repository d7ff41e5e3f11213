"""The heart's rows: a case, who asked, what happened, its clocks, links, asks and rating."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.flow import ClockName, Phase, State
from mashang.codes.models import Code
from mashang.core.fields import EncryptedText
from mashang.core.ids import case_number, sign_key
from mashang.core.worktime import HOURS, MINUTES, WORKING_DAYS
from mashang.people.models import Account, Position, Unit
from mashang.places.models import Place


class Urgency(models.TextChoices):
    """How a matter's handling limit is chosen (domain rules: Beijing and Shandong standards)."""

    CONSULTATION = "consultation", _("咨询")
    DANGER = "danger", _("危及生命财产")
    OUTAGE = "outage", _("停水停电停气停暖")
    ORDINARY = "ordinary", _("一般事项")
    COMPLEX = "complex", _("复杂事项")


class Channel(models.TextChoices):
    CODE = "code", _("扫码")
    WEB = "web", _("网页")
    COUNTER = "counter", _("窗口代办")
    PHONE = "phone", _("电话代办")


class AccusedLevel(models.TextChoices):
    """Whom a complaint about a cadre or an office concerns; it must never reach them."""

    VILLAGE = "village", _("村（社区）")
    TOWNSHIP = "township", _("乡镇（街道）")
    COUNTY = "county", _("县区")
    UNKNOWN = "unknown", _("说不清")


class Case(models.Model):
    """A resident's matter: a number, a place, an owner and clocks.

    Only what the shared machinery reads is a column; a type's own answers are in `answers`.
    `version` counts the entries, `head` is the digest of the last one and `moved_at` its time.
    """

    type = models.CharField(_("类型"), max_length=30, default="request")
    state = models.CharField(_("状态"), max_length=16, choices=State)
    phase = models.CharField(_("阶段"), max_length=8, choices=Phase)
    version = models.PositiveIntegerField(default=1)
    head = models.CharField(max_length=80)
    submission = models.CharField(max_length=64, unique=True, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)

    place = models.ForeignKey(Place, models.PROTECT, related_name="cases", verbose_name=_("地点"))
    spot = models.CharField(_("楼栋或位置"), max_length=80, blank=True)
    code = models.ForeignKey(
        Code, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("二维码")
    )
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel, default=Channel.WEB)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("承办单位"),
    )
    assignee = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("经办人"),
    )
    text = models.TextField(_("反映内容"))
    answers = models.JSONField(default=dict, blank=True)
    answer = models.TextField(_("公开答复"), blank=True)
    language = models.CharField(max_length=8, default="zh-hans")

    urgency = models.CharField(
        _("紧急程度"), max_length=12, choices=Urgency, default=Urgency.ORDINARY
    )
    is_confidential = models.BooleanField(_("保密"), default=False)
    is_sealed = models.BooleanField(_("涉及干部或单位"), default=False)
    accused_level = models.CharField(max_length=8, choices=AccusedLevel, blank=True)
    is_anonymous = models.BooleanField(_("匿名"), default=False)
    reopenings = models.PositiveSmallIntegerField(_("重办次数"), default=0)
    returns_refused = models.PositiveSmallIntegerField(_("退单被驳次数"), default=0)

    received_at = models.DateTimeField(_("收到时间"))
    moved_at = models.DateTimeField(_("最近动作"))
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("事项")
        verbose_name_plural = _("事项")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["unit", "phase", "-id"]),
            models.Index(fields=["place", "phase", "-id"]),
            models.Index(fields=["assignee", "phase"]),
            models.Index(fields=["fingerprint", "received_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people read aloud: nine digits or more, with a check digit."""
        return case_number(self.pk, timezone.localtime(self.received_at).year)

    @property
    def subject(self) -> str:
        """How messages and attachments name this case."""
        return f"case:{self.pk}"

    @property
    def spoken_place(self) -> str:
        return f"{self.place.full_name}{self.spot}"


def new_salt() -> str:
    return secrets.token_hex(8)


class Requester(models.Model):
    """Who asked: kept apart from the case, so that reading a case never loads an identity."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="requester")
    name = EncryptedText(_("姓名"), null=True)
    phone = EncryptedText(_("电话"), null=True)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    salt = models.CharField(max_length=16, default=new_salt)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("诉求人")
        verbose_name_plural = _("诉求人")

    def __str__(self) -> str:
        return f"{self.case_id}"

    @property
    def tracking_token(self) -> str:
        return sign_key("track", self.case_id, self.salt)


class Entry(models.Model):
    """One thing that happened to a case. Never changed, never removed; see core.chain."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(_("时间"))
    move = models.CharField(_("动作"), max_length=24)
    state = models.CharField(max_length=16, choices=State)
    actor = models.JSONField()
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="entries")
    data = models.JSONField(default=dict)
    digest = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("经过")
        verbose_name_plural = _("经过")
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_entry_a_number")]
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.move}"

    def content(self, submission: str) -> dict[str, object]:
        """What the digest covers; `submission` names the case apart from its database key."""
        return {
            "case": submission,
            "seq": self.seq,
            "at": stamp(self.at),
            "move": self.move,
            "state": self.state,
            "actor": self.actor,
            "data": self.data,
        }


def stamp(at: datetime) -> str:
    """A time as digests write it: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Clock(models.Model):
    """A limit that runs on a case. `next_look_at` is when the worker has something to do.

    `step` counts what was done: 0 nothing, 1 the warning, 2 and more the rungs of the ladder.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks")
    name = models.CharField(_("时限"), max_length=12, choices=ClockName)
    started_at = models.DateTimeField(_("开始"))
    warn_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(_("期限"))
    calendar_known = models.BooleanField(default=True)
    next_look_at = models.DateTimeField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(_("结束"), null=True, blank=True)

    class Meta:
        verbose_name = _("时钟")
        verbose_name_plural = _("时钟")
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "name"],
                condition=Q(stopped_at=None),
                name="one_live_clock_of_a_name",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"], condition=~Q(next_look_at=None), name="clocks_to_look_at"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"

    @property
    def is_live(self) -> bool:
        return self.stopped_at is None

    def is_overdue(self, at: datetime) -> bool:
        """Whether the limit was passed, by `at` or by when the clock stopped or paused."""
        return (self.paused_at or self.stopped_at or at) > self.due_at


class OrderLink(models.Model):
    """One person's way into one order by SMS; dead after `expires_at` or when revoked.

    A revoked one stays dead: the next message to the same person brings another link.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="order_links")
    account = models.ForeignKey(Account, models.CASCADE, related_name="order_links")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    first_opened_at = models.DateTimeField(null=True, blank=True)
    device = models.ForeignKey(
        "people.Device", models.SET_NULL, null=True, blank=True, related_name="order_links"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("办件链接")
        verbose_name_plural = _("办件链接")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "account"],
                condition=Q(revoked_at=None),
                name="one_live_link_a_person_and_case",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.account_id}"

    @property
    def token(self) -> str:
        return sign_key("order", self.pk)


class AskKind(models.TextChoices):
    RETURN = "return", _("退单")
    HELP = "help", _("支援")
    EXTENSION = "extension", _("延期")


class Ask(models.Model):
    """What a unit asked of the unit above, and what was decided."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="asks")
    kind = models.CharField(_("请求"), max_length=10, choices=AskKind)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    words = models.TextField()
    days = models.PositiveSmallIntegerField(default=0)
    decided_at = models.DateTimeField(null=True, blank=True)
    is_granted = models.BooleanField(null=True)
    decision = models.TextField(blank=True)

    class Meta:
        verbose_name = _("请求")
        verbose_name_plural = _("请求")
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(decided_at=None), name="one_open_ask_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Score(models.TextChoices):
    SATISFIED = "satisfied", _("满意")
    FAIR = "fair", _("基本满意")
    DISSATISFIED = "dissatisfied", _("不满意")


class Rating(models.Model):
    """The resident's word on the outcome; one a matter, the last one counts."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="rating")
    is_solved = models.BooleanField(_("是否解决"))
    score = models.CharField(_("评价"), max_length=12, choices=Score)
    words = models.TextField(blank=True)
    rated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("评价")
        verbose_name_plural = _("评价")

    def __str__(self) -> str:
        return f"{self.case_id} {self.score}"


class TimeUnit(models.TextChoices):
    """Units of time in the city's rules."""

    MINUTES = MINUTES, _("分钟")
    HOURS = HOURS, _("小时")
    WORKING_DAYS = WORKING_DAYS, _("工作日")
    TIMES = "times", _("次")


class Limit(models.Model):
    """A limit as the city set it from a day on; the newest that has begun counts."""

    name = models.CharField(_("时限"), max_length=20)
    urgency = models.CharField(_("紧急程度"), max_length=12, choices=Urgency, blank=True)
    amount = models.PositiveIntegerField(_("数量"))
    unit = models.CharField(_("单位"), max_length=14, choices=TimeUnit)
    warn_after = models.PositiveIntegerField(_("多久后提醒"), null=True, blank=True)
    valid_from = models.DateField(_("自何日起"))
    basis = models.CharField(_("依据"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("时限规则")
        verbose_name_plural = _("时限规则")
        ordering = ["name", "urgency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "urgency", "valid_from"], name="one_limit_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.urgency}: {self.amount} {self.unit}"


class LadderStep(models.Model):
    """Who is told how long after a limit has passed. `ladder` is `ordinary` or `sealed`."""

    ladder = models.CharField(_("阶梯"), max_length=10, default="ordinary")
    clock = models.CharField(_("时限"), max_length=12, choices=ClockName)
    rung = models.PositiveSmallIntegerField(_("级"))
    position = models.CharField(_("职级"), max_length=20, choices=Position)
    after = models.PositiveIntegerField(_("超时后"))
    unit = models.CharField(_("单位"), max_length=14, choices=TimeUnit)
    valid_from = models.DateField(_("自何日起"))

    class Meta:
        verbose_name = _("逐级上报规则")
        verbose_name_plural = _("逐级上报规则")
        ordering = ["ladder", "clock", "rung"]
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "clock", "rung", "valid_from"], name="one_rung_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ladder} {self.clock} {self.rung}"


class DayRoot(models.Model):
    """One digest over all entries since the root before, and over the register of what was done
    with the system up to that day's last record; to be printed and kept.

    It covers the entries by their keys, not by their times, so that each entry is under exactly
    one root even where the machine's clock was set back.
    """

    day = models.DateField(_("日期"), primary_key=True)
    last_entry = models.BigIntegerField(_("止于"))
    last_record = models.BigIntegerField(_("审计记录止于"), default=0)
    entries = models.PositiveIntegerField(_("条数"))
    root = models.CharField(_("根摘要"), max_length=80)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("每日根摘要")
        verbose_name_plural = _("每日根摘要")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.root}"
