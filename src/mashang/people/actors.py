"""Who acts: a resident, a person of the staff, or the system. No actor, no action."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from mashang.people.models import Account, Post


@dataclass(frozen=True)
class Resident:
    """Somebody who holds a case's tracking link, or proved the phone of the case."""

    case_ids: frozenset[int] = frozenset()
    phone_index: str = ""

    label = "resident"

    def described(self) -> dict[str, Any]:
        """How an entry names the actor."""
        return {"kind": "resident"}


@dataclass(frozen=True)
class Staff:
    """A person of the staff with today's posts."""

    account: Account

    label = "staff"

    @cached_property
    def posts(self) -> list[Post]:
        return list(self.account.posts.current().select_related("unit", "place"))

    def described(self) -> dict[str, Any]:
        return {"kind": "staff", "account": self.account.pk, "name": self.account.name}


@dataclass(frozen=True)
class System:
    """The product itself: clocks, routing, rules."""

    label = "system"

    def described(self) -> dict[str, Any]:
        return {"kind": "system"}


Actor = Resident | Staff | System
SYSTEM = System()


def actor_of(request: HttpRequest) -> Staff | None:
    """Whoever is signed in, the same object all through a request: posts are asked for once."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    known = getattr(request, "actor", None)
    if known is None or known.account != user:
        known = Staff(user)
        request.actor = known  # type: ignore[attr-defined]
    return known


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead somebody who is not signed in, or not any more, to the door and back to their page.

    Back from a form is the page that holds it: what was typed there, the browser has kept.
    """
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    messages.warning(request, _("登录过期了，您刚才的操作没有保存。请登录后再做一次。"))
    before = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()})
    return redirect_to_login(before if is_ours else request.get_full_path())


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the staff's: called as `view(request, actor, …)`, others are asked to sign in."""

    @wraps(view)
    def opened(request: HttpRequest, *args: object, **more: object) -> HttpResponse:
        actor = actor_of(request)
        if actor is None:
            return ask_to_sign_in(request)
        return view(request, actor, *args, **more)

    return opened
