"""The operator's day table and the counters that hold floods back."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Day(models.Model):
    """A day whose work is settled by the State Council's notice or by the city itself.

    A rule that takes effect on the day that it names: it is written anew until the day begins,
    and never afterwards.
    """

    date = models.DateField(_("日期"), primary_key=True)
    is_working = models.BooleanField(_("上班"))
    name = models.CharField(_("说明"), max_length=60, blank=True)
    made_at = models.DateTimeField(_("修改时间"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("修改人"),
    )

    class Meta:
        verbose_name = _("工作日历")
        verbose_name_plural = _("工作日历")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class Hit(models.Model):
    """How often one keyed digest (of an address, a phone) was seen in one window of time.

    Addresses are never stored: the digest cannot be turned back, and rows go after two days.
    """

    key = models.CharField(max_length=64)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "window"], name="one_hit_row_a_window")
        ]
        indexes = [models.Index(fields=["window"])]

    def __str__(self) -> str:
        return f"{self.window}: {self.count}"
