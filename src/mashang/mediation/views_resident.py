"""A party's pages: applying, its own page, its papers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases import service_pages
from mashang.cases.actions.step import NotThere
from mashang.cases.flow import Who
from mashang.cases.models import Case
from mashang.cases.views_resident.filing import see_other
from mashang.cases.wording import say_time
from mashang.core.ids import is_signed, key_of
from mashang.core.phones import is_mobile
from mashang.core.text import mask_phone
from mashang.core.throttle import DAY, HOUR, Limit, over
from mashang.mediation import access, actions, papers, parties
from mashang.mediation.flow import State
from mashang.mediation.forms import PARTY_FORMS, ApplyForm
from mashang.mediation.models import Agreement, Door, Instalment, Party, Way
from mashang.messaging.verification import TooMany, check_code, send_code
from mashang.people.actors import Resident
from mashang.places.models import Place
from mashang.places.queries import resolve

APPLICATIONS_OF_A_PHONE_A_DAY, TRIES_OF_AN_ADDRESS_AN_HOUR = 3, 30
CARRIED = ("text", "name", "other_name")
SHOWS_AGREEMENT = (State.DRAFTED, State.EFFECTIVE, State.FULFILLED, State.BROKEN)


def _too_often(request: HttpRequest, *limits: Limit) -> bool:
    address = request.client_address  # type: ignore[attr-defined]
    mine = Limit("mediation forms of an address", address, HOUR, TRIES_OF_AN_ADDRESS_AN_HOUR)
    return bool(over([mine, *limits]))


# No CSRF cookie is asked for: nobody is signed in, and the links are what lets in.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, code: str) -> HttpResponse:
    place: Place | None = resolve(code)
    if place is None:
        raise Http404
    is_carried = bool(request.POST.get("carried"))
    form, problem = ApplyForm(request.POST if request.method == "POST" else None), ""
    if is_carried:
        # Words brought from legal help, because somebody asked for it: typed, and not sent.
        form = ApplyForm(initial={name: request.POST.get(name, "") for name in CARRIED})
    elif request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        limit = Limit("mediations of a phone", phone, DAY, APPLICATIONS_OF_A_PHONE_A_DAY)
        if _too_often(request, limit):
            problem = _("今天申请得太多了。请明天再来，或者到村（社区）当面说。")
        else:
            filed = actions.apply(
                form.application(place), token=service_pages.form_token(request), by=Resident()
            )
            party = parties.first_party(filed.case)
            return see_other(reverse("mediation_party", args=[party.token]) + "?done=apply")
    context = {
        "form": form, "place": place, "problem": problem,
        "token": service_pages.form_token(request), "is_carried": is_carried,
    }  # fmt: skip
    status = 429 if problem else 422 if form.errors else 200
    return render(request, "mediation/apply.html", context, status=status)


def _party_of(token: str) -> Party:
    key = key_of(token)
    rows = Party.objects.select_related("case__mediation", "case__unit", "case__assignee")
    party = key is not None and rows.filter(pk=key).first()
    if not party or not is_signed("party", token, party.pk, party.salt):
        raise Http404
    if party.case.state == State.APPLIED and party != parties.first_party(party.case):
        raise Http404  # nobody else has been asked yet
    return party


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def party_page(request: HttpRequest, token: str) -> HttpResponse:
    party = _party_of(token)
    name = request.POST.get("move", "")
    if request.method != "POST" or name not in PARTY_FORMS:
        return show(request, party)
    if name == "sign":
        return _sign(request, party)
    form = service_pages.move_form(name, party.case, PARTY_FORMS, request)
    if not form.is_valid():
        problem = _("请看标红的地方。")
        return show(request, party, tried=(name, form), problem=problem, status=422)
    return _made(request, party, name, form, **form.facts())


def _made(
    request: HttpRequest, party: Party, name: str, form: service_pages.MoveForm, **facts: object
) -> HttpResponse:
    by = Resident(frozenset({party.case_id}))
    try:
        problem, status = service_pages.attempt(party.case, name, by=by, party=party, **facts)
    except NotThere:
        raise Http404 from None
    if problem:
        fresh = _party_of(party.token)
        return show(request, fresh, tried=(name, form), problem=problem, status=status)
    return see_other(f"{reverse('mediation_party', args=[party.token])}?done={name}")


def _sign(request: HttpRequest, party: Party) -> HttpResponse:
    """By a code to the phone of the party or whoever may sign for it, for the text before it."""
    agreement = _agreement(party)
    phone, form = party.signs_at, PARTY_FORMS["sign"](case=party.case)
    if agreement is None or not is_mobile(phone):
        raise Http404
    if request.POST.get("digest") != agreement.digest:
        problem = _("协议刚才改过了。请重新看一遍，再签。")
        return show(request, party, problem=problem, status=409)
    if _too_often(request):
        return show(request, party, problem=_("试得太多了，请过一小时再试。"), status=429)
    purpose = f"mediation:{party.pk}:{agreement.digest[-16:]}"
    typed = request.POST.get("code")
    if typed is None:
        try:
            send_code(phone, purpose=purpose)
        except TooMany:
            problem = _("验证码发得太勤了。请过一分钟再发，或者用刚才收到的。")
            return show(request, party, problem=problem, asks_code=True, status=429)
        return show(request, party, asks_code=True)
    if not check_code(phone, purpose=purpose, typed=typed[:40]):
        problem = _("验证码不对或者过期了。请再看一遍短信，或者重新发送。")
        return show(request, party, problem=problem, asks_code=True, status=422)
    return _made(request, party, "sign", form, way=Way.CODE)


def show(
    request: HttpRequest,
    party: Party,
    *,
    tried: tuple[str, service_pages.MoveForm] | None = None,
    problem: str = "",
    asks_code: bool = False,
    status: int = 200,
) -> HttpResponse:
    """All that this party may read: nothing of what others told the mediator alone."""
    case = party.case
    people = list(parties.active(case))
    agreement = _agreement(party)
    mine = {} if party.left_at else _forms(party)
    context = {
        "party": party,
        "parties": papers.sides(people),
        "case": case,
        "mediation": case.mediation,
        "state": State(case.state),
        "offers": service_pages.offers(case, [Who.PARTY], mine, tried),
        "may_sign": case.state == State.DRAFTED and not party.signed_at,
        "by_sms": is_mobile(party.signs_at),
        "phone": mask_phone(party.signs_at),
        "is_first": party == parties.first_party(case),
        "asks_code": asks_code,
        "statements": access.statements_for(case, party),
        "sessions": access.sessions_for(case, party),
        "agreement": agreement,
        "instalments": Instalment.objects.filter(agreement=agreement) if agreement else [],
        "court_until": _court_until(agreement),
        "meets": say_time(case.mediation.meets_at) if case.mediation.meets_at else "",
        "is_over": case.state in (State.FAILED, State.BROKEN, State.DECLINED),
        "doors": Door,
        "history": service_pages.history(case, for_public=True),
        "problem": problem,
        "problems": {"code": problem} if asks_code and problem else {},
        "done": request.GET.get("done", ""),
    }
    return render(request, "mediation/party.html", context, status=status)


def _court_until(agreement: Agreement | None) -> object:
    if agreement is None or agreement.effective_at is None or agreement.is_oral:
        return None
    last = actions.court_until(agreement.effective_at)
    return last if last >= timezone.localdate() else None


def _agreement(party: Party) -> Agreement | None:
    """The agreement, while it is one and while this party is one of it."""
    if party.left_at or party.case.state not in SHOWS_AGREEMENT:
        return None
    return Agreement.objects.filter(case=party.case).first()


def _forms(party: Party) -> dict[str, type[service_pages.MoveForm]]:
    """The forms of what this party may do: its no leaves the others to go on where there are any
    on its side."""
    hidden = {"sign"}
    hidden |= {"consent", "refuse"} if party.consented_at else {"end", "say", "object"}
    hidden |= {"leave"} if parties.is_alone(party) else {"refuse", "end"}
    if party.case.assignee is None or party.objected_to_id:
        hidden.add("object")
    return {name: form for name, form in PARTY_FORMS.items() if name not in hidden}


@require_safe
def paper(request: HttpRequest, token: str) -> HttpResponse:
    """The agreement to print, for a party."""
    party = _party_of(token)
    if _agreement(party) is None:
        raise Http404
    return papers.agreement(request, party.case)


@require_safe
def application(request: HttpRequest, token: str) -> HttpResponse:
    """The application to print: it holds the words of whoever applied, who alone may read them."""
    party = _party_of(token)
    if party.left_at or party != parties.first_party(party.case):
        raise Http404
    return papers.application(request, party.case)


@require_safe
def record(request: HttpRequest, token: str, key: int) -> HttpResponse:
    """Minutes to print, for a party that may read them."""
    party = _party_of(token)
    session = access.sessions_for(party.case, party).filter(pk=key).first()
    if session is None:
        raise Http404
    return papers.record(request, party.case, session)


# At the addresses that all kinds share: the tracking link is the applicant's ---------------------


def track(request: HttpRequest, case: Case) -> HttpResponse:
    party = parties.first_party(case)
    return redirect("mediation_party", party.token)


def act(request: HttpRequest, case: Case, action: str) -> HttpResponse:
    """Only the application is taken back here; all else is on the party's own page."""
    if action != "withdraw":
        raise Http404
    address = reverse("track", args=[case.requester.tracking_token])
    if request.method != "POST":
        return redirect(address)
    try:
        service_pages.attempt(case, action, by=Resident(frozenset({case.pk})))
    except NotThere:
        raise Http404 from None
    return see_other(address)
