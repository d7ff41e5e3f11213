"""What a notice says; and the demonstration's phone, with every SMS that would have been sent."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mashang.core.text import clean_line
from mashang.messaging import notices, queries

REFRESH_SECONDS = 5


@require_safe
def public_notice(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the SMS of a notice opens, for whoever has it."""
    notice = notices.by_token(token)
    if notice is None:
        raise Http404
    return render(request, "messaging/public_notice.html", {"notice": notice})


@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """All phones, or the one of `?number=`; with `?still=1` the page does not load itself anew.

    Only where no real SMS is sent: it shows codes and links that open what they open.
    """
    _only_in_demonstrations()
    number = clean_line(request.GET.get("number", ""))
    is_still = request.GET.get("still") == "1"
    context = {"phones": queries.phones(number), "number": number, "is_still": is_still}
    response = render(request, "messaging/phone.html", context)
    if not is_still:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response


@require_safe
def phone_feed(request: HttpRequest) -> JsonResponse:
    """The same for programs that play people: what was sent after message `?after=`, and the
    number of the last message there is. `is_cut` says that there is more."""
    _only_in_demonstrations()
    after = request.GET.get("after", "")
    shown = queries.sent_after(int(after[:18])) if after.isascii() and after.isdigit() else []
    messages = [
        {
            "id": sms.message.pk,
            "phone": sms.message.phone,
            "text": f"{sms.before}{sms.link}{sms.after}",
            "link": sms.link,
        }
        for sms in shown
    ]
    is_cut = len(messages) == queries.MESSAGES_FED
    return JsonResponse({"messages": messages, "is_cut": is_cut, "last": queries.last_key()})


def _only_in_demonstrations() -> None:
    if settings.SMS_SENDER != "demo" or settings.PRODUCTION:
        raise Http404
