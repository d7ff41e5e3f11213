"""「用微信接收进展」: binding a resident's WeChat to the phone of a case, once a code proved that.

WeChat tells who somebody is by sending the browser back with a code. What it comes back with is
believed only in the browser that was sent, by a state in a signed cookie, and once.
"""

import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases.models import Case
from mashang.cases.resident_access import IN_WECHAT, case_of, has_proved, resident_of
from mashang.cases.views_resident.filing import see_other
from mashang.cases.views_resident.phone import prove_first
from mashang.core.throttle import HOUR, Limit, over
from mashang.messaging import following
from mashang.messaging.senders import PermanentFailure, TemporaryFailure

COOKIE, SALT, LASTS = "wechat", "mashang.cases.wechat", timedelta(minutes=10)
LONGEST_CODE = 128


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def wechat(request: HttpRequest, token: str) -> HttpResponse:
    """How it stands, the way to WeChat and back, and the end of it. POST `step=drop` unbinds."""
    case, lane = case_of(token), following.lane()
    requester = case.requester
    if lane is None or not requester.phone_index:
        raise Http404
    asked = prove_first(request, case, "wechat")
    if asked is not None:
        return asked
    if request.POST.get("step") == "drop":
        following.unbind(requester.phone_index, by=resident_of(case), **_about(case))
        return see_other(request.path + "?done=drop")
    state = secrets.token_hex(16)
    address = following.bound([requester.phone_index]).get(requester.phone_index)
    context = {
        "case": case,
        "token": token,
        "is_bound": address is not None and not address.trouble,
        "trouble": address.trouble if address else "",
        "account": lane.sender.name,
        "is_first": following.goes_first(),
        "is_in_wechat": IN_WECHAT in request.headers.get("User-Agent", ""),
        "ask": lane.sender.address_to_ask(back=_back(), state=state),
        "done": request.GET.get("done", ""),
    }
    response = render(request, "cases/wechat.html", context)
    response.set_cookie(
        COOKIE,
        signing.dumps([state, token], salt=SALT),
        max_age=LASTS,
        path=reverse("wechat_back"),
        httponly=True,
        secure=settings.BASE_URL.startswith("https://"),
        samesite="Lax",
    )
    return response


def _back() -> str:
    return f"{settings.BASE_URL}{reverse('wechat_back')}"


def _about(case: Case) -> dict[str, str]:
    return {"about": case.subject, "place": case.place_id}


@require_safe
def wechat_back(request: HttpRequest) -> HttpResponse:
    """Back from WeChat with `code` and `state`."""
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    token = _token_of(request, state)
    case, lane = case_of(token), following.lane()
    where = reverse("track_wechat", args=[token])
    if lane is None or not code or len(code) > LONGEST_CODE:
        raise Http404
    # Whoever takes longer than the proof of the phone lasts proves it once more.
    if not has_proved(request, case.requester):
        return _ended(see_other(where))
    if over([Limit("a return from WeChat", state, HOUR, 1)]):
        return _ended(see_other(where))
    try:
        openid = lane.sender.openid_of(code)
    except (PermanentFailure, TemporaryFailure):
        return _ended(see_other(where + "?done=failed"))
    phone = case.requester.phone_index
    following.bind(phone, openid, by=resident_of(case), **_about(case))
    return _ended(see_other(where + "?done=bound"))


def _token_of(request: HttpRequest, state: str) -> str:
    """The tracking token of whoever was sent to WeChat with this state; Http404 for others."""
    try:
        known, token = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
    if not hmac.compare_digest(str(known).encode(), state.encode()):
        raise Http404
    return str(token)


def _ended(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=reverse("wechat_back"), samesite="Lax")
    return response
