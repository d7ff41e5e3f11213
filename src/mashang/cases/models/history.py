"""What happened, provably: entries in a chain, and the digest over each day's."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.flow import State
from mashang.cases.models.case import Case
from mashang.people.models import Account


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
    return at.astimezone(UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


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
