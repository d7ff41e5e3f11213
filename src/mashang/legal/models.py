"""Guided flows as they were loaded, and who of the city's counsel signed which version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mashang.legal import flows
from mashang.people.models import Account


class FlowVersion(models.Model):
    """A flow as it was loaded. Rows are never changed: other words are another version, and that
    one has no signature yet. `content` is the rows of the table as `flows.stored` reads them."""

    code = models.CharField(_("代号"), max_length=30)
    number = models.PositiveSmallIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=40)
    topic = models.CharField(_("主题"), max_length=12, choices=flows.Topic)
    content = models.JSONField()
    digest = models.CharField(max_length=80)
    loaded_at = models.DateTimeField(_("装入时间"), default=timezone.now)
    loaded_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    is_current = models.BooleanField(_("在用"), default=True)

    class Meta:
        verbose_name = _("引导流程")
        verbose_name_plural = _("引导流程")
        ordering = ["code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="one_flow_a_number"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(is_current=True), name="one_current_version_of_a_flow"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"

    @cached_property
    def flow(self) -> flows.Flow:
        return flows.stored(self.code, self.content)

    @property
    def signature(self) -> FlowSignature | None:
        return next(iter(self.signatures.all()), None)


class FlowSignature(models.Model):
    """That one of the city's counsel read a version and answers for it."""

    version = models.ForeignKey(FlowVersion, models.PROTECT, related_name="signatures")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    unit_name = models.CharField(_("单位"), max_length=80)
    signed_at = models.DateTimeField(_("签署时间"), default=timezone.now)
    words = models.CharField(_("说明"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("流程签署")
        verbose_name_plural = _("流程签署")
        constraints = [
            models.UniqueConstraint(fields=["version"], name="one_signature_a_flow_version")
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.account_id}"
