"""Calls to requesters that a platform puts through. They are not recorded; no number is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case
from mashang.messaging.models import CallReason
from mashang.people.models import Account


class CallState(models.TextChoices):
    ASKED = "asked", _("正在接通平台")
    DIALLING = "dialling", _("正在接通平台")  # handed over, not answered yet
    RINGING = "ringing", _("拨打人的手机在响，接起后自动拨诉求人")
    TALKING = "talking", _("正在通话")
    ENDED = "ended", _("已结束")
    UNKNOWN = "unknown", _("结果不明")


class Call(models.Model):
    """One call about a case. `key` makes it once, also at the platform.

    `settled_at` is when the case was told how it ended, if there was anything to tell.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="calls")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=30, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=8, choices=CallState, default=CallState.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    handed_at = models.DateTimeField(null=True)  # to the platform, the last time
    rang_at = models.DateTimeField(null=True)  # the resident's phone
    answered_at = models.DateTimeField(null=True)  # by the resident
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(null=True)  # that the two talked
    reason = models.CharField(max_length=12, choices=CallReason, blank=True)
    words = models.CharField(max_length=200, blank=True)  # the platform's
    looked_at = models.DateTimeField(null=True)  # when the platform was asked the last time
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="one_call_of_a_case_at_a_time"
            )
        ]
        indexes = [
            models.Index(fields=["state"], condition=Q(ended_at=None), name="calls_under_way"),
            models.Index(
                fields=["id"],
                condition=Q(settled_at=None, ended_at__isnull=False),
                name="calls_to_settle",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None

    @property
    def has_talked(self) -> bool:
        return self.state == CallState.ENDED and not self.reason and self.seconds is not None

    @property
    def is_proof(self) -> bool:
        return self.has_talked and (self.seconds or 0) >= settings.CALL_PROVES_SECONDS

    @property
    def said(self) -> str:
        """How it stands, for whoever asked for it."""
        if self.is_proof:
            return gettext("通话 {seconds} 秒，通话记录已证明联系上了。").format(
                seconds=self.seconds
            )
        if self.has_talked:
            words = gettext("接通了 {seconds} 秒，太短，不算证明。请登记联系结果，或者再打。")
            return words.format(seconds=self.seconds)
        if self.state == CallState.ENDED:
            return gettext("没有通话：{reason}。").format(reason=self.get_reason_display())
        if self.state == CallState.UNKNOWN:
            return gettext("平台没有说打成了没有。请登记联系结果，或者再打。")
        return str(CallState(self.state).label)
