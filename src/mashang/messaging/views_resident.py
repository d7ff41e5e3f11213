"""The demonstration's phone: every SMS that would have been sent, to be read and tapped."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mashang.core.text import clean_line
from mashang.messaging import queries

REFRESH_SECONDS = 5


@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """All phones, or the one of `?number=`; with `?still=1` the page does not load itself anew.

    Only where no real SMS is sent: it shows codes and links that open what they open.
    """
    if settings.SMS_SENDER != "demo" or settings.PRODUCTION:
        raise Http404
    number = clean_line(request.GET.get("number", ""))
    is_still = request.GET.get("still") == "1"
    context = {"phones": queries.phones(number), "number": number, "is_still": is_still}
    response = render(request, "messaging/phone.html", context)
    if not is_still:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response
