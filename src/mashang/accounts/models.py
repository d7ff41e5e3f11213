"""What proves a person of the staff at the door: second factors, sessions, links for a password."""

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mashang.core.fields import EncryptedText
from mashang.core.ids import sign_key
from mashang.people.models import Account


class SecondFactor(models.Model):
    """An authenticator app (RFC 6238: SHA-1, six digits, thirty seconds) that proved itself.

    `last_counter` is the time step of the code used last: no code is taken twice.
    """

    account = models.OneToOneField(
        Account, models.CASCADE, primary_key=True, related_name="second_factor"
    )
    secret = EncryptedText()
    last_counter = models.BigIntegerField(default=0)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.account.username


class RecoveryCode(models.Model):
    """A code on paper for whoever lost the authenticator; only its keyed digest is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id}"


class SignedIn(models.Model):
    """A browser in which somebody is signed in; gone when that ends (the register remembers)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-seen_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id} {self.since:%F %T}"


class PasswordLink(models.Model):
    """A link, sent by SMS to the person's own phone, with which they set a password, once."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="password_links")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id} {self.made_at:%F %T}"

    @property
    def token(self) -> str:
        return sign_key("password", self.pk)

    def is_open(self, at: datetime) -> bool:
        return self.used_at is None and self.expires_at > at


class Subject(models.Model):
    """Whom the city's single sign-on means by an identifier (`sub`) of its own."""

    account = models.OneToOneField(
        Account,
        models.CASCADE,
        primary_key=True,
        related_name="sso_subject",
        verbose_name=_("人员"),
    )
    subject = models.CharField(_("统一身份认证的标识"), max_length=255, unique=True)

    class Meta:
        verbose_name = _("统一身份认证")
        verbose_name_plural = _("统一身份认证")

    def __str__(self) -> str:
        return self.account.username
