"""What a mediation has beside its case: the parties, what each says, sessions, the agreement."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case
from mashang.cases.models.case import new_salt
from mashang.core.fields import EncryptedText
from mashang.core.ids import sign_key
from mashang.people.models import Account


class Side(models.TextChoices):
    APPLICANT = "applicant", _("申请方")
    RESPONDENT = "respondent", _("对方")


class Capacity(models.TextChoices):
    """As what somebody acts for a party (Civil Code, art. 163, 165; 23, 27, 28 for guardians)."""

    GUARDIAN = "guardian", _("法定代理人（监护人）")
    AUTHORISED = "authorised", _("委托代理人")


class Way(models.TextChoices):
    """How a party consented or signed."""

    LINK = "link", _("手机链接")
    CODE = "code", _("手机验证码")
    PAPER = "paper", _("纸面或当面")


class Door(models.TextChoices):
    """Where a matter may go when mediation ends (art. 26)."""

    COURT = "court", _("向人民法院起诉")
    LABOUR = "labour", _("申请劳动人事争议仲裁")
    LAND = "land", _("申请农村土地承包仲裁")
    ARBITRATION = "arbitration", _("按约定申请商事仲裁")
    ADMINISTRATIVE = "administrative", _("请有关行政机关处理")
    POLICE = "police", _("报警或找派出所")


class Mediation(models.Model):
    """What all parties may read of the matter, and where it went when it ended."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="mediation")
    topic = models.CharField(_("纠纷（各方都看到）"), max_length=120, blank=True)
    is_proposed = models.BooleanField(_("由干部提议"), default=False)
    meets_at = models.DateTimeField(_("调解时间"), null=True, blank=True)
    where = models.CharField(_("调解地点"), max_length=80, blank=True)
    door = models.CharField(_("可以去哪里"), max_length=16, choices=Door, blank=True)
    ended_words = models.TextField(_("终止的说明"), blank=True)

    class Meta:
        verbose_name = _("人民调解")
        verbose_name_plural = _("人民调解")

    def __str__(self) -> str:
        return self.topic or f"{self.case_id}"


class Party(models.Model):
    """One person of a side, perhaps acted for by another.

    The link opens its own page, on which nothing of anybody else's private words is. Whoever left
    is a party no more, and what it wrote stays.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties")
    side = models.CharField(_("哪一方"), max_length=10, choices=Side)
    name = EncryptedText(_("姓名"))
    phone = EncryptedText(_("电话"))
    salt = models.CharField(max_length=16, default=new_salt)
    agent = EncryptedText(_("代理人"), default="")
    agent_phone = EncryptedText(_("代理人电话"), default="")
    agent_as = models.CharField(_("代理的身份"), max_length=10, choices=Capacity, blank=True)
    agent_basis = EncryptedText(_("看过的证明或委托书"), default="")
    agent_may_sign = models.BooleanField(_("可以代签协议"), default=False)
    agent_checked_at = models.DateTimeField(_("核对时间"), null=True, blank=True)
    consented_at = models.DateTimeField(_("同意时间"), null=True, blank=True)
    consent_way = models.CharField(max_length=8, choices=Way, blank=True)
    objected_to = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("签字时间"), null=True, blank=True)
    sign_way = models.CharField(max_length=8, choices=Way, blank=True)
    left_at = models.DateTimeField(_("退出时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("当事人")
        verbose_name_plural = _("当事人")
        ordering = ["side", "pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.side}"

    @property
    def token(self) -> str:
        return sign_key("party", self.pk, self.salt)

    @property
    def spoken(self) -> str:
        """The party as all parties and papers name it, with whoever acts for it."""
        if not self.agent:
            return self.name or ""
        return f"{self.name}（{Capacity(self.agent_as).label} {self.agent}）"

    @property
    def reached_at(self) -> str:
        """The phone of whoever acts: the representative's, where there is one with a phone."""
        return (self.agent and self.agent_phone) or self.phone or ""

    @property
    def signs_at(self) -> str:
        """The phone whose holder may sign: the party's own where the authority leaves that out."""
        return self.reached_at if not self.agent or self.agent_may_sign else self.phone or ""


class Statement(models.Model):
    """What a party wrote: for the mediator alone, unless it wants the others to read it."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="statements")
    words = EncryptedText(_("情况"))
    is_shared = models.BooleanField(_("其他当事人也能看到"), default=False)
    made_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("陈述")
        verbose_name_plural = _("陈述")
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.party_id} {self.made_at}"


class Session(models.Model):
    """Minutes of one session: with all, or with some, and then for the eyes of those alone."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="sessions")
    parties = models.ManyToManyField(Party, related_name="+", verbose_name=_("和谁谈"))  # none: all
    held_on = models.DateField(_("哪天"))
    minutes = EncryptedText(_("笔录"))
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("调解笔录")
        verbose_name_plural = _("调解笔录")
        ordering = ["held_on", "pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.held_on}"


class Agreement(models.Model):
    """The agreement: what art. 29 names, and the place of performance (rules art. 35)."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="agreement")
    is_oral = models.BooleanField(_("口头协议"), default=False)
    parties = EncryptedText(_("当事人的基本情况"))
    facts = EncryptedText(_("纠纷的主要事实"))
    issues = EncryptedText(_("争议事项"))
    liability = EncryptedText(_("各方当事人的责任"))
    terms = EncryptedText(_("协议内容，履行的方式、地点、期限"))
    digest = models.CharField(max_length=80)  # what the chain proves of all these words
    drafted_at = models.DateTimeField()
    effective_at = models.DateTimeField(_("生效时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("调解协议")
        verbose_name_plural = _("调解协议")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Instalment(models.Model):
    """One thing to be done by a day; a visit says whether it was."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="instalments")
    due_on = models.DateField(_("哪天前"))
    words = EncryptedText(_("做什么"))
    kept_at = models.DateTimeField(_("履行时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("分期")
        verbose_name_plural = _("分期")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.due_on}"
