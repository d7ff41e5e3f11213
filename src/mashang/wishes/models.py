"""What a wish has beside its case: the words shown, who claimed it, offers of help."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case
from mashang.cases.models.case import new_salt
from mashang.core.fields import EncryptedText
from mashang.core.ids import sign_key
from mashang.places.models import Place


class Wish(models.Model):
    """What is shown of a wish, and how it ended. The case's own text is for the grid alone."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="wish")
    public_words = models.CharField(_("公布的话"), max_length=120, blank=True)
    handover = models.CharField(_("东西送到哪里"), max_length=120, blank=True)
    shown_at = models.DateTimeField(_("公布时间"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("送达时间"), null=True, blank=True)
    receipt = models.TextField(_("送达情况"), blank=True)
    thanks = models.TextField(_("感谢的话"), blank=True)

    class Meta:
        verbose_name = _("微心愿")
        verbose_name_plural = _("微心愿")

    def __str__(self) -> str:
        return self.public_words or f"{self.case_id}"


class Kind(models.TextChoices):
    """Who helps."""

    PERSON = "person", _("个人")
    UNIT = "unit", _("单位")
    TEAM = "team", _("志愿队、团体")


class Helper(models.Model):
    """Somebody who helps: reached by phone, shown by the name of their unit or team alone."""

    kind = models.CharField(_("身份"), max_length=8, choices=Kind, default=Kind.PERSON)
    group = models.CharField(_("单位或队伍名称"), max_length=60, blank=True)
    name = EncryptedText(_("联系人"))
    phone = EncryptedText(_("手机"))
    phone_index = models.CharField(max_length=64, db_index=True)
    salt = models.CharField(max_length=16, default=new_salt)

    class Meta:
        abstract = True

    @property
    def shown(self) -> str:
        """How the wisher and the public know them."""
        return self.group if self.kind != Kind.PERSON else str(_("一位热心人"))


class Ending(models.TextChoices):
    DELIVERED = "delivered", _("已送达")
    LAPSED = "lapsed", _("到期收回")
    GIVEN_BACK = "given_back", _("自己退回")
    WITHDRAWN = "withdrawn", _("心愿撤回")


class Claim(Helper):
    """One claim of a wish; a wish has one live claim at most."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="claims")
    claimed_at = models.DateTimeField(_("认领时间"))
    due_at = models.DateTimeField(_("送达期限"))
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(_("结果"), max_length=12, choices=Ending, blank=True)

    class Meta:
        verbose_name = _("认领")
        verbose_name_plural = _("认领")
        ordering = ["claimed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="one_live_claim_a_wish"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.shown}"

    @property
    def token(self) -> str:
        return sign_key("claim", self.pk, self.salt)


class Offer(Helper):
    """What somebody would give, until the grid matches it with a wish."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("哪里"))
    words = models.CharField(_("愿意帮什么"), max_length=200)
    submission = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("时间"))
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("愿意帮的")
        verbose_name_plural = _("愿意帮的")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.words
