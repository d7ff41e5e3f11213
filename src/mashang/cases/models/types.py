"""Types of matters: each with a form of its own, beside the plain request that needs no row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mashang.cases.models.case import Category
from mashang.core.versions import Version


class CaseType(Version):
    """A type as the city set it from a day on. `fields` is a list of what `types.Question` reads.

    A short one is answered by choosing: no words, no name, and a phone only from whoever wants to
    hear what became of it. `flow` names the table of moves in code; there is one today. `channels`
    are those of `Channel` that may use the form.
    """

    KEY = ("code",)

    code = models.CharField(_("代号"), max_length=30)
    name = models.CharField(_("名称"), max_length=40)
    help = models.CharField(_("说明"), max_length=300, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    flow = models.CharField(_("流程"), max_length=30, default="request")
    urgency = models.CharField(_("紧急程度"), max_length=12, default="ordinary")
    default_category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("自带类别"),
    )
    is_short = models.BooleanField(_("随手报"), default=False)
    channels = models.JSONField(_("渠道"), default=list)
    fields = models.JSONField(_("问题"), default=list)

    class Meta:
        verbose_name = _("事项类型")
        verbose_name_plural = _("事项类型")
        ordering = ["code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_type_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.name
