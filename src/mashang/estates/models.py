"""Housing estates: a place with three units that answer for it, and what meets there talk of."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case
from mashang.people.models import Account, Unit
from mashang.places.models import Place


class Estate(models.Model):
    """业主下单，党组织派单，物业接单: its orders go to the branch, which hands them on.

    The place is one of the register, with its buildings below it; the branch is its ordinary unit
    (a unit of the community's kind at this place), so that routing needs to know nothing of
    estates. Manager and committee are units of their own below the branch.
    """

    place = models.OneToOneField(
        Place, models.PROTECT, primary_key=True, related_name="estate", verbose_name=_("地点")
    )
    households = models.PositiveIntegerField(_("户数"), default=0)
    persons = models.PositiveIntegerField(_("人数"), default=0)
    branch = models.ForeignKey(
        Unit, models.PROTECT, related_name="estates_led", verbose_name=_("社区党组织")
    )
    manager = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="estates_managed",
        verbose_name=_("物业"),
    )
    committee = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="estates_represented",
        verbose_name=_("业委会"),
    )

    class Meta:
        verbose_name = _("小区")
        verbose_name_plural = _("小区")
        ordering = ["place"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.place.name

    @property
    def units(self) -> list[tuple[object, Unit]]:
        """(what it is here, the unit), the branch first."""
        named = (
            (_("社区党组织"), self.branch),
            (_("物业"), self.manager),
            (_("业委会"), self.committee),
        )
        return [(what, unit) for what, unit in named if unit is not None]


class MeetingTopic(models.Model):
    """A matter that several owners raised, merged into one case (`lead`) and put before a meeting.

    Title, words and outcome are written by staff for everybody to read; nothing of a report is in
    them.
    """

    estate = models.ForeignKey(Estate, models.PROTECT, related_name="topics")
    lead = models.OneToOneField(Case, models.PROTECT, related_name="meeting_topic")
    title = models.CharField(_("议题"), max_length=40)
    words = models.CharField(_("要商量什么"), max_length=600)
    meets_on = models.DateField(_("哪天开会"), null=True, blank=True)
    outcome = models.CharField(_("议定的结果"), max_length=600, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    raised_at = models.DateTimeField(default=timezone.now)
    raised_by = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("会议议题")
        verbose_name_plural = _("会议议题")
        ordering = ["-raised_at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.title
