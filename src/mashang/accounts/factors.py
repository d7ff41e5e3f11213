"""The second factor: six digits of an authenticator app, or one of the codes kept on paper."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import pyotp
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.accounts.models import RecoveryCode, SecondFactor
from mashang.audit.actions import record
from mashang.audit.receivers import about
from mashang.core.crypto import blind_index
from mashang.core.ids import clean_code, new_code
from mashang.core.pictures import qr_picture
from mashang.people.actors import Actor, Staff
from mashang.people.models import Account

RECOVERY_CODES = 10
STEP_SECONDS = 30
# A phone's clock may be half a minute off, and typing takes time.
STEPS_ACCEPTED = (0, -1, 1)


@dataclass(frozen=True)
class Offer:
    """A secret to be put into an authenticator app; not in force before a code of it came back."""

    account: Account
    secret: str

    @property
    def address(self) -> str:
        return pyotp.TOTP(self.secret).provisioning_uri(
            name=self.account.username, issuer_name=_("码上办")
        )

    @property
    def picture(self) -> str:
        """The address as a QR code, in SVG without styles or scripts."""
        return qr_picture(self.address)

    @property
    def spelled(self) -> str:
        """The secret in groups of four, for typing it in."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))


def new_secret() -> str:
    """160 random bits in base 32."""
    return pyotp.random_base32()


def has_factor(account: Account) -> bool:
    return SecondFactor.objects.filter(pk=account.pk).exists()


def codes_left(account: Account) -> int:
    return account.recovery_codes.filter(used_at=None).count()  # type: ignore[attr-defined]


def _digits(typed: str) -> str:
    narrow = "".join(unicodedata.normalize("NFKC", typed).split())
    return narrow if len(narrow) == 6 and narrow.isascii() and narrow.isdigit() else ""


def _counter(secret: str, typed: str, at: datetime) -> int | None:
    """The time step whose code this is; None where it is no code of these minutes."""
    digits, totp = _digits(typed), pyotp.TOTP(secret)
    now = int(at.timestamp()) // STEP_SECONDS
    for step in STEPS_ACCEPTED:
        if digits and hmac.compare_digest(totp.generate_otp(now + step), digits):
            return now + step
    return None


def _paper_digest(account: Account, typed: str) -> str:
    return blind_index(f"{account.pk}:{clean_code(typed)}", purpose="recovery")


def check(account: Account, typed: str, *, request: HttpRequest) -> bool:
    """Whether `typed` is the app's code of now or a code from paper; true once for each."""
    now = timezone.now()
    factor = SecondFactor.objects.filter(pk=account.pk).first()
    if factor is None:
        return False
    counter = _counter(factor.secret, typed, now)
    if counter is not None:
        later = SecondFactor.objects.filter(pk=account.pk, last_counter__lt=counter)
        return later.update(last_counter=counter) == 1
    with transaction.atomic():
        unused = RecoveryCode.objects.filter(
            account=account, digest=_paper_digest(account, typed), used_at=None
        )
        if not unused.update(used_at=now):
            return False
        left = {"left": codes_left(account)}
        record(
            "recovery_code_used", by=Staff(account), about=about(account), data=left,
            request=request,
        )  # fmt: skip
    return True


def take(offer: Offer, typed: str, *, request: HttpRequest) -> list[str] | None:
    """Put the offered secret in force if `typed` is its code: the new recovery codes, to be shown
    this once. None where the code is wrong. An earlier factor and its codes are gone then."""
    counter = _counter(offer.secret, typed, timezone.now())
    if counter is None:
        return None
    account = offer.account
    with transaction.atomic():
        SecondFactor.objects.update_or_create(
            account=account,
            defaults={
                "secret": offer.secret, "last_counter": counter, "set_at": timezone.now(),
            },
        )  # fmt: skip
        codes = _new_codes(account)
        record("second_factor_set", by=Staff(account), about=about(account), request=request)
    return codes


def renew_codes(account: Account, *, request: HttpRequest) -> list[str]:
    """New recovery codes, to be shown this once; the old ones are worth nothing any more."""
    with transaction.atomic():
        codes = _new_codes(account)
        record("recovery_codes", by=Staff(account), about=about(account), request=request)
    return codes


def _new_codes(account: Account) -> list[str]:
    codes = [new_code() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(account=account).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=_paper_digest(account, code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def reset(account: Account, *, by: Actor, request: HttpRequest | None = None) -> bool:
    """Take the second factor away; the person sets up another at the next sign-in. Whether there
    was one."""
    with transaction.atomic():
        gone, _rows = SecondFactor.objects.filter(pk=account.pk).delete()
        RecoveryCode.objects.filter(account=account).delete()
        if gone:
            record("second_factor_reset", by=by, about=about(account), request=request)
    return bool(gone)
