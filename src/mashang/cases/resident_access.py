"""How a resident, who has no account, is let in: a case's link, or a phone proved by a code.

A tracking link opens its one case. A phone proved by a code is remembered for thirty minutes in
a signed cookie that carries the phone's blind index and never the phone; it opens all cases of
that phone, and what the law asks for beyond reading: taking one's data away, and erasing it.
"""

import hmac
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from mashang.cases.models import Case, Requester
from mashang.core.ids import is_signed, key_of
from mashang.messaging import following
from mashang.people.actors import Resident

COOKIE, SALT = "proved", "mashang.cases.resident_access"
LASTS = timedelta(minutes=30)
IN_WECHAT = "MicroMessenger"


def case_of(token: str) -> Case:
    """The case that a tracking token opens, with place, unit and requester; Http404 if none."""
    key = key_of(token)
    case = key is not None and (
        Case.every.select_related("place", "unit", "requester", "assignee").filter(pk=key).first()
    )
    if not case or not is_signed("track", token, case.pk, case.requester.salt):
        raise Http404
    return case


def resident_of(case: Case) -> Resident:
    """Whoever holds the link of `case`."""
    return Resident(frozenset({case.pk}))


def remember_phone(response: HttpResponse, phone_index: str) -> None:
    """Let this browser in for thirty minutes as the holder of a phone."""
    response.set_cookie(
        COOKIE,
        signing.dumps(phone_index, salt=SALT),
        max_age=LASTS,
        httponly=True,
        secure=settings.BASE_URL.startswith("https://"),
        samesite="Lax",
    )


def forget_phone(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")


def proved_index(request: HttpRequest) -> str:
    """The blind index of the phone that this browser proved within thirty minutes, or nothing."""
    try:
        return str(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS))
    except signing.BadSignature:
        return ""


def has_proved(request: HttpRequest, requester: Requester) -> bool:
    """Whether this browser proved the phone that a case was filed with."""
    proved = proved_index(request)
    return bool(proved) and hmac.compare_digest(proved, requester.phone_index)


def cases_of_phone(phone_index: str) -> QuerySet[Case]:
    """All cases filed with a phone, newest first."""
    return (
        Case.every.filter(requester__phone_index=phone_index)
        .select_related("place", "unit", "requester")
        .order_by("-id")
    )


def offers_wechat(request: HttpRequest, case: Case) -> bool:
    """Whether this browser may be asked who its person is in WeChat: only WeChat's own tells."""
    return bool(
        case.requester.phone_index
        and IN_WECHAT in request.headers.get("User-Agent", "")
        and following.lane()
    )
