"""The spine: a case, its category, and who asked."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.flow import Phase, State
from mashang.codes.models import Code
from mashang.core.crypto import blind_index
from mashang.core.fields import EncryptedJSON, EncryptedText
from mashang.core.ids import case_number, sign_key
from mashang.people.models import Account, Unit
from mashang.places.models import Place

REQUEST = "request"


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
    SMS = "sms", _("短信")


class AccusedLevel(models.TextChoices):
    """Whom a complaint about a cadre or an office concerns; it must never reach them."""

    VILLAGE = "village", _("村（社区）")
    TOWNSHIP = "township", _("乡镇（街道）")
    COUNTY = "county", _("县区")
    UNKNOWN = "unknown", _("说不清")


class Category(models.Model):
    """What a matter is about, as the city sorts them; a tree, loaded as data."""

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级类别"),
    )
    order = models.PositiveSmallIntegerField(_("次序"), default=0)
    is_active = models.BooleanField(_("在用"), default=True)

    class Meta:
        verbose_name = _("事项类别")
        verbose_name_plural = _("事项类别")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Supervision(models.TextChoices):
    """How closely somebody above watches a case; the empty value is not at all."""

    SUPERVISED = "supervised", _("督办")
    LISTED = "listed", _("挂牌督办")


class Requests(models.Manager["Case"]):
    """Requests alone: cases of other kinds are read by the services that have them."""

    def get_queryset(self) -> models.QuerySet[Case]:
        return super().get_queryset().filter(flow=REQUEST)


class Case(models.Model):
    """A resident's matter: a number, a place, an owner and clocks.

    Only what the shared machinery reads is a column; a type's own answers are in `answers`.
    `version` counts the entries, `head` is the digest of the last one and `moved_at` its time.
    `lead` is the case that this one was merged into; it stays after the answer, until a split.
    """

    flow = models.CharField(_("种类"), max_length=12, default=REQUEST)  # see `flows`
    type = models.CharField(_("类型"), max_length=30, default="request")
    state = models.CharField(_("状态"), max_length=16, choices=State)
    phase = models.CharField(_("阶段"), max_length=8, choices=Phase)
    version = models.PositiveIntegerField(default=1)
    head = models.CharField(max_length=80)
    submission = models.CharField(max_length=64, unique=True, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)

    # Each of place, unit and assignee begins an index below: one of its own would be a second.
    place = models.ForeignKey(
        Place, models.PROTECT, db_index=False, related_name="cases", verbose_name=_("地点")
    )
    spot = models.CharField(_("楼栋或位置"), max_length=80, blank=True)
    code = models.ForeignKey(
        Code, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("二维码")
    )
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel, default=Channel.WEB)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("承办单位"),
    )
    assignee = models.ForeignKey(
        Account,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("经办人"),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("事项类别"),
    )
    lead = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("并入"),
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
    reworks = models.PositiveSmallIntegerField(_("回访重办次数"), default=0)
    returns_refused = models.PositiveSmallIntegerField(_("退单被驳次数"), default=0)
    deferred_until = models.DateField(_("挂账至"), null=True, blank=True)
    supervision = models.CharField(_("督办"), max_length=10, choices=Supervision, blank=True)
    # Whether there are rows of these kinds, so that most cases need no look for any.
    has_assists = models.BooleanField(default=False)
    has_conflicts = models.BooleanField(default=False)

    received_at = models.DateTimeField(_("收到时间"))
    moved_at = models.DateTimeField(_("最近动作"))
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    # What lists sort and filter by; `actions.clocks.summary` says it of the running clocks.
    due_at = models.DateTimeField(_("最近的期限"), null=True, blank=True)
    rung = models.PositiveSmallIntegerField(_("已上报到"), default=0)
    # Taken off whenever the words change, set by whoever keeps the search up.
    is_indexed = models.BooleanField(default=False, editable=False)
    # Taken off with every entry, set by whoever keeps the figures up.
    is_counted = models.BooleanField(default=False, editable=False)

    objects = Requests()
    every = models.Manager["Case"]()

    class Meta:
        verbose_name = _("事项")
        verbose_name_plural = _("事项")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["unit", "phase", "-id"]),
            models.Index(fields=["place", "id"]),
            models.Index(fields=["received_at", "id"]),
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(phase__in=(Phase.OPEN, Phase.WAITING)),
                name="cases_by_limit",
            ),
            models.Index(
                fields=["closed_at", "id"],
                condition=~models.Q(closed_at=None),
                name="cases_closed",
            ),
            models.Index(
                fields=["id"], condition=models.Q(is_indexed=False), name="cases_to_index"
            ),
            models.Index(
                fields=["id"], condition=models.Q(is_counted=False), name="cases_to_count"
            ),
            models.Index(fields=["assignee", "phase"]),
            models.Index(
                fields=["flow", "phase", "-id"],
                condition=~models.Q(flow=REQUEST),
                name="cases_of_services",
            ),
            models.Index(fields=["fingerprint", "received_at"]),
            models.Index(
                fields=["deferred_until"],
                condition=~models.Q(deferred_until=None),
                name="cases_deferred",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
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


def name_index(name: str) -> str:
    """A keyed digest of a name, cut so short that some fifteen names in a million share it.

    Names are few and some are common: a whole digest would tell who is called the same, and the
    commonest ones by their number. So it leads to a crowd, and the names themselves, decrypted,
    tell which of them was meant.
    """
    bare = "".join(
        char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum()
    )
    return blind_index(bare, purpose="name")[:4] if bare else ""


class Requester(models.Model):
    """Who asked: kept apart from the case, so that reading a case never loads an identity."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="requester")
    name = EncryptedText(_("姓名"), null=True)
    phone = EncryptedText(_("电话"), null=True)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    answers = EncryptedJSON(null=True)  # those to a form's questions that tell who somebody is
    name_index = models.CharField(max_length=4, blank=True)
    salt = models.CharField(max_length=16, default=new_salt)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("诉求人")
        verbose_name_plural = _("诉求人")
        indexes = [models.Index(fields=["name_index"])]

    def __str__(self) -> str:
        return f"{self.case_id}"

    @property
    def tracking_token(self) -> str:
        return sign_key("track", self.case_id, self.salt)
