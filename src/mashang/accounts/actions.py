"""What a security operator does for a person, and what people do for themselves. All recorded."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.accounts import factors, lockout, sessions
from mashang.accounts.models import PasswordLink
from mashang.audit.actions import record
from mashang.audit.receivers import about
from mashang.core.errors import Refused
from mashang.core.ids import is_signed, key_of
from mashang.core.phones import is_mobile
from mashang.messaging.actions import Draft, queue
from mashang.people.actors import Staff
from mashang.people.leaving import hand_over_all
from mashang.people.models import Account, Device

LINK_LIFE = timedelta(hours=24)


def change_password(account: Account, password: str, *, request: HttpRequest) -> None:
    """A new password of one's own; all other sessions end."""
    by, before = Staff(account), request.session.session_key or ""
    with transaction.atomic():
        account.set_password(password)
        account.save(update_fields=["password"])
        update_session_auth_hash(request, account)
        sessions.rekeyed(before, request.session)
        sessions.end(account, by=by, request=request, but=request.session.session_key or "")
        record("password_changed", by=by, about=about(account), request=request)


def send_password_link(account: Account, *, by: Staff, request: HttpRequest | None = None) -> None:
    """Send the person a link with which they set a password, once; older links are dead then.

    Raises Refused where no SMS can reach them. Nobody but the person ever knows the password.
    """
    if not account.is_active:
        raise Refused(_("账号已停用，请先恢复。"))
    if not is_mobile(account.phone):
        raise Refused(_("没有登记手机号，发不了短信。请系统管理员先登记。"))
    with transaction.atomic():
        link = new_link(account)
        queue(
            [
                Draft(
                    template="password_link",
                    phone=account.phone,
                    params={"link": address_of(link)},
                    key=f"password:{link.pk}",
                    subject=about(account),
                    valid_for=LINK_LIFE,
                )
            ]
        )
        record("password_link", by=by, about=about(account), request=request)


def new_link(account: Account) -> PasswordLink:
    now = timezone.now()
    PasswordLink.objects.filter(account=account, used_at=None).update(expires_at=now)
    return PasswordLink.objects.create(account=account, made_at=now, expires_at=now + LINK_LIFE)


def address_of(link: PasswordLink) -> str:
    return f"{settings.BASE_URL}/staff/password/{link.token}"


def find_link(token: str) -> PasswordLink | None:
    """The link that this token was signed for, whatever has become of it."""
    key = key_of(token)
    if key is None:
        return None
    link = PasswordLink.objects.select_related("account").filter(pk=key).first()
    return link if link and is_signed("password", token, link.pk) else None


def set_password(link: PasswordLink, password: str, *, request: HttpRequest) -> bool:
    """Set the password, once, and end all sessions; False where another tap was faster."""
    account, now = link.account, timezone.now()
    with transaction.atomic():
        unused = PasswordLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now)
        if not unused.update(used_at=now):
            return False
        account.set_password(password)
        account.save(update_fields=["password"])
        lockout.release(account)
        sessions.end(account, by=Staff(account), request=request)
        record("password_set", by=Staff(account), about=about(account), request=request)
    return True


# What only another person may do for one --------------------------------------------------------


def _not_oneself(account: Account, by: Staff) -> None:
    if account == by.account:
        raise Refused(_("不能给自己办。请另一位安全管理员来办。"))


def reset_factor(account: Account, *, by: Staff, request: HttpRequest | None = None) -> None:
    """Take a person's second factor away and end their sessions: their phone may be in strange
    hands."""
    _not_oneself(account, by)
    with transaction.atomic():
        if not factors.reset(account, by=by, request=request):
            raise Refused(_("没有设置二次验证，不用重置。"))
        sessions.end(account, by=by, request=request)


def unlock(account: Account, *, by: Staff, request: HttpRequest | None = None) -> None:
    """Let somebody who failed too often try again at once."""
    _not_oneself(account, by)
    with transaction.atomic():
        lockout.release(account)
        record("unlocked", by=by, about=about(account), request=request)


def revoke_devices(account: Account, *, by: Staff, request: HttpRequest | None = None) -> int:
    """Unbind the person's phones: links in their SMS ask for a code again. Returns how many."""
    with transaction.atomic():
        count = _revoke(account, timezone.now())
        if count:
            data = {"what": "revoked", "count": count}
            record("device", by=by, about=about(account), data=data, request=request)
    return count


def _revoke(account: Account, at: datetime) -> int:
    return Device.objects.filter(account=account, revoked_at=None).update(revoked_at=at)


def deactivate(account: Account, *, by: Staff, request: HttpRequest | None = None) -> int:
    """Switch an account off: sessions, phones and links end, and what the person had in hand is
    handed over (people/leaving.py). Returns how much that was."""
    _not_oneself(account, by)
    with transaction.atomic():
        # Taken under a condition, so that of two operators one does it.
        if not Account.objects.filter(pk=account.pk, is_active=True).update(is_active=False):
            raise Refused(_("账号已经停用。"))
        account.is_active = False
        now = timezone.now()
        _revoke(account, now)
        PasswordLink.objects.filter(account=account, used_at=None).update(expires_at=now)
        handed = hand_over_all(account, by=by)
        sessions.end(account, by=by, request=request)
        data = {"count": handed}
        record("deactivated", by=by, about=about(account), data=data, request=request)
    return handed


def activate(account: Account, *, by: Staff, request: HttpRequest | None = None) -> None:
    """Switch an account on again; sessions and phones stay ended."""
    _not_oneself(account, by)
    others = Account.objects.filter(phone_index=account.phone_index, is_active=True)
    if account.phone_index and others.exclude(pk=account.pk).exists():
        raise Refused(_("这个手机号现在登记在别人名下，请系统管理员先改手机号。"))
    with transaction.atomic():
        if not Account.objects.filter(pk=account.pk, is_active=False).update(is_active=True):
            raise Refused(_("账号在用，不用恢复。"))
        record("activated", by=by, about=about(account), request=request)
