"""The committee's pages: the list, proposing, one mediation by link or at the desk, papers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mashang.audit.actions import record
from mashang.cases import service_pages
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere
from mashang.cases.models import Case
from mashang.cases.order_access import Order
from mashang.cases.service_pages import handles
from mashang.cases.wording import say_time
from mashang.core.text import mask_phone
from mashang.mediation import access, actions, papers, queries
from mashang.mediation.flow import MOVES, State
from mashang.mediation.forms import STAFF_FORMS, ProposeForm, masked
from mashang.mediation.models import Agreement, Instalment, Party, Session
from mashang.people.actors import Staff, signed_in

A_PAGE = 30
# Most of what a state offers is for later; these stand open.
MEDIATORS = ("minutes", "draft", "agree_orally", "seal")  # made by the mediator in person
FIRST = ("accept", "consent", "name_mediator", "minutes", "draft", "sign", "seal", "visit")


@require_safe
@signed_in
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    if not access.works_here(actor):
        raise Http404
    state = request.GET.get("state", "")
    rows = access.visible_to(actor).select_related("mediation", "place", "assignee")
    live = rows.filter(phase__in=("open", "waiting"))
    rows = rows.filter(state=state) if state in State else live
    context = {
        "page": Paginator(rows.order_by("-pk"), A_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": State.choices,
        "figures": queries.figures(actor),
        "places": [post.place for post in actor.posts if handles(post)],
    }
    return render(request, "mediation/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def propose(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """A proposal, or an application that came in person; both sides are asked for consent."""
    places = (post.place for post in actor.posts if handles(post))
    place = next((place for place in places if place.code == code), None)
    if place is None or not access.works_here(actor):
        raise Http404
    form = ProposeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        token = service_pages.form_token(request)
        filed = actions.apply(form.application(place), token=token, by=actor)
        messages.success(request, _("已登记，编号 {number}。").format(number=filed.case.number))
        return redirect("desk_case", filed.case.number)
    context = {"form": form, "place": place, "token": service_pages.form_token(request)}
    return render(request, "mediation/propose.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def paper(request: HttpRequest, actor: Staff, number: str) -> HttpResponse:
    """The agreement to print, for the committee."""
    return papers.agreement(request, _seen(actor, number))


@require_safe
@signed_in
def application(request: HttpRequest, actor: Staff, number: str) -> HttpResponse:
    """The application to print; it names all parties, which is recorded as a look."""
    case = _seen(actor, number)
    _looked(case, actor)
    return papers.application(request, case)


@require_safe
@signed_in
def record_paper(request: HttpRequest, actor: Staff, number: str, key: int) -> HttpResponse:
    """Minutes to print, for whoever of the committee may read them; a recorded look too."""
    case = _seen(actor, number)
    session = access.sessions_for(case, actor).filter(pk=key).first()
    if session is None:
        raise Http404
    _looked(case, actor)
    return papers.record(request, case, session)


def _seen(actor: Staff, number: str) -> Case:
    rows = access.visible_to(actor).select_related("mediation", "unit", "assignee", "place")
    case = next((case for case in rows.filter(pk=_key(number)) if case.number == number), None)
    if case is None:
        raise Http404
    return case


def _looked(case: Case, actor: Staff) -> None:
    """Record that somebody looked at who the parties are; Http404 where they may not."""
    try:
        advance(case, "look", by=actor, what="phone")
    except NotThere:
        raise Http404 from None
    record("look", by=actor, about=case.subject, place=case.place_id)


def _key(number: str) -> int:
    body = number[2:-1]
    return int(body) if body.isascii() and body.isdigit() and len(body) < 15 else 0


# One mediation, at the address that all kinds share ----------------------------------------------


def show(
    request: HttpRequest,
    order: Order,
    *,
    tried: tuple[str, service_pages.MoveForm] | None = None,
    problem: str = "",
    status: int = 200,
    called: list[Party] | None = None,
) -> HttpResponse:
    case = _fresh(order)
    order = Order(case, order.actor, order.link)
    if not order.relations:
        raise Http404
    agreement = Agreement.objects.filter(case=case).first()
    is_mediator = access.is_mediator(order.actor, case)
    kinds = {
        name: form for name, form in STAFF_FORMS.items() if is_mediator or name not in MEDIATORS
    }
    parties = list(Party.objects.filter(case=case))
    context = {
        "order": order,
        "case": case,
        "mediation": case.mediation,
        "state": State(case.state),
        "due": say_time(case.due_at) if case.due_at else "",
        "parties": [
            (masked(party), party, mask_phone(party.reached_at)) for party in parties
        ],
        "offers": [
            (offered, order.url("move", offered.name), offered.name in FIRST)
            for offered in _in_order(
                service_pages.offers(case, order.relations, kinds, tried), case
            )
        ],
        "is_mediator": is_mediator,
        "statements": [
            (masked(row.party), row)
            for row in access.statements_for(case, order.actor)
        ],
        "sessions": [
            (_heard(row), row)
            for row in access.sessions_for(case, order.actor)
        ],
        "agreement": agreement,
        "instalments": Instalment.objects.filter(agreement=agreement) if agreement else [],
        "court_until": actions.court_until(agreement.effective_at)
        if agreement and agreement.effective_at and not agreement.is_oral
        else None,
        "history": service_pages.history(case),
        "call_url": order.url("call"),
        "called": called,
        "problem": problem,
    }  # fmt: skip
    return render(request, "mediation/order.html", context, status=status)


def _heard(session: Session) -> str:
    """With whom minutes were taken, where not with all."""
    return "、".join(masked(party) for party in session.parties.all())


def _in_order(found: list[service_pages.Offered], case: Case) -> list[service_pages.Offered]:
    """Naming the mediator comes first while both agree and none is named, else late."""
    is_needed = case.assignee_id is None and case.state != State.ASKING
    return sorted(found, key=lambda each: not (is_needed and each.name == "name_mediator"))


def _fresh(order: Order) -> Case:
    rows = Case.every.select_related("mediation", "place", "unit", "assignee")
    return rows.get(pk=order.case.pk)


def move(request: HttpRequest, order: Order, name: str) -> HttpResponse:
    if name == "look":
        return _call(request, order)
    if name not in STAFF_FORMS:
        raise Http404
    case = _fresh(order)
    form = service_pages.move_form(name, case, STAFF_FORMS, request)
    if not form.is_valid():
        problem = _("请看标红的地方。")
        return show(request, order, tried=(name, form), problem=problem, status=422)
    try:
        problem, status = service_pages.attempt(case, name, by=order.actor, **form.facts())
    except NotThere:
        raise Http404 from None
    if problem:
        return show(request, order, tried=(name, form), problem=problem, status=status)
    messages.success(request, _("已登记：{move}。").format(move=MOVES[name].label))
    return redirect(order.url())


def _call(request: HttpRequest, order: Order) -> HttpResponse:
    """Names and phones of all, in this one answer; the look is recorded."""
    _looked(order.case, order.actor)
    return show(request, order, called=list(Party.objects.filter(case=order.case)))
