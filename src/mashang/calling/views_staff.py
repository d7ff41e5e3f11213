"""Pressing the button. What comes of it is on the order's page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from mashang.calling.actions import ask_call
from mashang.cases.actions.step import NotThere
from mashang.cases.order_access import Order
from mashang.cases.views_staff import by_post
from mashang.core.errors import Refused


@by_post
def ring(request: HttpRequest, order: Order) -> HttpResponse:
    """`after` is the key of the last call that the page showed."""
    try:
        ask_call(order.case, by=order.actor, after=request.POST.get("after", ""))
    except NotThere:
        raise Http404 from None
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("马上响您的手机。接起以后，自动拨通诉求人。"))
    return redirect(order.url())
