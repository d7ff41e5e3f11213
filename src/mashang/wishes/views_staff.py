"""The grid's pages of wishes: the list, one wish by link or at the desk, and the paper slip."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.attachments.queries import of as attachments_of
from mashang.cases import service_pages
from mashang.cases.actions.identity import look_at_phone
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere
from mashang.cases.flow import Who
from mashang.cases.models import Case, Channel
from mashang.cases.order_access import Order
from mashang.cases.service_pages import handles
from mashang.cases.wording import say_time
from mashang.core.text import mask_name, mask_phone
from mashang.people.actors import Staff, signed_in
from mashang.places.models import Place
from mashang.wishes import actions, queries
from mashang.wishes.access import offers_for, visible_to, works_here
from mashang.wishes.flow import MOVES, State
from mashang.wishes.forms import STAFF_FORMS, MatchForm, SlipForm
from mashang.wishes.views_resident import receipt

A_PAGE = 30
LIVE = (State.POSTED, State.SHOWN, State.CLAIMED, State.DELIVERED)


@require_safe
@signed_in
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The wishes of the person's places by state, offers of help, and the figures."""
    if not works_here(actor):
        raise Http404
    state = request.GET.get("state", "")
    rows = visible_to(actor).select_related("wish", "place").order_by("-pk")
    rows = rows.filter(state=state) if state in State else rows.filter(state__in=LIVE)
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": State.choices,
        "offers": offers_for(actor).select_related("place")[:20],
        "figures": queries.figures(actor),
        "places": _places(actor),
    }
    return render(request, "wishes/desk.html", context)


def _places(actor: Staff) -> list[Place]:
    return [post.place for post in actor.posts if handles(post)]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def slip(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """A wish from a paper slip, typed by the grid for somebody of its place."""
    place = next((place for place in _places(actor) if place.code == code), None)
    if place is None:
        raise Http404
    form = SlipForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        filed = actions.post(
            token=service_pages.form_token(request), place=place, text=given["text"],
            name=given["name"], phone=given["phone"], by=actor, channel=Channel.COUNTER,
        )  # fmt: skip
        messages.success(request, _("已登记，编号 {number}。").format(number=filed.case.number))
        return redirect("desk_case", filed.case.number)
    context = {"form": form, "place": place, "token": service_pages.form_token(request)}
    return render(request, "wishes/slip.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def end_offer(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """Take an offer off the list, with whose it was."""
    actions.end_offer(get_object_or_404(offers_for(actor), pk=key))
    messages.success(request, _("已从名单里拿掉，联系方式也删除了。"))
    return redirect("desk_wishes")


# One wish, at the address that all kinds share ----------------------------------------------------


def show(
    request: HttpRequest,
    order: Order,
    *,
    tried: tuple[str, service_pages.MoveForm] | None = None,
    problem: str = "",
    status: int = 200,
    called: dict[str, str] | None = None,
) -> HttpResponse:
    case = Case.every.select_related("wish", "place", "unit", "requester").get(pk=order.case.pk)
    order = Order(case, order.actor, order.link)
    if not order.relations:
        raise Http404
    kinds = dict(STAFF_FORMS)
    has_offers = case.state == State.SHOWN and offers_for(order.actor).exists()
    kinds["match"] = type("MatchForm", (MatchForm,), {"actor": order.actor})
    if not has_offers:
        del kinds["match"]
    is_handler = Who.HANDLER in order.relations
    claim = actions.last_claim(case)
    context = {
        "order": order,
        "case": case,
        "wish": case.wish,
        "state": State(case.state),
        "claim": claim,
        "claim_due": say_time(claim.due_at) if claim and claim.ended_at is None else "",
        "offers": [
            (offered, order.url("move", offered.name))
            for offered in service_pages.offers(case, order.relations, kinds, tried)
        ],
        "history": service_pages.history(case),
        "name": mask_name(case.requester.name or ""),
        "phone": mask_phone(case.requester.phone or ""),
        "may_call": is_handler,
        "text": case.text if is_handler else "",
        "call_url": order.url("call"),
        "called": called,
        "problem": problem,
        "photos": [
            order.url("file", file.pk)
            for file in attachments_of(case.subject)
            if file.part.startswith("entry:")
        ],
    }
    return render(request, "wishes/order.html", context, status=status)


def move(request: HttpRequest, order: Order, name: str) -> HttpResponse:
    if name == "look":
        return _call(request, order)
    if name not in STAFF_FORMS:
        raise Http404
    kinds = {**STAFF_FORMS, "match": type("MatchForm", (MatchForm,), {"actor": order.actor})}
    case = Case.every.select_related("wish", "unit").get(pk=order.case.pk)
    form = service_pages.move_form(name, case, kinds, request)
    if not form.is_valid():
        problem = _("请看标红的地方。")
        return show(request, order, tried=(name, form), problem=problem, status=422)
    problem, status = receipt(request, case, form, name, order.actor)
    if problem:
        return show(request, order, tried=(name, form), problem=problem, status=status)
    messages.success(request, _("已登记：{move}。").format(move=MOVES[name].label))
    return redirect(order.url())


def _call(request: HttpRequest, order: Order) -> HttpResponse:
    """Both phones, the wisher's and the helper's, in this one answer; the look is recorded."""
    if Who.HANDLER not in order.relations:
        raise Http404
    called = {}
    try:
        requester = look_at_phone(order.case, by=order.actor)
        called = {"name": requester.name or "", "phone": requester.phone or ""}
    except NotThere:  # no phone was left, or it is erased; the look at the helper's is recorded
        advance(order.case, "look", by=order.actor, what="helper")
    claim = actions.last_claim(order.case)
    if claim is not None:
        called |= {"helper": claim.name or "", "helper_phone": claim.phone or ""}
    return show(request, order, called=called)
