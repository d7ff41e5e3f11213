"""The public's pages of wishes: the wall, posting, offering, claiming, the helper's own page."""

import secrets
from io import BytesIO

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mashang.attachments import intake
from mashang.attachments.actions import adopt
from mashang.attachments.queries import of as attachments_of
from mashang.cases import service_pages
from mashang.cases.actions.step import NotThere
from mashang.cases.flow import Who
from mashang.cases.models import Case
from mashang.cases.resident_access import resident_of
from mashang.cases.views_resident.filing import see_other
from mashang.cases.wording import say_time
from mashang.core.crypto import blind_index
from mashang.core.ids import is_signed, key_of, parse_case_number
from mashang.core.throttle import DAY, HOUR, Limit, over
from mashang.messaging.verification import TooMany, check_code, send_code
from mashang.people.actors import Resident
from mashang.places.models import Place
from mashang.places.queries import resolve, top
from mashang.wishes import actions, queries
from mashang.wishes.flow import NAME, State
from mashang.wishes.forms import HELPER_FORMS, RESIDENT_FORMS, HelperForm, OfferForm, PostForm
from mashang.wishes.models import Claim, Ending

REFRESH = 120  # seconds between two looks of a screen
ON_A_WALL, ON_A_POSTER = 8, 8
POSTS_OF_A_PHONE_A_DAY, TRIES_OF_AN_ADDRESS_AN_HOUR = 5, 30


def _place(code: str) -> Place:
    place = resolve(code)
    if place is None:
        raise Http404
    return place


def _too_often(request: HttpRequest, *limits: Limit) -> bool:
    address = request.client_address  # type: ignore[attr-defined]
    mine = Limit("wish forms of an address", address, HOUR, TRIES_OF_AN_ADDRESS_AN_HOUR)
    return bool(over([mine, *limits]))


def _too_many() -> str:
    return _("今天试得太多了，请明天再来，或者到社区去登记。")


@require_safe
def all_wishes(request: HttpRequest) -> HttpResponse:
    return render(request, "wishes/everywhere.html", {"counties": top()})


@require_safe
def wishes(request: HttpRequest, code: str) -> HttpResponse:
    """What may be claimed at a place, and what came true there."""
    place = _place(code)
    context = {
        "place": place,
        "rows": queries.shown(place)[:60],
        "fulfilled": queries.fulfilled(place)[:12],
    }
    return render(request, "wishes/wishes.html", context)


@require_safe
def wall(request: HttpRequest, code: str) -> HttpResponse:
    """The same for a screen across a room, which asks for itself anew."""
    place = _place(code)
    rows = queries.shown(place)
    context = {
        "place": place,
        "rows": rows[:ON_A_WALL],
        "count": rows.count(),
        "came_true": queries.fulfilled(place).count(),
        "refresh": REFRESH,
        "qr": _qr(place),
    }
    answer = render(request, "wishes/wall.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """A sheet for the shop window, to be printed from the browser."""
    place = _place(code)
    context = {"place": place, "rows": queries.shown(place)[:ON_A_POSTER], "qr": _qr(place)}
    return render(request, "wishes/poster.html", context)


def _qr(place: Place) -> str:
    """The code that leads to the place's wishes, as SVG that needs neither script nor style."""
    drawn = BytesIO()
    address = f"{settings.BASE_URL}{reverse('wishes', args=[place.code])}"
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=2, dark="#000", light="#fff", scale=5
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308 (drawn here from our own address)


# These ask for no CSRF cookie: whoever posts is not signed in, and a lost cookie may lose no wish.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def post_wish(request: HttpRequest, code: str) -> HttpResponse:
    place = _place(code)
    form = PostForm(request.POST if request.method == "POST" else None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        phone = Limit("wishes of a phone", given["phone"], DAY, POSTS_OF_A_PHONE_A_DAY)
        if _too_often(request, phone):
            problem = _too_many()
        else:
            token = service_pages.form_token(request)
            filed = actions.post(token=token, place=place, by=Resident(), **given)
            return see_other(reverse("track", args=[filed.requester.tracking_token]) + "?done=post")
    return _form(request, form, place, "wishes/post.html", problem)


def _form(
    request: HttpRequest, form: service_pages.ServiceForm, place: Place, page: str, problem: str
) -> HttpResponse:
    context = {
        "form": form, "place": place, "problem": problem,
        "token": service_pages.form_token(request),
    }  # fmt: skip
    status = 429 if problem else 422 if form.errors else 200
    return render(request, page, context, status=status)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def offer_help(request: HttpRequest, code: str) -> HttpResponse:
    """What somebody would give, kept once the code sent to their phone was typed."""
    place = _place(code)
    form = OfferForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        purpose = f"wish-offer:{place.code}"
        step, problem = _prove(request, form.cleaned_data["phone"], purpose)
        if step == "done":
            actions.offer(
                token=service_pages.form_token(request),
                place=place,
                words=form.cleaned_data["words"],
                who=form.who(),
            )
            return see_other(reverse("wishes", args=[place.code]) + "?done=offer")
        return _code_step(request, form, {"place": place, "what": "offer"}, problem)
    return _form(request, form, place, "wishes/offer.html", "")


def _prove(request: HttpRequest, phone: str, purpose: str) -> tuple[str, str]:
    """("done", "") once the code that was typed is right; else "code" and what is wrong."""
    if _too_often(request):
        return "code", _too_many()
    typed = request.POST.get("code")
    if typed is not None:
        if check_code(phone, purpose=purpose, typed=typed[:40]):
            return "done", ""
        return "code", _("验证码不对或者过期了。请再看一遍短信，或者重新发送。")
    try:
        send_code(phone, purpose=purpose)
    except TooMany:
        return "code", _("验证码发得太勤了。请过一分钟再发，或者用刚才收到的。")
    return "code", ""


def _code_step(
    request: HttpRequest, form: HelperForm, context: dict[str, object], problem: str
) -> HttpResponse:
    kept = [(name, form.cleaned_data.get(name, "")) for name in form.fields]
    shown = {
        **context, "kept": kept, "phone": form.cleaned_data["phone"],
        "token": service_pages.form_token(request),
        "faults": [("code", problem)] if problem else [],
        "problems": {"code": problem} if problem else {},
    }  # fmt: skip
    return render(request, "wishes/prove.html", shown, status=422 if problem else 200)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """Claim a wish: who, then the code sent to their phone. Of two at once, one gets it."""
    parsed = parse_case_number(number)
    rows = Case.every.select_related("wish", "place").filter(flow=NAME)
    case = rows.filter(pk=parsed[1]).first() if parsed else None
    if case is None or case.number != number or not case.wish.shown_at:
        raise Http404
    if case.state != State.SHOWN:
        return render(request, "wishes/taken.html", {"place": case.place}, status=409)
    form = HelperForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        step, problem = _prove(request, phone, f"wish:{case.pk}")
        if step == "done":
            return _claimed(request, case, form, phone)
        return _code_step(request, form, {"case": case, "place": case.place}, problem)
    context = {
        "form": form, "case": case, "place": case.place, "token": secrets.token_urlsafe(18)
    }  # fmt: skip
    return render(request, "wishes/claim.html", context, status=422 if form.errors else 200)


def _claimed(request: HttpRequest, case: Case, form: HelperForm, phone: str) -> HttpResponse:
    by = Resident(phone_index=blind_index(phone))
    try:
        problem, status = service_pages.attempt(case, "claim", by=by, claimant=form.who())
    except NotThere:  # somebody else has it by now, so there is nothing for this person any more
        problem, status = "taken", 409
    if problem:
        return render(request, "wishes/taken.html", {"place": case.place}, status=status)
    made = Claim.objects.get(case=case, ended_at=None)
    return see_other(reverse("wish_claim", args=[made.token]) + "?done=claim")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def claimed(request: HttpRequest, token: str) -> HttpResponse:
    """The helper's own page: where to bring it, the receipt, giving it back, the thanks."""
    key = key_of(token)
    rows = Claim.objects.select_related("case__wish", "case__place", "case__unit")
    found = key is not None and rows.filter(pk=key).first()
    if not found or not is_signed("claim", token, found.pk, found.salt):
        raise Http404
    case, name, tried, problem, status = found.case, request.POST.get("move", ""), None, "", 200
    by = Resident(phone_index=found.phone_index)
    if request.method == "POST" and name in HELPER_FORMS:
        form = service_pages.move_form(name, case, HELPER_FORMS, request)
        tried = (name, form)
        problem, status = _delivered(request, case, form, name, by)
        if not problem and status == 302:
            return see_other(f"{request.path}?done={name}")
    is_live = found.ended_at is None
    offers = service_pages.offers(case, [Who.HELPER], HELPER_FORMS, tried) if is_live else []
    context = {
        "claim": found, "case": case, "wish": case.wish, "offers": offers, "problem": problem,
        "due": say_time(found.due_at), "is_live": is_live, "done": request.GET.get("done", ""),
    }  # fmt: skip
    return render(request, "wishes/claimed.html", context, status=status if problem else 200)


def _delivered(
    request: HttpRequest, case: Case, form: service_pages.MoveForm, name: str, by: Resident
) -> tuple[str, int]:
    if not form.is_valid():
        return _("请看标红的地方。"), 422
    return receipt(request, case, form, name, by)


def receipt(
    request: HttpRequest, case: Case, form: service_pages.MoveForm, name: str, by: object
) -> tuple[str, int]:
    """Make the move; photos of a delivery become part of it."""
    owner = f"draft:{blind_index(f'{case.pk}', purpose='wish receipt')}"
    if name == "deliver" and request.FILES:
        refused = intake.receive(request.FILES, request, owner=owner, part="photos")
        if refused:
            return "\n".join(refused), 422
    try:
        problem, status = service_pages.attempt(case, name, by=by, **form.facts())  # type: ignore[arg-type]
    except NotThere:
        raise Http404 from None
    if not problem and name == "deliver":
        last = case.entries.filter(move="deliver").order_by("-seq").first()
        adopt(owner, case.subject, part=f"entry:{last.seq}" if last else "entry")
    return problem, status


# The wisher's page, at the address that all kinds share -------------------------------------------


def track(
    request: HttpRequest,
    case: Case,
    *,
    tried: tuple[str, service_pages.MoveForm] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    last = actions.last_claim(case)
    context = {
        "case": case,
        "wish": case.wish,
        "state": State(case.state),
        "claim": last if last and last.ending in ("", Ending.DELIVERED) else None,
        "offers": service_pages.offers(case, [Who.REQUESTER], RESIDENT_FORMS, tried),
        "history": service_pages.history(case, for_public=True),
        "reason": _reason(case),
        "token": case.requester.tracking_token,
        "problem": problem,
        "done": request.GET.get("done", ""),
        "photos": _photos(case),
    }
    return render(request, "wishes/track.html", context, status=status)


def _photos(case: Case) -> list[object]:
    return [file for file in attachments_of(case.subject) if file.part.startswith("entry:")]


def _reason(case: Case) -> str:
    if case.state != State.DECLINED:
        return ""
    last = case.entries.filter(move="decline").order_by("-seq").first()
    return str(last.data.get("words", "")) if last else ""


def act(request: HttpRequest, case: Case, action: str) -> HttpResponse:
    if action not in RESIDENT_FORMS:
        raise Http404
    address = reverse("track", args=[case.requester.tracking_token])
    if request.method != "POST":
        return redirect(address)
    form = service_pages.move_form(action, case, RESIDENT_FORMS, request)
    if not form.is_valid():
        return track(request, case, tried=(action, form), problem=_("请看标红的地方。"), status=422)
    try:
        problem, status = service_pages.attempt(case, action, by=resident_of(case), **form.facts())
    except NotThere:
        raise Http404 from None
    if problem:
        fresh = Case.every.select_related("wish", "requester", "place", "unit").get(pk=case.pk)
        return track(request, fresh, tried=(action, form), problem=problem, status=status)
    return see_other(f"{address}?done={action}")
