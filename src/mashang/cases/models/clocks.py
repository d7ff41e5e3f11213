"""The limits that run on a case, and the city's dated rules that they follow."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mashang.cases.flow import ClockName
from mashang.cases.models.case import Case, Urgency
from mashang.core.versions import Version
from mashang.core.worktime import HOURS, MINUTES, WORKING_DAYS
from mashang.people.models import Position


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


class TimeUnit(models.TextChoices):
    """Units of time in the city's rules."""

    MINUTES = MINUTES, _("分钟")
    HOURS = HOURS, _("小时")
    WORKING_DAYS = WORKING_DAYS, _("工作日")
    TIMES = "times", _("次")
    PERCENT = "percent", _("%")


class Limit(Version):
    """A limit as the city set it from a day on; the newest that has begun counts."""

    KEY = ("name", "urgency")

    name = models.CharField(_("时限"), max_length=20)
    urgency = models.CharField(_("紧急程度"), max_length=12, choices=Urgency, blank=True)
    amount = models.PositiveIntegerField(_("数量"))
    unit = models.CharField(_("单位"), max_length=14, choices=TimeUnit)
    warn_after = models.PositiveIntegerField(_("多久后提醒"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("时限规则")
        verbose_name_plural = _("时限规则")
        ordering = ["name", "urgency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "urgency", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_limit_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.urgency}: {self.amount} {self.unit}"


class LadderStep(Version):
    """Who is told how long after a limit has passed. `ladder` is `ordinary` or `sealed`."""

    KEY = ("ladder", "clock")

    ladder = models.CharField(_("阶梯"), max_length=10, default="ordinary")
    clock = models.CharField(_("时限"), max_length=12, choices=ClockName)
    rung = models.PositiveSmallIntegerField(_("级"))
    position = models.CharField(_("职级"), max_length=20, choices=Position)
    after = models.PositiveIntegerField(_("超时后"))
    unit = models.CharField(_("单位"), max_length=14, choices=TimeUnit)

    class Meta:
        verbose_name = _("逐级上报规则")
        verbose_name_plural = _("逐级上报规则")
        ordering = ["ladder", "clock", "rung"]
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "clock", "rung", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_rung_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ladder} {self.clock} {self.rung}"
