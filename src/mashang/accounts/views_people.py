"""The security operator's pages: find a person, see how they get in, help or stop them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from mashang.accounts import actions, factors, lockout, queries, sessions
from mashang.accounts.models import SecondFactor
from mashang.core.errors import Refused
from mashang.core.text import clean_line, mask_phone
from mashang.people.actors import Staff
from mashang.people.doors import only_for
from mashang.people.leaving import in_hand
from mashang.people.models import Account, Device, Role


@require_safe
@only_for(Role.SECURITY_OPERATOR)
def people(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?q=` finds people by name, username or unit."""
    typed = clean_line(request.GET.get("q", ""))[:40]
    found = list(queries.find(actor, typed)) if typed else []
    context = {
        "typed": typed,
        "found": found[: queries.MOST_FOUND],
        "is_cut": len(found) > queries.MOST_FOUND,
    }
    return render(request, "accounts/people.html", context)


def _person(actor: Staff, username: str) -> Account:
    account = queries.visible_to(actor).filter(username=username).first()
    if account is None:
        raise Http404
    return account


@require_safe
@only_for(Role.SECURITY_OPERATOR)
def person(request: HttpRequest, actor: Staff, username: str) -> HttpResponse:
    account = _person(actor, username)
    context = {
        "person": account,
        "posts": account.posts.select_related("unit", "place").order_by("ends_on", "id"),
        "phone": mask_phone(account.phone),
        "factor": SecondFactor.objects.filter(pk=account.pk).first(),
        "codes_left": factors.codes_left(account),
        "sessions": sessions.of(account),
        "devices": Device.objects.filter(account=account, revoked_at=None).order_by("-pk"),
        "locked_until": lockout.locked_until(account),
        "in_hand": in_hand(account),
        "is_self": account == actor.account,
    }
    return render(request, "accounts/person.html", context)


def _send_link(account: Account, by: Staff, request: HttpRequest) -> str:
    actions.send_password_link(account, by=by, request=request)
    phone = mask_phone(account.phone)
    return _("设置密码的链接已发到 {phone}，24 小时内有效。").format(phone=phone)


def _reset_factor(account: Account, by: Staff, request: HttpRequest) -> str:
    actions.reset_factor(account, by=by, request=request)
    return _("二次验证已重置，本人下次登录时重新设置。")


def _unlock(account: Account, by: Staff, request: HttpRequest) -> str:
    actions.unlock(account, by=by, request=request)
    return _("已解除，本人现在可以再试。")


def _sign_out(account: Account, by: Staff, request: HttpRequest) -> str:
    count = sessions.end(account, by=by, request=request)
    return ngettext("已退出 {count} 处登录。", "已退出 {count} 处登录。", count).format(count=count)


def _unbind(account: Account, by: Staff, request: HttpRequest) -> str:
    count = actions.revoke_devices(account, by=by, request=request)
    return ngettext("已停用 {count} 部手机。", "已停用 {count} 部手机。", count).format(count=count)


def _deactivate(account: Account, by: Staff, request: HttpRequest) -> str:
    if request.POST.get("sure") != "yes":
        raise Refused(_("请先勾选“我已核实”，再停用。"))
    handed = actions.deactivate(account, by=by, request=request)
    told = ngettext(
        "账号已停用，移交了 {count} 件。", "账号已停用，移交了 {count} 件。", handed
    ).format(count=handed)
    return told if handed else _("账号已停用。")


def _activate(account: Account, by: Staff, request: HttpRequest) -> str:
    actions.activate(account, by=by, request=request)
    return _("账号已恢复。")


ACTS: dict[str, Callable[[Account, Staff, HttpRequest], str]] = {
    "send-link": _send_link,
    "reset-factor": _reset_factor,
    "unlock": _unlock,
    "sign-out": _sign_out,
    "unbind": _unbind,
    "deactivate": _deactivate,
    "activate": _activate,
}


@require_POST
@only_for(Role.SECURITY_OPERATOR)
def act(request: HttpRequest, actor: Staff, username: str, name: str) -> HttpResponse:
    """Do one of ACTS for a person, or say why not."""
    account = _person(actor, username)
    if name not in ACTS:
        raise Http404
    try:
        messages.success(request, ACTS[name](account, actor, request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("person", username)
