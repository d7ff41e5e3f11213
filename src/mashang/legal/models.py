"""Guided flows and their signatures; questions to counsel; what is published of them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case
from mashang.core.fields import EncryptedText
from mashang.legal import flows
from mashang.people.models import Account
from mashang.places.models import Place

WARN_BEFORE = timedelta(days=60)  # a certificate's end


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


class Question(models.Model):
    """What somebody asked of counsel, and what was answered: all of it encrypted and in no column
    of the case, so that lists, searches and whoever runs the system have nothing to show.

    `way` is how a guided flow was answered, where the question came from one.
    """

    case = models.OneToOneField(
        Case, models.CASCADE, primary_key=True, related_name="legal_question"
    )
    topic = models.CharField(_("主题"), max_length=12, choices=flows.Topic)
    words = EncryptedText(_("问题"), null=True)
    other_party = EncryptedText(_("对方"), null=True)
    way = EncryptedText(null=True)
    answer = EncryptedText(_("答复"), null=True)
    may_publish = models.BooleanField(_("同意去掉身份后公开"), default=False)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("法律咨询")
        verbose_name_plural = _("法律咨询")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Note(models.Model):
    """What was said after the question: by the asker, or asked by counsel."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="notes")
    is_from_asker = models.BooleanField()
    words = EncryptedText(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("咨询补充")
        verbose_name_plural = _("咨询补充")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.question_id} {self.at:%F}"


class InterestKind(models.TextChoices):
    KIN = "kin", _("亲属")
    UNIT = "unit", _("任职、顾问的单位")
    CLIENT = "client", _("代理过的人")


class Interest(models.Model):
    """Somebody or something that one of counsel has to do with, as they declare it themselves.
    They are never asked about it. Others do not read it: it is compared, and that is all."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="legal_interests")
    kind = models.CharField(_("关系"), max_length=8, choices=InterestKind)
    name = EncryptedText(_("名称"))
    declared_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("利害关系")
        verbose_name_plural = _("利害关系")
        ordering = ["declared_at"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"


class PublicationState(models.TextChoices):
    DRAFT = "draft", _("等另一位律师看")
    RETURNED = "returned", _("退回修改")
    PUBLISHED = "published", _("已公开")
    TAKEN_DOWN = "taken_down", _("已撤下")


class Publication(models.Model):
    """An answered question without identities, read by a second pair of eyes before all may."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="legal_publication")
    topic = models.CharField(_("主题"), max_length=12, choices=flows.Topic)
    question = models.CharField(_("问题"), max_length=500)
    answer = models.TextField(_("答复"), max_length=2000)
    state = models.CharField(_("状态"), max_length=10, choices=PublicationState, default="draft")
    drafted_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("退回原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("公开问答")
        verbose_name_plural = _("公开问答")
        ordering = ["-decided_at", "-id"]
        indexes = [models.Index(fields=["state", "-decided_at"])]

    def __str__(self) -> str:
        return self.question[:20]


class Guide(models.Model):
    """A village's legal guide (法律明白人): what is needed to reach one and to keep the certificate
    in force, and no more."""

    name = models.CharField(_("姓名"), max_length=40)
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="legal_guides", verbose_name=_("村或社区")
    )
    phone = EncryptedText(_("电话"))
    certificate = models.CharField(_("证书编号"), max_length=40)
    certified_on = models.DateField(_("发证日期"))
    expires_on = models.DateField(_("证书到期"))
    ended_on = models.DateField(_("不再担任"), null=True, blank=True)

    class Meta:
        verbose_name = _("法律明白人")
        verbose_name_plural = _("法律明白人")
        ordering = ["expires_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["certificate"], name="one_guide_a_certificate"),
            models.CheckConstraint(
                condition=Q(expires_on__gt=F("certified_on")), name="certificates_end_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phone_end(self) -> str:
        return self.phone[-4:]

    @property
    def is_expired(self) -> bool:
        return self.expires_on < timezone.localdate()

    @property
    def expires_soon(self) -> bool:
        return not self.is_expired and self.expires_on <= timezone.localdate() + WARN_BEFORE


class Training(models.Model):
    """A training that a guide took part in."""

    guide = models.ForeignKey(Guide, models.CASCADE, related_name="trainings")
    day = models.DateField(_("日期"))
    subject = models.CharField(_("内容"), max_length=60)
    hours = models.PositiveSmallIntegerField(_("学时"))

    class Meta:
        verbose_name = _("培训")
        verbose_name_plural = _("培训")
        ordering = ["-day", "-id"]

    def __str__(self) -> str:
        return f"{self.day} {self.subject}"
