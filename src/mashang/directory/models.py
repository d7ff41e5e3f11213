"""Services that a resident may turn to: a telephone, a counter, a place nearby, a page."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.people.models import Account, Unit
from mashang.places.models import Place

# Telephones and opening hours change; half a year without a look, and a card says so.
CHECKED_WITHIN = timedelta(days=180)


class Kind(models.TextChoices):
    """How a service is reached; in the order in which a page shows them."""

    PHONE = "phone", _("打电话")
    COUNTER = "counter", _("到窗口办")
    NEARBY = "nearby", _("身边的地方")
    ONLINE = "online", _("网上办")


class ServiceQuerySet(models.QuerySet["Service"]):
    def unchecked(self, day: date) -> "ServiceQuerySet":
        """In use, and not looked at for half a year before `day`."""
        return self.filter(is_active=True, checked_on__lt=day - CHECKED_WITHIN)


class Service(models.Model):
    """One card. `place` is where it serves, with everything inside; None is the whole city."""

    code = models.CharField(_("代号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("怎么用"), max_length=12, choices=Kind)
    words = models.CharField(_("能办什么"), max_length=120)
    place = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("范围"),
    )
    address = models.CharField(_("在哪里"), max_length=120, blank=True)
    hours = models.CharField(_("什么时间"), max_length=80, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    url = models.URLField(_("网址"), max_length=300, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="services", verbose_name=_("负责单位")
    )
    checked_on = models.DateField(_("核对日期"), default=timezone.localdate)
    checked_by = models.ForeignKey(Account, models.PROTECT, null=True, editable=False)
    is_active = models.BooleanField(_("在用"), default=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=50)
    pinyin = models.CharField(max_length=200, editable=False)
    initials = models.CharField(max_length=80, editable=False)
    spelled = models.CharField(max_length=40, editable=False)  # the name that they spell

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务")
        verbose_name_plural = _("服务")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(address="") | ~Q(url=""), name="service_can_be_reached"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_stale(self) -> bool:
        return self.checked_on < timezone.localdate() - CHECKED_WITHIN
