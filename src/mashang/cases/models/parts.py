"""What hangs on a case: links, asks, help, conflicts of interest, the resident's rating."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.models.case import Case
from mashang.core.ids import sign_key
from mashang.people.models import Account, Unit


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
    DEFERRAL = "deferral", _("挂账")


class Ask(models.Model):
    """What a unit asked of one above it, and what was decided.

    `unit` asked and `decider` is the unit whose people decide, or whoever stands above that.
    `days` are working days, of an extension; `until` is the day that a deferral is asked for.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="asks")
    kind = models.CharField(_("请求"), max_length=10, choices=AskKind)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    words = models.TextField()
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    decider = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="asks")
    days = models.PositiveSmallIntegerField(default=0)
    until = models.DateField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
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
        indexes = [
            models.Index(
                fields=["remind_at"], condition=~Q(remind_at=None), name="asks_to_remind_of"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class AssistKind(models.TextChoices):
    ASSIST = "assist", _("协办")
    WHISTLE = "whistle", _("吹哨报到")


class Assist(models.Model):
    """A unit called in to help; the handling unit keeps the lead (首接负责制).

    Whoever is whistled for comes by `arrive_due_at`; everybody replies by `due_at`. `next_look_at`
    is when the worker tells somebody that a limit has passed and `step` how many were told.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="assists")
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="assists", verbose_name=_("协办单位")
    )
    kind = models.CharField(_("方式"), max_length=8, choices=AssistKind)
    sees_identity = models.BooleanField(_("可以联系诉求人"), default=False)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("请求时间"))
    words = models.TextField()
    arrive_due_at = models.DateTimeField(_("报到期限"), null=True, blank=True)
    due_at = models.DateTimeField(_("答复期限"))
    next_look_at = models.DateTimeField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    arrived_at = models.DateTimeField(_("报到时间"), null=True, blank=True)
    replied_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    reply = models.TextField(blank=True)

    class Meta:
        verbose_name = _("协办")
        verbose_name_plural = _("协办")
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "unit"],
                condition=Q(replied_at=None),
                name="one_open_assist_of_a_unit",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"], condition=~Q(next_look_at=None), name="assists_to_look_at"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.unit_id}"


class Conflict(models.Model):
    """A person or a unit that has nothing to do with a case any more, for an interest in it.

    Declared by the person, or found by a dispatcher or inspector. Until lifted they do not see
    the case at all.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="conflicts")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="conflicts")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="conflicts")
    found_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    words = models.TextField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("回避")
        verbose_name_plural = _("回避")
        ordering = ["found_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(account=None, unit__isnull=False) | Q(account__isnull=False, unit=None),
                name="a_conflict_of_a_person_or_a_unit",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.account_id or self.unit_id}"


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
        indexes = [
            models.Index(fields=["rated_at"], condition=Q(is_solved=False), name="unsolved_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.score}"
