"""From the first proof (a password, single sign-on) over the second factor to a session.

Nobody is signed in before all that the city asks for is given. What was given so far waits in the
browser's session for some minutes, and dies with a change of the password.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from mashang.accounts import factors
from mashang.core.crypto import decrypt, encrypt
from mashang.people.models import Account

PENDING = "signing_in"
PENDING_SECONDS = 10 * 60
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Pending:
    """Somebody who gave the first proof."""

    account: Account
    following: str
    secret: str  # of the second factor that is being set up, else empty


def following(request: HttpRequest) -> str:
    """Where to go afterwards: a page of our own, else the desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else settings.LOGIN_REDIRECT_URL


def proceed(
    request: HttpRequest, account: Account, *, then: str, needs_factor: bool = True
) -> HttpResponse:
    """On from the first proof: to the second factor, to setting one up, or in."""
    has_factor = needs_factor and factors.has_factor(account)
    if has_factor or (needs_factor and settings.SECOND_FACTOR == "required"):
        request.session.cycle_key()
        request.session[PENDING] = {
            "account": account.pk,
            "proof": account.get_session_auth_hash(),
            "until": timezone.now().timestamp() + PENDING_SECONDS,
            "next": then,
            "secret": "" if has_factor else encrypt(factors.new_secret()),
        }
        return redirect("second_factor" if has_factor else "set_up_factor")
    enter(request, account)
    return redirect(then)


def pending(request: HttpRequest) -> Pending | None:
    """Who gave the first proof in this browser some minutes ago."""
    kept = request.session.get(PENDING)
    if not kept or kept["until"] < timezone.now().timestamp():
        return None
    account = Account.objects.filter(pk=kept["account"], is_active=True).first()
    if account is None or not constant_time_compare(kept["proof"], account.get_session_auth_hash()):
        return None
    return Pending(account, kept["next"], decrypt(kept["secret"]) if kept["secret"] else "")


def enter(request: HttpRequest, account: Account) -> None:
    """Begin the session, and record it, both or neither."""
    request.session.pop(PENDING, None)
    with transaction.atomic():
        login(request, account, backend=BACKEND)
