"""Signing in and out. The answer never tells whether a username exists."""

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.accounts import actions, factors, lockout, oidc
from mashang.accounts.forms import CodeForm, NewPasswordForm, SignInForm
from mashang.accounts.signing_in import Pending, enter, following, pending, proceed
from mashang.audit.actions import record
from mashang.audit.receivers import about
from mashang.core.throttle import Limit, give_back, over, window_ends
from mashang.people.actors import SYSTEM
from mashang.people.models import Account


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and the way on to the page that asked for it."""
    then = following(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(then)
        return _page(request, SignInForm(), then)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, then, status=422)
    username = form.cleaned_data["username"]
    limits = lockout.limits(request, username)
    exceeded = over(limits)
    if exceeded:
        return _page(request, form, then, problem=_try_again(exceeded), status=429)
    account = authenticate(request, **form.cleaned_data)
    if not isinstance(account, Account):
        known = Account.objects.filter(username=username).first()
        lockout.failed(limits, known, request=request, way="password")
        problem = _("用户名或密码不对。忘了密码，请联系安全管理员。")
        return _page(request, form, then, problem=problem, status=422)
    give_back(limits)
    return proceed(request, account, then=then)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _page(
    request: HttpRequest,
    form: SignInForm,
    then: str,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "next": then,
        "problem": problem,
        "sso": settings.OIDC_NAME if oidc.is_on() else "",
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def _try_again(exceeded: list[Limit]) -> str:
    """When the window of the limits ends, in city time."""
    ends = max(window_ends(limit) for limit in exceeded)
    return _(
        "试得太多了，为了安全先停一会儿。请在 {time} 以后再试。急着登录，请联系安全管理员解除。"
    ).format(time=f"{timezone.localtime(ends):%H:%M}")


# The second factor -----------------------------------------------------------------------------


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The app's code, or one from paper, of whoever gave the first proof."""
    waiting = pending(request)
    if waiting is None or waiting.secret:
        return redirect("sign_in")
    if request.method != "POST":
        return _factor_page(request, waiting, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _factor_page(request, waiting, form, status=422)
    limits = lockout.factor_limits(waiting.account)
    exceeded = over(limits)
    if exceeded:
        return _factor_page(request, waiting, form, problem=_try_again(exceeded), status=429)
    if not factors.check(waiting.account, form.cleaned_data["code"], request=request):
        data = {"way": "second factor"}
        of_whom = about(waiting.account)
        record("sign_in_failed", by=SYSTEM, about=of_whom, data=data, request=request)
        lockout.failed(limits, waiting.account, request=request, way="second factor")
        problem = _("验证码不对，或者已经用过。请看手机上最新的六位数字，或者用备用码。")
        return _factor_page(request, waiting, form, problem=problem, status=422)
    give_back(limits)
    enter(request, waiting.account)
    return redirect(waiting.following)


def _factor_page(
    request: HttpRequest, waiting: Pending, form: CodeForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "problem": problem, "name": waiting.account.name}
    return render(request, "accounts/second_factor.html", context, status=status)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_factor(request: HttpRequest) -> HttpResponse:
    """At the first sign-in: put the secret into an app, prove it, see the recovery codes once."""
    waiting = pending(request)
    if waiting is None or not waiting.secret:
        return redirect("sign_in")
    offer = factors.Offer(waiting.account, waiting.secret)
    form, problem = CodeForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        codes = factors.take(offer, form.cleaned_data["code"], request=request)
        if codes is not None:
            enter(request, waiting.account)
            context = {"codes": codes, "next": waiting.following}
            return render(request, "accounts/recovery_codes.html", context)
        problem = _("验证码不对。请看手机上最新的六位数字，手机的时间要准。")
    context = {"form": form, "problem": problem, "offer": offer, "is_first": True}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/set_up_factor.html", context, status=status)


# A password, by a link in an SMS ---------------------------------------------------------------


@sensitive_post_parameters("new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    """The person sets a password that nobody else knows."""
    link = actions.find_link(token)
    if link is None or not link.account.is_active:
        raise Http404
    if not link.is_open(timezone.now()):
        return render(request, "accounts/link_over.html", status=410)
    form = NewPasswordForm(link.account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not actions.set_password(link, form.cleaned_data["new"], request=request):
            return render(request, "accounts/link_over.html", status=410)
        return render(request, "accounts/password_is_set.html", {"account": link.account})
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "account": link.account}
    return render(request, "accounts/set_password.html", context, status=status)


# Single sign-on --------------------------------------------------------------------------------


@require_safe
def sso(request: HttpRequest) -> HttpResponse:
    """Off to the city's provider."""
    if not oidc.is_on():
        raise Http404
    try:
        return redirect(oidc.ask(request, then=following(request)))
    except oidc.SsoFailed as failure:
        return _sso_failed(request, failure)


@require_safe
def sso_callback(request: HttpRequest) -> HttpResponse:
    """Back from it."""
    if not oidc.is_on():
        raise Http404
    try:
        account, then = oidc.answered(request)
    except oidc.SsoFailed as failure:
        return _sso_failed(request, failure)
    return proceed(request, account, then=then, needs_factor=not settings.OIDC_HAS_FACTOR)


def _sso_failed(request: HttpRequest, failure: oidc.SsoFailed) -> HttpResponse:
    oidc.logger.warning("single sign-on failed: %s", failure)
    data = {"way": "single sign-on", "reason": str(failure)}
    record("sign_in_failed", by=SYSTEM, data=data, request=request)
    if isinstance(failure, oidc.Unknown):
        problem = _("{name}认出了您，但这里没有您的账号。请联系安全管理员。")
    else:
        problem = _("{name}登录没有成功。请再试一次，或者用密码登录。")
    problem = problem.format(name=settings.OIDC_NAME)
    return _page(request, SignInForm(), following(request), problem=problem, status=422)
