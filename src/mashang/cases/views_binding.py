"""The two doors to an order: the link in an SMS, bound to a phone by a code, and the desk.

An address that takes only a POST leads to the order's page when a browser loads it anew.

Opening a link never sends anything, since mail and chat programs open links by themselves to look
at them: the code is sent when the person presses the button.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mashang.cases.models import OrderLink
from mashang.cases.order_access import (
    Gate,
    Order,
    bind_by_code,
    code_purpose,
    device_of,
    find_at_desk,
    find_link,
    gate,
    open_on,
    remember_device,
)
from mashang.cases.wording import say_time
from mashang.core.phones import is_mobile
from mashang.core.text import mask_phone
from mashang.messaging.verification import TooMany, check_code, send_code
from mashang.people.actors import Staff, actor_of, ask_to_sign_in

OrderView = Callable[..., HttpResponse]
SECONDS_SAID = 90  # a longer wait is said as a time of day


def by_link(view: OrderView) -> OrderView:
    """Open the order that the token's link names, if this browser may; else say what to do."""

    @wraps(view)
    def opened(request: HttpRequest, token: str, **more: object) -> HttpResponse:
        now = timezone.now()
        link, answer = _link_and_gate(request, token, now)
        if answer.is_over:
            return _over(request, answer)
        device = device_of(request, link.account, at=now)
        if answer != Gate.OPEN or device is None:
            lost = request.method == "POST"
            problem = _("您刚才的操作没有保存。请先验证手机，再做一次。") if lost else ""
            return _binding_page(
                request, link, answer, problem=problem, status=403 if lost else 200
            )
        open_on(link, device, at=now)
        return view(request, Order(link.case, Staff(link.account), link), **more)

    return opened


def at_desk(view: OrderView) -> OrderView:
    """Open the order of this number for whoever is signed in; not yours and not there are 404."""

    @wraps(view)
    def opened(request: HttpRequest, number: str, **more: object) -> HttpResponse:
        actor = actor_of(request)
        if actor is None:
            return ask_to_sign_in(request)
        order = find_at_desk(number, actor)
        if order is None:
            raise Http404
        return view(request, order, **more)

    return opened


def _link_and_gate(request: HttpRequest, token: str, now: datetime) -> tuple[OrderLink, Gate]:
    link = find_link(token)
    if link is None:
        raise Http404
    answer = gate(link, device_of(request, link.account, at=now), at=now)
    if answer == Gate.NOT_THERE:
        raise Http404
    return link, answer


OVER: dict[Gate, Callable[[], tuple[str, str]]] = {
    Gate.EXPIRED: lambda: (
        _("这个链接已经过期"),
        _("为了安全，办件链接只在一段时间内有效。请在最新的一条短信里点开，或者登录工作台办理。"),
    ),
    Gate.REVOKED: lambda: (
        _("这个链接已经停用"),
        _("请在最新的一条短信里点开，或者登录工作台办理。有疑问请联系系统管理员。"),
    ),
    Gate.MOVED_ON: lambda: (
        _("这件事已经不由您经办"),
        _("它已经转给别的单位或同事，您不用再办。手上还有材料的，请交给本单位值班人员转交。"),
    ),
}


def _over(request: HttpRequest, answer: Gate) -> HttpResponse:
    """What became of the link and what to do; not a word of the case."""
    title, advice = OVER[answer]()
    return render(request, "cases/order_over.html", {"title": title, "advice": advice}, status=410)


def _binding_page(
    request: HttpRequest, link: OrderLink, answer: Gate, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Only the order's number and the masked phone of the person it was sent to."""
    context = {
        "number": link.case.number,
        "masked_phone": mask_phone(link.account.phone),
        "gets_sms": is_mobile(link.account.phone),
        "is_elsewhere": answer == Gate.ELSEWHERE,
        "is_sent": "sent" in request.GET or status == 422,
        "is_signed_in": request.user == link.account,
        "problem": problem,
        "token": link.token,
    }
    return render(request, "cases/order_binding.html", context, status=status)


def send_order_code(request: HttpRequest, token: str) -> HttpResponse:
    """Send a code to the phone of the person the link is for, never to another one."""
    link, answer = _link_and_gate(request, token, timezone.now())
    if answer.is_over:
        return _over(request, answer)
    if request.method != "POST":
        return redirect(_address(link))
    if answer != Gate.OPEN and is_mobile(link.account.phone):
        try:
            send_code(link.account.phone, purpose=code_purpose(link), template="order_code")
        except TooMany as error:
            messages.warning(request, _wait(error.wait_seconds))
        else:
            phone = mask_phone(link.account.phone)
            messages.success(request, _("验证码已发到 {phone}。").format(phone=phone))
    return redirect(f"{_address(link)}?sent=1")


def _wait(seconds: int) -> str:
    if seconds <= SECONDS_SAID:
        return ngettext(
            "验证码刚发过，请 {count} 秒后再试。先发的那条也能用。",
            "验证码刚发过，请 {count} 秒后再试。先发的那条也能用。",
            seconds,
        ).format(count=seconds)
    again = say_time(timezone.now() + timedelta(seconds=seconds + 59))
    return _("验证码发得太多了，请 {time} 以后再试。").format(time=again)


def bind_order(request: HttpRequest, token: str) -> HttpResponse:
    """Bind the link to this browser if the code is right."""
    now = timezone.now()
    link, answer = _link_and_gate(request, token, now)
    if answer.is_over:
        return _over(request, answer)
    if answer == Gate.OPEN or request.method != "POST":
        return redirect(_address(link))
    typed = request.POST.get("code", "")
    if not check_code(link.account.phone, purpose=code_purpose(link), typed=typed):
        problem = _("验证码不对，或者已经过期。请看清短信里最新的六位数字；试错几次就要重新发送。")
        return _binding_page(request, link, answer, problem=problem, status=422)
    secret = bind_by_code(link, device_of(request, link.account, at=now), at=now)
    response = redirect(_address(link))
    if secret:
        remember_device(response, secret)
    return response


def _address(link: OrderLink) -> str:
    return Order(link.case, Staff(link.account), link).url()
