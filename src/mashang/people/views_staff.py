"""Signing in and out. The answer never tells whether a username exists."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mashang.core.throttle import Limit, give_back, over
from mashang.people.forms_staff import SignInForm

TRIES, WITHIN_SECONDS = 10, 15 * 60


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and the way on to the page that asked for it."""
    following = _following(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(following)
        return _page(request, SignInForm(), following)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, following, status=422)
    limits = _limits(request, form.cleaned_data["username"])
    if over(limits):
        return _page(request, form, following, problem=_try_again(), status=429)
    account = authenticate(request, **form.cleaned_data)
    if account is None:
        problem = _("用户名或密码不对。忘了密码，请联系系统管理员。")
        return _page(request, form, following, problem=problem, status=422)
    give_back(limits)
    login(request, account)
    return redirect(following)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _page(
    request: HttpRequest,
    form: SignInForm,
    following: str,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "next": following, "problem": problem}
    return render(request, "people/sign_in.html", context, status=status)


def _following(request: HttpRequest) -> str:
    """Where to go afterwards: a page of our own, else the desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else settings.LOGIN_REDIRECT_URL


def _limits(request: HttpRequest, username: str) -> list[Limit]:
    """Wrong tries are limited for the name and for the address; a right one does not count, so
    that an office behind one address can begin its day."""
    address = request.client_address  # type: ignore[attr-defined]
    return [
        Limit("sign-ins of a username", username.casefold(), WITHIN_SECONDS, TRIES),
        Limit("sign-ins of an address", address, WITHIN_SECONDS, TRIES),
    ]


def _try_again() -> str:
    """When the window of the limits ends, in city time."""
    now = int(timezone.now().timestamp())
    ends = datetime.fromtimestamp(now - now % WITHIN_SECONDS + WITHIN_SECONDS, UTC)
    return _("试得太多了，为了安全先停一会儿。请在 {time} 以后再试。").format(
        time=f"{timezone.localtime(ends):%H:%M}"
    )
