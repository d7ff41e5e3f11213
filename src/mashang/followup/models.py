"""The day's draw of matters to call back about, and each call to be made."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case, Score
from mashang.people.models import Account, Unit

COUNTY_DIGITS = 6


class Reason(models.TextChoices):
    """Why a matter is followed up. All but the last are followed up without exception."""

    DISPUTED = "disputed", _("说没有解决")
    DISSATISFIED = "dissatisfied", _("不满意")
    REOPENED = "reopened", _("重办过")
    SAMPLE = "sample", _("随机抽中")


class Outcome(models.TextChoices):
    REACHED = "reached", _("已接通")
    NOT_REACHED = "not_reached", _("没人接听")
    REFUSED = "refused", _("不愿回访")
    MOVED_ON = "moved_on", _("已重新办理，不用再问")


class Draw(models.Model):
    """How one day's draw in one county came out, with all that is needed to do it again.

    The answers of `day` are drawn from. `root` is the day's chain root (cases.DayRoot), which
    nobody can foresee; `seed` follows from it, and `pool` lists the numbers that were drawn from,
    so anybody can recompute which were taken. Matters that concern cadres have a draw of their
    own, so that the list of the others betrays none of them.
    """

    day = models.DateField(_("日期"))
    county = models.CharField(_("县区"), max_length=COUNTY_DIGITS)
    is_sealed = models.BooleanField(_("涉及干部或单位"), default=False)
    root = models.CharField(_("当日根摘要"), max_length=80)
    seed = models.CharField(_("种子"), max_length=64)
    share = models.PositiveSmallIntegerField(_("抽取比例（%）"))
    pool = models.JSONField(_("参加抽取的编号"), default=list)
    counts = models.JSONField(_("件数"), default=dict)
    drawn_at = models.DateTimeField(_("抽取时间"))

    class Meta:
        verbose_name = _("回访抽取")
        verbose_name_plural = _("回访抽取")
        ordering = ["-day", "county", "is_sealed"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "county", "is_sealed"], name="one_draw_a_day_and_county"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.county}"


class FollowUp(models.Model):
    """One answer that a unit gave and the county asks the resident about.

    `closing` is the number of the entry by which the unit answered. `lot` is the number drawn,
    empty for those that are followed up without exception. What the unit claims and what the
    resident says stand beside each other and neither overwrites the other; nor do they touch the
    resident's own rating.
    """

    draw = models.ForeignKey(
        Draw, models.PROTECT, related_name="follow_ups", verbose_name=_("抽取")
    )
    case = models.ForeignKey(
        Case, models.PROTECT, related_name="follow_ups", verbose_name=_("事项")
    )
    closing = models.PositiveIntegerField()
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("答复单位")
    )
    answered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("原因"), max_length=12, choices=Reason)
    lot = models.CharField(max_length=64, blank=True)
    assigned_to = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="follow_ups", verbose_name=_("回访人")
    )
    tries = models.PositiveSmallIntegerField(_("拨打次数"), default=0)
    called_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    called_at = models.DateTimeField(_("回访时间"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, blank=True)
    claimed_contact = models.BooleanField(_("单位登记按时联系"), null=True)
    was_contacted = models.BooleanField(_("诉求人说按时联系"), null=True)
    is_solved = models.BooleanField(_("诉求人说解决了"), null=True)
    score = models.CharField(_("是否满意"), max_length=12, choices=Score, blank=True)
    words = models.TextField(_("诉求人的话"), blank=True)
    was_sent_back = models.BooleanField(_("已退回重办"), default=False)

    class Meta:
        verbose_name = _("回访")
        verbose_name_plural = _("回访")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "closing"],
                condition=Q(done_at=None),
                name="one_open_follow_up_of_an_answer",
            )
        ]
        indexes = [
            models.Index(
                fields=["assigned_to"], condition=Q(done_at=None), name="follow_ups_to_make"
            ),
            models.Index(fields=["unit", "called_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.closing}"

    @property
    def seed(self) -> str:
        return self.draw.seed

    @property
    def drawn_at(self) -> datetime:
        return self.draw.drawn_at

    @property
    def is_open(self) -> bool:
        return self.done_at is None
