"""What is told to whom: templates, the outbox, and the codes that prove a phone."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.core.fields import EncryptedJSON, EncryptedText
from mashang.core.ids import sign_key
from mashang.core.versions import Version
from mashang.people.models import Account, Unit
from mashang.places.models import Place


class Template(Version):
    """A city's own wording of a text in `texts.TEXTS`, as the operators approved it.

    `{words}` in braces are its variables. Whether a text is a duty message is a rule of the
    product and stands in that table, so that a forgotten tick cannot silence one at night.
    """

    KEY = ("code",)

    code = models.CharField(_("代号"), max_length=40)
    body = models.CharField(_("中文"), max_length=300)
    body_en = models.CharField(_("英文"), max_length=600, blank=True)
    provider_code = models.CharField(_("运营商模板号"), max_length=60, blank=True)
    is_enabled = models.BooleanField(
        _("启用"), default=True, help_text=_("停用后改用系统自带的文字，短信照发")
    )

    class Meta:
        verbose_name = _("短信模板")
        verbose_name_plural = _("短信模板")
        ordering = ["code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_wording_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.code


class Purpose(models.TextChoices):
    """What a message is for; a provider is chosen by it."""

    CODE = "code", _("验证码")
    RESIDENT = "resident", _("居民通知")
    DUTY = "duty", _("工作人员值班")
    NUDGE = "nudge", _("工作人员提醒（在短信之外）")


class ProviderKind(models.TextChoices):
    """A way of sending; `senders` has one adapter for each."""

    DEMO = "demo", _("演示手机")
    GATEWAY = "gateway", _("自建网关")
    ALIYUN = "aliyun", _("阿里云短信")
    TENCENT = "tencent", _("腾讯云短信")
    HUAWEI = "huawei", _("华为云短信")
    SMPP = "smpp", _("运营商专线（SMPP）")
    SMTP = "smtp", _("电子邮件")
    WECOM_GROUP = "wecom_group", _("企业微信群机器人")
    DING_GROUP = "ding_group", _("钉钉群机器人")
    WECOM_APP = "wecom_app", _("企业微信应用消息")
    DING_APP = "ding_app", _("钉钉工作通知")
    PUSH = "push", _("浏览器通知")
    WECHAT = "wechat", _("微信公众号（给居民）")
    CALL_GATEWAY = "call_gateway", _("拨号网关（点击拨打）")
    ASTERISK = "asterisk", _("Asterisk 电话交换机（点击拨打）")


# They put calls through and carry no messages.
THAT_CALL = frozenset({ProviderKind.CALL_GATEWAY, ProviderKind.ASTERISK})


class Channel(models.TextChoices):
    """How a message reaches whoever it is for. SMS goes by any provider that sends SMS; each of
    the others is one kind of provider, and bears its name."""

    SMS = "sms", _("短信")
    SMTP = "smtp", _("电子邮件")
    WECOM_GROUP = "wecom_group", _("企业微信群")
    DING_GROUP = "ding_group", _("钉钉群")
    WECOM_APP = "wecom_app", _("企业微信")
    DING_APP = "ding_app", _("钉钉")
    PUSH = "push", _("浏览器通知")
    WECHAT = "wechat", _("微信")


OF_A_GROUP = (Channel.WECOM_GROUP, Channel.DING_GROUP)
OF_RESIDENTS = (Channel.SMS, Channel.WECHAT)  # every other one reminds the staff


def channel_of(kind: str) -> str:
    """The channel of a kind of provider; "" for one that puts calls through."""
    if kind in THAT_CALL:
        return ""
    return kind if kind in Channel.values else Channel.SMS


class Provider(Version):
    """A provider that the city has a contract with, as of a day.

    Its secrets are in the environment alone, under its code: MASHANG_PROVIDER_<CODE>_KEY and
    MASHANG_PROVIDER_<CODE>_SECRET.
    """

    KEY = ("code",)

    code = models.SlugField(_("代号"), max_length=30)
    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("接口"), max_length=12)
    purposes = models.JSONField(_("用途"), default=list)
    weight = models.PositiveSmallIntegerField(_("权重"), default=100)
    signature = models.CharField(_("签名"), max_length=30, blank=True)
    options = models.JSONField(_("参数"), default=dict, blank=True)
    price = models.PositiveIntegerField(_("每条价格（厘）"), default=0)
    is_enabled = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("短信通道")
        verbose_name_plural = _("短信通道")
        ordering = ["code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_provider_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def said_kind(self) -> str:
        return str(dict(ProviderKind.choices).get(self.kind, self.kind))


class CallReason(models.TextChoices):
    """Why two people did not talk. The last three say nothing of the second one's phone."""

    NO_ANSWER = "no_answer", _("没人接听")
    BUSY = "busy", _("正在通话中")
    REFUSED = "refused", _("没有接，挂断了")
    WRONG = "wrong", _("空号或停机")
    CALLER = "caller", _("拨打人的手机没有接，或先挂断了")
    FAILED = "failed", _("线路故障")
    NOT_SENT = "not_sent", _("没有拨出")


class ApprovalState(models.TextChoices):
    SUBMITTED = "submitted", _("审核中")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")


class Approval(Version):
    """What a provider says to one of our wordings: its number, and how long variables may be.

    `variables` are the names in the order of the provider's template, each with its limit:
    [["number", 20], …]. Empty: as they stand in the wording, 20 characters each. A third part is
    what the provider calls it in its own template: ["unit", 20, "thing1"].
    """

    KEY = ("provider", "template", "language")

    provider = models.SlugField(_("通道"), max_length=30)
    template = models.CharField(_("短信"), max_length=40)
    language = models.CharField(_("语言"), max_length=8, default="zh-hans")
    state = models.CharField(
        _("审核"), max_length=10, choices=ApprovalState, default=ApprovalState.SUBMITTED
    )
    provider_code = models.CharField(_("通道模板号"), max_length=60, blank=True)
    variables = models.JSONField(_("变量"), default=list, blank=True)

    class Meta:
        verbose_name = _("模板审核")
        verbose_name_plural = _("模板审核")
        ordering = ["provider", "template", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "template", "language", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="one_approval_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.template}"


class ProviderHealth(models.Model):
    """How a worker sees a provider, told every few seconds for the page; sending reads none."""

    provider = models.SlugField(primary_key=True, max_length=30)
    share = models.PositiveSmallIntegerField(default=100)  # percent of its weight
    is_paused = models.BooleanField(default=False)
    words = models.CharField(max_length=200, blank=True)  # the last trouble
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.provider


class MessageState(models.TextChoices):
    QUEUED = "queued", _("待发")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发出")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("失败")
    EXPIRED = "expired", _("过期未发")
    WITHHELD = "withheld", _("未发（限额）")
    ABORTED = "aborted", _("已取消")


class Address(models.Model):
    """Where a member of the staff, or a unit's group, is reminded besides the SMS; where a resident
    has messages, who is known by the index of a phone that was proved.

    `fields` is what the channel needs: a mail address, a user's name there, a robot's key, a
    browser's subscription. It identifies or lets one write, so it is sealed and never shown.
    `trouble` is why the provider does not take it any more; then nothing goes there.
    """

    channel = models.CharField(_("渠道"), max_length=12, choices=Channel)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, related_name="+")
    phone_index = models.CharField(max_length=64, blank=True)
    fields = EncryptedJSON(default=dict)
    digest = models.CharField(max_length=64)  # of `fields`, keyed: the same one is kept once
    since = models.DateTimeField(default=timezone.now)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(account=None, unit__isnull=False, phone_index="")
                | Q(account__isnull=False, unit=None, phone_index="")
                | (Q(account=None, unit=None) & ~Q(phone_index="")),
                name="address_of_a_person_or_a_unit",
            ),
            models.UniqueConstraint(
                fields=["channel", "account", "digest"],
                condition=Q(unit=None),
                name="one_address_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["channel", "unit"], condition=Q(account=None), name="one_group_of_a_unit"
            ),
            models.UniqueConstraint(
                fields=["channel", "phone_index"],
                condition=~Q(phone_index=""),
                name="one_address_of_a_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class Message(models.Model):
    """One message with its whole life. `key` makes it once; nothing in it is a resident's word.

    An SMS goes to `phone`; any other channel's to `address`, and has no phone.
    """

    key = models.CharField(max_length=120)
    template = models.CharField(_("模板"), max_length=40)
    language = models.CharField(max_length=8, default="zh-hans")
    params = EncryptedJSON(default=dict)
    phone = EncryptedText(_("手机"))
    phone_index = models.CharField(max_length=64)
    channel = models.CharField(
        _("渠道"), max_length=12, choices=Channel, default=Channel.SMS, db_default=Channel.SMS
    )
    address = models.ForeignKey(
        Address, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    subject = models.CharField(_("事项"), max_length=60, blank=True)
    is_duty = models.BooleanField(default=False)
    state = models.CharField(
        _("状态"), max_length=10, choices=MessageState, default=MessageState.QUEUED
    )
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    queued_at = models.DateTimeField(_("提交"), default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=32, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("发出"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("送达"), null=True, blank=True)
    provider = models.CharField(_("通道"), max_length=30, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)  # to the provider, the last time
    parts = models.PositiveSmallIntegerField(_("计费条数"), default=1)
    provider_reference = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("短信")
        verbose_name_plural = _("短信")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["key"], name="one_message_a_key")]
        indexes = [
            models.Index(fields=["subject"], name="messages_of_a_subject"),
            models.Index(
                fields=["-is_duty", "next_attempt_at", "id"],
                condition=Q(state=MessageState.QUEUED),
                name="messages_to_send",
            ),
            models.Index(
                fields=["claimed_at"],
                condition=Q(state=MessageState.SENDING),
                name="messages_claimed",
            ),
            models.Index(fields=["phone_index", "-id"], name="messages_of_a_phone"),
            models.Index(
                fields=["provider_reference"],
                condition=~Q(provider_reference=""),
                name="messages_by_reference",
            ),
            models.Index(fields=["queued_at"], name="messages_by_age"),
            models.Index(
                fields=["queued_at"], condition=Q(is_duty=True), name="duty_messages_by_age"
            ),
            models.Index(
                fields=["address"],
                condition=Q(address__isnull=False),
                name="messages_of_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class AttemptOutcome(models.TextChoices):
    TEMPORARY = "temporary", _("没发成，会再试")
    REFUSED = "refused", _("被拒绝")
    UNKNOWN = "unknown", _("没有答复")
    UNDELIVERED = "undelivered", _("没送到")


class Attempt(models.Model):
    """What came of handing a message over, in the provider's words.

    One that went well leaves no row: the message says when, by whom and under which reference.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="tries")
    provider = models.CharField(max_length=30)
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=12, choices=AttemptOutcome)
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["provider", "at"], name="attempts_of_a_provider")]

    def __str__(self) -> str:
        return self.outcome


class Receipt(models.Model):
    """What a provider told of a message that it had accepted, stored before it is answered.

    `digest` makes it once, however often it is told: a replay changes nothing.
    """

    digest = models.CharField(max_length=64, unique=True)
    provider = models.CharField(max_length=30)
    reference = models.CharField(max_length=80, blank=True)
    key = models.CharField(max_length=120, blank=True)
    is_delivered = models.BooleanField()
    words = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    is_matched = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(settled_at=None), name="receipts_to_settle")
        ]

    def __str__(self) -> str:
        return self.reference or self.key


class InboundState(models.TextChoices):
    NEW = "new", _("未处理")
    ATTACHED = "attached", _("已记入事项")
    UNMATCHED = "unmatched", _("没对上事项")
    DONE = "done", _("人工处理")


class Inbound(models.Model):
    """An SMS that somebody sent to the city, once; its words are a resident's and sealed."""

    digest = models.CharField(max_length=64, unique=True)
    provider = models.CharField(_("通道"), max_length=30)
    phone = EncryptedText(_("手机"))
    phone_index = models.CharField(max_length=64, db_index=True)
    words = EncryptedText(_("内容"))
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(_("收到"), default=timezone.now)
    state = models.CharField(
        _("状态"), max_length=10, choices=InboundState, default=InboundState.NEW
    )
    subject = models.CharField(_("事项"), max_length=60, blank=True)
    outcome = models.CharField(_("结果"), max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=[InboundState.NEW, InboundState.UNMATCHED]),
                name="replies_to_handle",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"


class DoNotSend(models.Model):
    """A phone whose owner wants no notices; codes and answers to what they do still go out.

    The number itself is not kept: whoever has it can ask for it, nobody can read a list.
    `added_by` is None where the owner wrote 退订 by SMS.
    """

    phone_index = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField(default=timezone.now)
    reason = models.CharField(_("原因"), max_length=100, blank=True)
    added_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )

    def __str__(self) -> str:
        return f"{self.since:%F}"


class NoticeState(models.TextChoices):
    DRAFT = "draft", _("还没有发")
    RUNNING = "running", _("正在发")
    PAUSED = "paused", _("已暂停")
    STOPPED = "stopped", _("已停发")
    DONE = "done", _("已全部交发")


class Notice(models.Model):
    """One notice to many phones. The SMS carries who, what about and a link; the page the rest.

    The worker hands `per_minute` of its recipients to the outbox, a little at a time, so that it
    can be stopped at any moment and nothing else waits behind it.
    """

    title = models.CharField(_("事由"), max_length=20)
    body = models.TextField(_("正文"), max_length=2000)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("署名单位"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("范围"))
    audience = models.CharField(_("发给谁"), max_length=100)  # in words, without a number
    state = models.CharField(
        _("状态"), max_length=8, choices=NoticeState, default=NoticeState.DRAFT
    )
    per_minute = models.PositiveIntegerField(_("每分钟发几条"), default=300)
    left_out = models.JSONField(default=dict)  # {"bad": …, "doubled": …} of what was handed in
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)  # the last time some were handed over
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("群发通知")
        verbose_name_plural = _("群发通知")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state=NoticeState.RUNNING), name="notices_to_send"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        return f"notice:{self.pk}"

    @property
    def token(self) -> str:
        return sign_key("notice", self.pk)


class NoticeRecipient(models.Model):
    """A phone that a notice goes to, once. The number is wiped when its message is queued."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="recipients")
    phone = EncryptedText()
    phone_index = models.CharField(max_length=64)
    is_released = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "phone_index"], name="one_notice_a_phone")
        ]
        indexes = [
            models.Index(
                fields=["notice", "id"],
                condition=Q(is_released=False),
                name="notice_recipients_to_go",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.pk}"


class VerificationCode(models.Model):
    """Six digits sent to a phone for one purpose; only their keyed digest is kept.

    `serial` counts a phone's codes: of two sent at the same moment only one can be stored.
    """

    phone_index = models.CharField(max_length=64)
    serial = models.PositiveIntegerField()
    purpose = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phone_index", "serial"], name="one_code_a_serial")
        ]
        indexes = [models.Index(fields=["created_at"], name="codes_by_age")]

    def __str__(self) -> str:
        return self.purpose
