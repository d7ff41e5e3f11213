"""Asking counsel, and following one's question; the pages of a question for its counsel."""

import re
import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mashang.cases import flows as kinds
from mashang.cases.actions.identity import look_at_phone
from mashang.cases.actions.step import NotThere
from mashang.cases.models import Case
from mashang.cases.order_access import Order
from mashang.cases.resident_access import resident_of
from mashang.cases.rules import limit
from mashang.cases.wording import say_limit, say_time
from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.core.throttle import DAY, HOUR, Limit, over
from mashang.legal import actions, flow
from mashang.legal.access import LEGAL, may_see_identity, relations, visible
from mashang.legal.flows import go
from mashang.legal.forms import MOST_WORDS, AskForm
from mashang.legal.models import Question
from mashang.legal.queries import current
from mashang.people.actors import Resident

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
DOES = {"add": ("tell_more", "reply", "ask_again"), "withdraw": ("withdraw",)}


def from_flow(request: HttpRequest) -> tuple[str, str]:
    """(topic, the way in words) of the guided flow that led here, where one did."""
    version = current(request.GET.get("from", ""))
    if version is None:
        return "", ""
    way = go(version.flow, request.GET.dict(), today=timezone.localdate())
    title = _("{title}（第 {number} 版）").format(title=version.title, number=version.number)
    said = [f"{answer.step.text} {answer.text}" for answer in way.answered]
    return version.topic, "\n".join([title, *said])


# Nobody is signed in; see `cases.views_resident.filing` on why no CSRF cookie is asked for.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The question to counsel, with the time by which it is answered said beforehand."""
    topic, way = from_flow(request)
    sent = request.method == "POST"
    token = request.POST.get("token", "")
    token = token if TOKEN.fullmatch(token) else secrets.token_urlsafe(24)
    form = AskForm(request.POST if sent else None, initial={"topic": topic})
    now = timezone.now()
    context = {
        "form": form,
        "token": token,
        "way": way,
        "within": say_limit(limit("handling", at=now, urgency="consultation")),
        "due": say_time(actions.promised(now), today=now),
    }
    if not sent or not form.is_valid():
        return render(request, "legal/ask.html", context, status=422 if sent else 200)
    given = form.cleaned_data
    address = request.client_address  # type: ignore[attr-defined]
    phone = given["phone"]
    limits = [
        Limit("legal questions of an address", address, HOUR, settings.REPORTS_PER_ADDRESS_AN_HOUR),
        Limit("legal questions of a phone", phone, DAY, settings.REPORTS_PER_PHONE_A_DAY),
    ]
    if over(limits):
        context["problem"] = _("今天问得太多了，请明天再来，或者打 12348。您写的都还在。")
        return render(request, "legal/ask.html", context, status=429)
    try:
        filed = actions.ask(actions.Asked(token=token, way=way, **given), by=Resident())
    except Refused as refused:
        context["problem"] = str(refused)
        return render(request, "legal/ask.html", context, status=422)
    address = reverse("track", args=[filed.requester.tracking_token])
    return HttpResponse(status=303, headers={"Location": address})


# Whoever asked ----------------------------------------------------------------------------------


def _track(request: HttpRequest, case: Case, *, problem: str = "", typed: str = "") -> HttpResponse:
    question = Question.objects.prefetch_related("notes").get(case=case)
    context = {
        "case": case,
        "question": question,
        "state": flow.State(case.state).label,
        "token": case.requester.tracking_token,
        "due": say_time(case.due_at) if case.due_at and case.state == flow.State.ASKED else "",
        "is_live": case.state in flow.LIVE,
        "is_erased": question.words is None,
        "problem": problem,
        "typed": typed,
    }
    return render(request, "legal/track.html", context, status=422 if problem else 200)


def _act(request: HttpRequest, case: Case, action: str) -> HttpResponse:
    if action not in DOES:
        raise Http404
    if request.method != "POST":
        return redirect("track", case.requester.tracking_token)
    words = clean_text(request.POST.get("words", ""))[:MOST_WORDS]
    by = resident_of(case)
    move = next((name for name in DOES[action] if case.state in flow.MOVES[name].start), "")
    if not move:
        return _track(request, case, problem=_("现在不能这样做。请看最新情况。"), typed=words)
    try:
        actions.say(case, move, words if action == "add" else "", by=by)
    except Refused as refused:
        return _track(request, case, problem=str(refused), typed=words)
    return HttpResponse(
        status=303, headers={"Location": reverse("track", args=[case.requester.tracking_token])}
    )


# Counsel ----------------------------------------------------------------------------------------


def _show(request: HttpRequest, order: Order, **more: object) -> HttpResponse:
    case = order.case
    question = Question.objects.prefetch_related("notes").get(case=case)
    context = {
        "case": case,
        "question": question,
        "state": flow.State(case.state).label,
        "is_live": case.state in flow.LIVE,
        "may_ask": case.state == flow.State.ASKED,
        "due": say_time(case.due_at) if case.due_at else "",
        "links": {name: order.url("move", name) for name in ("answer", "ask_more", "stand_aside")},
        "call": order.url("call"),
        "may_draft": bool(question.answer) and question.may_publish and order.link is None,
        **more,
    }
    return render(request, "legal/case.html", context, status=422 if "problem" in more else 200)


def _move(request: HttpRequest, order: Order, name: str) -> HttpResponse:
    words = clean_text(request.POST.get("words", ""))[:MOST_WORDS]
    try:
        if name == "look":
            asker = look_at_phone(order.case, by=order.actor)
            return _show(request, order, asker=asker)
        if name == "stand_aside":
            actions.stand_aside(order.case, by=order.actor)
            return render(request, "legal/stood_aside.html", {"case": order.case})
        if name not in ("answer", "ask_more"):
            raise Http404
        actions.say(order.case, name, words, by=order.actor)
    except NotThere:
        raise Http404 from None
    except Refused as refused:
        return _show(request, order, problem=str(refused), typed=words)
    return redirect(order.url())


KIND = kinds.Flow(
    name=LEGAL,
    label=gettext_lazy("法律咨询"),
    states=flow.State,
    phases=flow.PHASES,
    moves=flow.MOVES,
    initial=(flow.State.ASKED,),
    relations=relations,
    visible=visible,
    may_see_identity=may_see_identity,
    prepare=actions.PREPARE,
    clocks=actions.CLOCKS,
    lapses=actions.LAPSES,
    pages=kinds.Pages(show=_show, move=_move, track=_track, act=_act),
    kept=actions.kept,
)
