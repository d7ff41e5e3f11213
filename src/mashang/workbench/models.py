"""What the desk keeps: the words of each case to be searched, and lists that people saved."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case
from mashang.people.actors import Staff
from mashang.people.models import Account, Unit
from mashang.workbench.fields import PairsField


class SearchRow(models.Model):
    """The pairs of characters of one case's words, spot and answer; `indexing` keeps it up."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="search_row")
    pairs = PairsField()

    class Meta:
        verbose_name = _("检索索引")
        verbose_name_plural = _("检索索引")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, actor: Staff) -> "SavedViewQuerySet":
        """A person's own, and those shared with a unit in which they hold a post today."""
        units = [post.unit_id for post in actor.posts]
        return self.filter(Q(owner=actor.account.pk) | Q(shared_with__in=units))


class SavedView(models.Model):
    """A list with its filters under a name. `query` is what stands in its address.

    A view holds no rows: whoever opens a shared one sees only what they may see.
    """

    owner = models.ForeignKey(Account, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=1000)
    shared_with = models.ForeignKey(
        Unit, models.CASCADE, null=True, blank=True, related_name="saved_views",
        verbose_name=_("同单位可用"),
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("保存的列表")
        verbose_name_plural = _("保存的列表")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name


class FirstView(models.Model):
    """The saved list with which a person's desk opens."""

    account = models.OneToOneField(
        Account, models.CASCADE, primary_key=True, related_name="first_view"
    )
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id} → {self.view_id}"
