"""The register of what was done with the system: append-only, one hash chain."""

import json
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.audit.kinds import KINDS
from mashang.people.models import Account, Unit


def stamp(at: datetime) -> str:
    """A moment as it stands in a digest, the same from every database."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Record(models.Model):
    """One thing that somebody did: who, when, from where, what, about whom or which case.

    `data` is canonical JSON as text, so that the digest covers the very letters that are stored.
    It holds no secret and no identity of a resident. `unit` is the acting person's at that time,
    `place` the one that it happened about, else the unit's.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(_("时间"))
    kind = models.CharField(_("类别"), max_length=24)
    actor = models.TextField()
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    place = models.CharField(max_length=24, blank=True)
    address = models.CharField(_("来自"), max_length=45, blank=True)
    about = models.CharField(_("关于"), max_length=60, blank=True)
    data = models.TextField(_("内容"), default="{}")
    digest = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")
        ordering = ["-seq"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["kind", "-seq"], name="records_of_a_kind"),
            models.Index(fields=["account", "-seq"], name="records_by_somebody"),
            models.Index(fields=["unit", "-seq"], name="records_of_a_unit"),
            models.Index(fields=["place", "-seq"], name="records_of_a_place"),
            models.Index(fields=["about", "-seq"], name="records_about_something"),
            models.Index(fields=["at"], name="records_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

    def content(self) -> dict[str, Any]:
        """What the digest covers: every column but the digest itself."""
        return {
            "seq": self.seq,
            "at": stamp(self.at),
            "kind": self.kind,
            "actor": self.actor,
            "account": self.account_id,
            "unit": self.unit_id,
            "place": self.place,
            "address": self.address,
            "about": self.about,
            "data": self.data,
        }

    @property
    def label(self) -> str:
        return str(KINDS.get(self.kind, self.kind))

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads(self.data)

    @property
    def who(self) -> dict[str, Any]:
        return json.loads(self.actor)


class Head(models.Model):
    """Where the chain ends; its one row is the lock under which records are added."""

    THE_ONE = 1

    seq = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=80, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.seq} {self.digest}"


class Check(models.Model):
    """A verification of the whole chain: how far it is, and what it found."""

    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    seq = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=80, blank=True)
    fault = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.started_at:%F %T} {self.seq}"
