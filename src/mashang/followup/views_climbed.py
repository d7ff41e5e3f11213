"""The leader's page: what has climbed to me, at the desk and by the link of an escalation."""

from django.contrib import messages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mashang.cases.actions.entries import Overtaken
from mashang.cases.actions.moving import NotThere
from mashang.cases.forms_staff import MoveForm, move_form
from mashang.cases.models import OrderLink
from mashang.cases.order_access import Order
from mashang.cases.order_moves import make_move
from mashang.core.errors import Refused
from mashang.followup.climbed import INSTRUCT, climbed_to, instructed, leads, supervised
from mashang.people.actors import Staff, signed_in


@require_safe
@signed_in
def climbed(request: HttpRequest, actor: Staff) -> HttpResponse:
    """At the desk; `?for=` and `?sentence=` fill in a prepared sentence."""
    return _page(request, actor)


def climbed_case(request: HttpRequest, order: Order) -> HttpResponse:
    """One matter of the list, by its number at the desk or by its own link: a POST instructs.

    The list itself is what a GET shows, so that the link of any escalation leads to all of them.
    """
    if request.method != "POST":
        if order.link is None:
            return redirect("climbed")
        return _page(request, order.actor, link=order.link)
    if not leads(order.actor):
        raise Http404
    form = move_form(INSTRUCT, order, data=request.POST)
    if not form.is_valid():
        return _page(request, order.actor, link=order.link, tried=form, status=422)
    try:
        make_move(order, form)
    except NotThere:
        raise Http404 from None
    except (Refused, Overtaken, DatabaseError) as error:
        said = str(error) if isinstance(error, Refused) else _("没有存上，您写的还在，请再按一次。")
        return _page(request, order.actor, link=order.link, tried=form, problem=said, status=409)
    done = _("已批示 {number}，短信已发给承办人。").format(number=order.case.number)
    messages.success(request, done, extra_tags=f"sent-{order.case.number}-{INSTRUCT}")
    return redirect(_list_url(order.link))


def _list_url(link: OrderLink | None) -> str:
    return reverse("order_climbed", args=[link.token]) if link else reverse("climbed")


def _page(
    request: HttpRequest,
    actor: Staff,
    *,
    link: OrderLink | None = None,
    tried: MoveForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    if not leads(actor):
        raise Http404
    now = timezone.now()
    rows = climbed_to(
        actor,
        now=now,
        by_link=link is not None,
        tried=tried,
        sentence=(request.GET.get("for", ""), request.GET.get("sentence", "")),
    )
    # What was typed for a matter that is off the list by now is not lost.
    kept = ""
    if tried is not None and not any(row.is_open for row in rows):
        kept = str(tried["words"].value() or "")
    context = {
        "rows": rows,
        "instructed": instructed(actor, now=now),
        "supervised": supervised(actor),
        "name": actor.account.name,
        "problem": problem,
        "kept": kept,
        "back": Order(link.case, actor, link).url() if link else "",
    }
    return render(request, "followup/climbed.html", context, status=status)
