"""What is told to whom: templates, the outbox, and the codes that prove a phone."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.core.fields import EncryptedJSON, EncryptedText
from mashang.core.versions import Version


class Template(Version):
    """A city's own wording of a text in `templates.TEXTS`, as the operators approved it.

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


class MessageState(models.TextChoices):
    QUEUED = "queued", _("待发")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发出")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("失败")
    EXPIRED = "expired", _("过期未发")
    WITHHELD = "withheld", _("未发（限额）")
    ABORTED = "aborted", _("已取消")


class Message(models.Model):
    """One SMS with its whole life. `key` makes it once; nothing in it is a resident's word."""

    key = models.CharField(max_length=120)
    template = models.CharField(_("模板"), max_length=40)
    language = models.CharField(max_length=8, default="zh-hans")
    params = EncryptedJSON(default=dict)
    phone = EncryptedText(_("手机"))
    phone_index = models.CharField(max_length=64)
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
        ]

    def __str__(self) -> str:
        return self.key


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
