"""Codes that prove a phone is in somebody's hand: six digits by SMS, used once.

Limits per phone: one a minute, five an hour, ten a day (domain rules §6), counted from the rows.
Whether a phone is known to us is never answered here; the caller gives the same answer in either
case.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from mashang.core.crypto import blind_index
from mashang.messaging.actions import Draft, queue
from mashang.messaging.models import Message, VerificationCode

DIGITS = 6
VALID_FOR = timedelta(minutes=10)
LIMITS: tuple[tuple[int, timedelta], ...] = (
    (1, timedelta(minutes=1)),
    (5, timedelta(hours=1)),
    (10, timedelta(days=1)),
)
KEPT_FOR = timedelta(days=2)
TEMPLATES = ("verification", "order_code", "password_link")


class TooMany(Exception):
    """This phone has had its share of codes; `wait_seconds` until the next may be asked for."""

    def __init__(self, wait_seconds: int):
        super().__init__(f"no further code for {wait_seconds} seconds")
        self.wait_seconds = wait_seconds


def _digest(code: str, phone: str, purpose: str) -> str:
    return blind_index(f"{code}:{phone}:{purpose}", purpose="verification")


def _wait(sent: Sequence[datetime], now: datetime) -> int:
    """Seconds until one more code is within all limits, 0 for at once; `sent` newest first.

    A code of the next moments counts as well, since another request may have read its clock a
    little later; one far ahead does not, since then this machine's clock was set back.
    """
    waits = [0]
    for most, window in LIMITS:
        recent = [moment for moment in sent if abs(now - moment) < window]
        if len(recent) >= most:
            free_at = min(recent[most - 1], now) + window
            waits.append(int((free_at - now).total_seconds()) + 1)
    return max(waits)


def send_code(
    phone: str, *, purpose: str, template: str = "verification", language: str = "zh-hans"
) -> None:
    """Queue an SMS with a new code for `phone` and `purpose`, good for ten minutes.

    `purpose` binds the code to what it opens, such as `track:12`. `phone` is a mobile number as
    `core.phones.clean_phone` returns it. Raises TooMany beyond the limits.
    """
    now = timezone.now()
    index = blind_index(phone)
    most = max(most for most, _window in LIMITS)
    rows = VerificationCode.objects.filter(phone_index=index).order_by("-serial")
    last = list(rows.values_list("serial", "created_at")[:most])
    wait = _wait([created_at for _serial, created_at in last], now)
    if wait:
        raise TooMany(wait)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    try:
        with transaction.atomic():
            row = VerificationCode.objects.create(
                phone_index=index,
                serial=last[0][0] + 1 if last else 1,
                purpose=purpose,
                digest=_digest(code, phone, purpose),
                created_at=now,
                expires_at=now + VALID_FOR,
            )
            queue(
                [
                    Draft(
                        template=template,
                        phone=phone,
                        params={"code": code},
                        key=f"code:{row.pk}",
                        language=language,
                        valid_for=VALID_FOR,
                    )
                ]
            )
    except IntegrityError as error:
        # Another request took this serial in the same moment, so a code is on its way.
        raise TooMany(int(LIMITS[0][1].total_seconds())) from error


def _typed_digits(typed: str) -> str:
    """Six digits of what was typed, full-width ones and blanks being fine; else nothing."""
    narrow = "".join(unicodedata.normalize("NFKC", typed).split())
    return narrow if len(narrow) == DIGITS and narrow.isascii() and narrow.isdigit() else ""


def check_code(phone: str, *, purpose: str, typed: str) -> bool:
    """Whether `typed` is a live code of this phone for this purpose; true once, then never again.

    Each code allows five tries. Where a second code was asked for because the first SMS was
    slow, either is good, whichever the person types. Call it outside a transaction that a wrong
    code would roll back, for that would give the try back.
    """
    code = _typed_digits(typed)
    if not code:
        return False
    now = timezone.now()
    expected = _digest(code, phone, purpose)
    unused = VerificationCode.objects.filter(
        phone_index=blind_index(phone), purpose=purpose, used_at=None
    )
    for row in unused.filter(expires_at__gt=now, tries_left__gt=0).order_by("-serial"):
        # The try is spent before the comparison, so that racing guesses cannot share one.
        tried = unused.filter(pk=row.pk, tries_left__gt=0).update(tries_left=F("tries_left") - 1)
        if tried and hmac.compare_digest(row.digest, expected):
            won = unused.filter(pk=row.pk).update(used_at=now)
            unused.update(used_at=now)
            return won == 1
    return False


def forget_old() -> int:
    """Delete codes that no limit counts any more, and the numbers in the SMS that brought them;
    returns how many codes."""
    before = timezone.now() - KEPT_FOR
    Message.objects.filter(template__in=TEMPLATES, queued_at__lt=before).exclude(
        phone_index=""
    ).update(phone="", phone_index="", params={})
    return VerificationCode.objects.filter(created_at__lt=before).delete()[0]
