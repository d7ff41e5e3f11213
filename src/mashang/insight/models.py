"""What the figures are counted from: a row of facts for each case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.contact import Proof
from mashang.cases.flow import Phase, State
from mashang.cases.models import Case, Category, Channel, Score
from mashang.core.fields import EncryptedText
from mashang.people.models import Account, Unit
from mashang.places.models import Place

LIVE = (Phase.OPEN, Phase.WAITING)


class Kept(models.TextChoices):
    """Whether a limit was kept; the empty value is that none of its kind ran on the case."""

    MET = "met", _("按时")
    LATE = "late", _("超时")
    RUNNING = "running", _("还没到期")


class Fact(models.Model):
    """What figures ask of one case, each as one column, by the city's calendar and wall clock.

    The worker writes it after each entry of the case, and at `looks_at`, when a limit passes that
    nobody has met. `facts.derive` says what each column means. Places, units and categories are
    no joins: a figure reads this table alone.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="fact")
    place = models.CharField(max_length=24)
    township = models.CharField(max_length=9)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False, related_name="+")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    channel = models.CharField(max_length=8, choices=Channel)
    state = models.CharField(max_length=16, choices=State)
    phase = models.CharField(max_length=8, choices=Phase)
    received_on = models.DateField()
    received_hour = models.PositiveSmallIntegerField()
    weekday = models.PositiveSmallIntegerField()  # 1 is Monday
    closed_on = models.DateField(null=True)

    is_sealed = models.BooleanField()
    is_anonymous = models.BooleanField()
    is_erased = models.BooleanField()
    is_member = models.BooleanField()
    contact = models.CharField(max_length=7, choices=Kept, blank=True)
    acknowledge = models.CharField(max_length=7, choices=Kept, blank=True)
    handling = models.CharField(max_length=7, choices=Kept, blank=True)
    contact_proof = models.CharField(max_length=7, choices=Proof, blank=True)
    contact_minutes = models.PositiveIntegerField(null=True)
    acknowledge_minutes = models.PositiveIntegerField(null=True)
    answer_minutes = models.PositiveIntegerField(null=True)
    returns = models.PositiveSmallIntegerField()
    redos = models.PositiveSmallIntegerField()
    is_solved = models.BooleanField(null=True)
    score = models.CharField(max_length=12, choices=Score, blank=True)
    looks_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_on", "township"]),
            models.Index(fields=["place", "received_on"]),
            models.Index(fields=["unit", "received_on"]),
            models.Index(
                fields=["closed_on", "township"],
                condition=Q(closed_on__isnull=False),
                name="facts_closed",
            ),
            models.Index(
                fields=["place", "state"],
                condition=Q(phase__in=LIVE, is_sealed=False),
                name="facts_in_hand",
            ),
            models.Index(
                fields=["looks_at"], condition=Q(looks_at__isnull=False), name="facts_to_look_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}"


class Keeper(models.Model):
    """One row: whoever keeps the facts up holds it locked, so that only one does at a time."""

    THE_ONE = 1

    def __str__(self) -> str:
        return "keeper"


class Tally(models.Model):
    """The counts of one day at one place: a township, county or the city, with all in it; or those
    of a whole month, on its first day, so that a year is twelve rows.

    `counts` is by the names of parts and splits (`counting`). Only what is not nought stands in it,
    and a day without any has no row. Villages and units are counted from the facts themselves:
    they have few.
    """

    place = models.CharField(max_length=9)
    day = models.DateField()
    is_month = models.BooleanField(default=False)
    counts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place", "is_month", "day"], name="one_tally_a_day_or_month"
            )
        ]
        indexes = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        return f"{self.place} {self.day}"


class Form(models.TextChoices):
    EXCEL = "xlsx", "Excel"
    WORD = "docx", "Word"
    PDF = "pdf", "PDF"


class Every(models.TextChoices):
    DAY = "day", _("每天")
    WEEK = "week", _("每周")
    MONTH = "month", _("每月")


class Subscription(models.Model):
    """Somebody's wish to be mailed a report of a place or unit, on `next_on` and every so often."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    every = models.CharField(_("多久一次"), max_length=5, choices=Every)
    form = models.CharField(_("格式"), max_length=4, choices=Form)
    email = EncryptedText(_("邮箱"))
    language = models.CharField(max_length=8, default="zh-hans")
    next_on = models.DateField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_on"], condition=Q(ended_at=None), name="subscriptions_to_serve"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.every}"


class ReportState(models.TextChoices):
    WAITING = "waiting", _("排队")
    RUNNING = "running", _("正在生成")
    DONE = "done", _("已生成")
    FAILED = "failed", _("没有生成成")


class Report(models.Model):
    """A file of the figures of a place or unit in a period: ordered, made by a child of the
    worker, kept. One that says nothing for a while (`beat_at`) has died and is made again."""

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    first = models.DateField()
    last = models.DateField()
    form = models.CharField(max_length=4, choices=Form)
    language = models.CharField(max_length=8, default="zh-hans")
    ordered_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=timezone.now)
    subscription = models.ForeignKey(Subscription, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=ReportState, default=ReportState.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    trouble = models.CharField(max_length=300, blank=True)
    beat_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    size = models.PositiveIntegerField(default=0)  # bytes
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=("waiting", "running")),
                name="reports_to_make",
            ),
            models.Index(
                fields=["id"],
                condition=Q(state="done", mailed_at=None, subscription__isnull=False),
                name="reports_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.form}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (ReportState.WAITING, ReportState.RUNNING)
