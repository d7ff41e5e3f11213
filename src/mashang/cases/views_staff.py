"""The pages of one order, the same by SMS link and at the desk: read, phone, move, see files."""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mashang.attachments import queries
from mashang.attachments.serving import serve
from mashang.cases import flows, order_answers, order_photos
from mashang.cases.actions.entries import Overtaken
from mashang.cases.actions.identity import look_at_phone
from mashang.cases.actions.step import NotThere, TooLate, at_once
from mashang.cases.flow import MOVES, NOT_FROM_THE_LIST, STAFF
from mashang.cases.forms_staff import MoveForm, move_form
from mashang.cases.models import Case
from mashang.cases.order_access import OF_A_CASE, Order
from mashang.cases.order_moves import make_move, who_was_faster
from mashang.cases.order_page import order_page
from mashang.core.errors import Refused

logger = logging.getLogger(__name__)


def by_post(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A GET does nothing: a browser that loads the address anew is led to the order."""

    @wraps(view)
    def checked(request: HttpRequest, order: Order, **more: object) -> HttpResponse:
        if request.method != "POST":
            return redirect(order.url())
        return view(request, order, **more)

    return checked


def as_its_kind(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A case of a service is shown and moved by the service's own pages."""

    @wraps(view)
    def led(request: HttpRequest, order: Order, **more: str) -> HttpResponse:
        pages = flows.of(order.case).pages
        if pages is None:
            return view(request, order, **more)
        if view.__name__ == "show":
            return pages.show(request, order)
        return pages.move(request, order, more.get("name", "look"))

    return led


@require_safe
@as_its_kind
def show(request: HttpRequest, order: Order) -> HttpResponse:
    return _page(request, order)


@by_post
@as_its_kind
def call(request: HttpRequest, order: Order) -> HttpResponse:
    """Record the look, then show the number in this one answer and never again."""
    try:
        requester = look_at_phone(order.case, by=order.actor)
    except NotThere:
        problem = _("现在看不到诉求人的电话，原因见下面。")
        return _page(request, _fresh(order), problem=problem, status=409)
    identity = order_answers.identity(order.case, requester)
    shown = {"phone": requester.phone, "name": requester.name or "", "identity": identity}
    return _page(request, _fresh(order), **shown)


@by_post
@as_its_kind
def move(request: HttpRequest, order: Order, name: str) -> HttpResponse:
    """Make a move; what could not be done is said, with everything that was typed still there."""
    if name not in MOVES or name in NOT_FROM_THE_LIST or not MOVES[name].who & STAFF:
        raise Http404
    form = move_form(name, order, data=request.POST, files=request.FILES)
    only_looks = "look" in request.POST  # at what was typed; nothing is done yet
    if not form.is_valid() or only_looks:
        problem = "" if only_looks else _("请看标红的地方。")
        return _page(request, order, tried=form, problem=problem, status=200 if only_looks else 422)
    if form.takes_photos:
        drop_kept = form.cleaned_data["drop_kept"]
        problems = order_photos.take(request, order, drop_kept=drop_kept)
        if problems:
            return _page(request, order, tried=form, problem="\n".join(problems), status=422)
    try:
        entry = make_move(order, form)
    except NotThere:
        return _not_theirs(_fresh(order))
    except (Overtaken, Refused, DatabaseError) as error:
        problem, status = _why_not(order, error, seen=form.cleaned_data["seen"])
        return _page(request, _fresh(order), tried=form, problem=problem, status=status)
    done = _("已登记：{move}。").format(move=MOVES[name].label)
    messages.success(request, done, extra_tags=f"sent-{order.case.number}-{name}")
    if entry is not None and entry.data.get("unheard"):
        messages.warning(
            request, _("上级单位现在没有人值班，没有人收到短信。急事请直接打电话找上级。")
        )
    if order.link is None and not _fresh(order).relations:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return redirect(order.url())


def _why_not(order: Order, error: Exception, *, seen: int | None) -> tuple[str, int]:
    """What to tell somebody whose move was not made, and the answer's status."""
    if isinstance(error, Overtaken):
        return at_once(), 409
    if isinstance(error, TooLate):
        return who_was_faster(order, seen=seen) or str(error), 409
    if isinstance(error, Refused):
        return str(error), 422
    logger.error("a move on case %s could not be stored", order.case.pk, exc_info=error)
    return _("系统正忙，这一步没有存上。您写的还在，请过一会儿再按一次。"), 503


@require_safe
def file(request: HttpRequest, order: Order, key: UUID) -> HttpResponseBase:
    """A photo or voice message of this case and of no other."""
    attachment = queries.of(order.case.subject).filter(pk=key).first()
    if attachment is None:
        raise Http404
    return serve(request, attachment, thumbnail="small" in request.GET)


def _fresh(order: Order) -> Order:
    """The order as it is now, after somebody wrote to it."""
    case = Case.every.select_related(*OF_A_CASE).get(pk=order.case.pk)
    return Order(case, order.actor, order.link)


def _not_theirs(order: Order) -> HttpResponse:
    """A move this person may not make; whose link ran out says so when it is opened again."""
    if order.link is None or order.relations:
        raise Http404
    return redirect(order.url())


def _page(
    request: HttpRequest,
    order: Order,
    *,
    tried: MoveForm | None = None,
    problem: str = "",
    phone: str = "",
    name: str = "",
    identity: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> HttpResponse:
    """The order's page; `phone`, `name` and `identity` only in the answer to a recorded look."""
    if not order.relations:
        return _not_theirs(order)
    context = {
        "page": order_page(order, now=timezone.now(), tried=tried, tapped=request.GET.dict()),
        "case": order.case,
        "problem": problem,
        "phone": phone,
        "name": name,
        "identity": identity,
    }
    return render(request, "cases/order.html", context, status=status)
