"""Where providers tell of deliveries and replies. Stored and answered at once; nothing is shown."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from mashang.messaging import lanes, receiving
from mashang.messaging.models import Channel

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def receipts(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """A provider's callback; the address is a secret, and our own gateway signs besides."""
    if not receiving.is_token(provider, token):
        raise Http404
    lane = lanes.by_code(provider)
    read = getattr(lane.sender, "read_callback", None) if lane else None
    if read is None:
        raise Http404
    try:
        heard, answer = read(request.body, request.headers)
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        logger.warning("a callback of %s could not be read: %s", provider, type(error).__name__)
        return HttpResponse(status=400)
    receiving.take(provider, heard)
    return HttpResponse(answer, content_type="application/json")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def wechat_events(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """What 微信 calls: a question whether we are here, and how a message ended. Both are signed
    with the word that the operator entered there; anybody else finds nothing."""
    lane = lanes.by_code(provider) if receiving.is_token(provider, token) else None
    if lane is None or lane.channel != Channel.WECHAT:
        raise Http404
    if not lane.sender.is_theirs(request.GET):  # type: ignore[attr-defined]
        raise Http404
    if request.method != "POST":
        return HttpResponse(request.GET.get("echostr", "")[:200], content_type="text/plain")
    receiving.take(provider, lane.sender.read_event(request.body))  # type: ignore[attr-defined]
    return HttpResponse("success", content_type="text/plain")
