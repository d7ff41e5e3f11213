"""Where providers tell of deliveries and replies. Stored and answered at once; nothing is shown."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mashang.messaging import lanes, receiving

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
