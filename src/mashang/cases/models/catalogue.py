"""The responsibility catalogue: which unit a matter of a category at a place belongs to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mashang.cases.models.case import Category
from mashang.core.versions import Version
from mashang.people.models import Unit
from mashang.places.models import Place


class CatalogueRule(Version):
    """Matters of this category, and of all below it, at this place and everywhere in it.

    Without a unit: the place's own unit, or its county's centre where `keeps_above`. A rule with
    `is_ended` says that from its day on there is none of its own here, and a wider one counts.
    `keeps_above`: a department's matter, which must not be pushed down to townships and villages.
    """

    KEY = ("category", "place")

    category = models.ForeignKey(
        Category, models.PROTECT, related_name="rules", verbose_name=_("类别")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("地点"))
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("承办单位"),
    )
    keeps_above = models.BooleanField(_("不下沉"), default=False)
    is_ended = models.BooleanField(_("取消本条"), default=False)

    class Meta:
        verbose_name = _("职责目录")
        verbose_name_plural = _("职责目录")
        ordering = ["category", "place", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "place", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_catalogue_rule_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.category} · {self.place} → {self.unit or '-'}"
