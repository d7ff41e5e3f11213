"""One's own account: posts, phone, second factor, sessions, password."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.accounts import actions, factors, sessions
from mashang.accounts.forms import ChangePasswordForm, CodeForm, OwnPasswordForm
from mashang.accounts.models import SecondFactor
from mashang.core.crypto import decrypt, encrypt
from mashang.core.text import mask_phone
from mashang.people.actors import Staff, signed_in

OFFERED = "second_factor_offered"


@require_safe
@signed_in
def account(request: HttpRequest, actor: Staff) -> HttpResponse:
    me = actor.account
    context = {
        "me": me,
        "posts": actor.posts,
        "phone": mask_phone(me.phone),
        "factor": SecondFactor.objects.filter(pk=me.pk).first(),
        "codes_left": factors.codes_left(me),
        "sessions": sessions.of(me),
        "this_session": request.session.session_key,
        "has_password": me.has_usable_password(),
    }
    return render(request, "accounts/account.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def password(request: HttpRequest, actor: Staff) -> HttpResponse:
    form = ChangePasswordForm(actor.account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.change_password(actor.account, form.cleaned_data["new"], request=request)
        messages.success(request, _("密码已改。其他地方的登录都已退出。"))
        return redirect("account")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/change_password.html", {"form": form}, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def factor(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Set up an authenticator: the password first, then the picture, then its first code."""
    secret = request.session.get(OFFERED)
    if request.method == "POST" and "old" in request.POST:
        asked = OwnPasswordForm(actor.account, request.POST)
        if not asked.is_valid():
            return _ask_password(request, asked, title=_("设置二次验证"), status=422)
        request.session[OFFERED] = encrypt(factors.new_secret())
        return redirect("account_factor")
    if not secret:
        return _ask_password(request, OwnPasswordForm(actor.account), title=_("设置二次验证"))
    offer = factors.Offer(actor.account, decrypt(secret))
    form, problem = CodeForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        codes = factors.take(offer, form.cleaned_data["code"], request=request)
        if codes is not None:
            del request.session[OFFERED]
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
        problem = _("验证码不对。请看手机上最新的六位数字，手机的时间要准。")
    context = {"form": form, "problem": problem, "offer": offer, "is_first": False}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/set_up_factor.html", context, status=status)


def _ask_password(
    request: HttpRequest, form: OwnPasswordForm, *, title: str, status: int = 200
) -> HttpResponse:
    context = {"form": form, "title": title}
    return render(request, "accounts/ask_password.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def recovery_codes(request: HttpRequest, actor: Staff) -> HttpResponse:
    """New codes on paper; the old ones are worth nothing then."""
    if not factors.has_factor(actor.account):
        return redirect("account")
    form = OwnPasswordForm(actor.account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes = factors.renew_codes(actor.account, request=request)
        return render(request, "accounts/recovery_codes.html", {"codes": codes})
    status = 422 if request.method == "POST" else 200
    return _ask_password(request, form, title=_("重新生成备用码"), status=status)


@require_POST
@signed_in
def end_sessions(request: HttpRequest, actor: Staff) -> HttpResponse:
    """One of one's own sessions (`session`), or all others."""
    only = request.POST.get("session", "")
    if only.isascii() and only.isdigit():
        count = sessions.end(actor.account, by=actor, request=request, only=int(only))
    else:
        here = request.session.session_key or ""
        count = sessions.end(actor.account, by=actor, request=request, but=here)
    told = ngettext("已退出 {count} 处登录。", "已退出 {count} 处登录。", count)
    messages.success(request, told.format(count=count))
    return redirect("account")
