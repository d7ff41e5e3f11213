"""Signs: the lists, one sign and what is done with it, the list to put them up by."""

from datetime import timedelta

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.codes import actions, listing
from mashang.codes.access import codes_of, codes_page, has_all, has_place
from mashang.codes.addresses import address_of, in_groups, scene_of
from mashang.codes.forms import DESIGN_NAMES, MoveForm, UnitForm, last_words
from mashang.codes.models import USABLE, Batch, Code, CodeState
from mashang.codes.posters import orders
from mashang.codes.posters.words import Words
from mashang.core.errors import Refused
from mashang.core.text import clean_line
from mashang.people.actors import Staff

A_PAGE = 50
A_SHEET = 200  # of the list to put signs up by
DAYS_COUNTED = 30
MOST_WORDS = 150


@require_safe
@codes_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The signs of one's places, narrowed by search, place, state, batch or one of the lists."""
    asked = listing.Asked.of(request.GET)
    found = asked.narrow(codes_of(actor), by_state=False)
    counts = listing.by_state(found)
    rows = asked.narrow(codes_of(actor)).select_related("place", "batch").order_by("place", "spot")
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "asked": asked,
        "states": [(value, label, counts.get(value, 0)) for value, label in CodeState.choices],
        "total": sum(counts.values()),
        "areas": listing.areas(actor),
        "batches": Batch.objects.all() if has_all(actor) else None,
        "lists": listing.LISTS.items(),
        "has_all": has_all(actor),
    }
    return render(request, "codes/signs.html", context)


@require_safe
@codes_page
def places(request: HttpRequest, actor: Staff) -> HttpResponse:
    """How many signs each township or village has, by state, and how many nobody ever scanned."""
    rows = listing.by_place(actor, codes_of(actor))
    context = {"rows": rows, "labels": CodeState.labels, "total": sum(row.total for row in rows)}
    return render(request, "codes/places.html", context)


def _mine(actor: Staff, code: str) -> Code:
    rows = codes_of(actor).select_related("place", "unit", "batch", "replaced_by")
    return get_object_or_404(rows, pk=code)


@require_safe
@codes_page
def one(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """A sign: where it hangs, how often it is used, what happened to it, and what to do."""
    return _page(request, actor, _mine(actor, code))


def _page(
    request: HttpRequest,
    actor: Staff,
    code: Code,
    *,
    move: MoveForm | None = None,
    giving: UnitForm | None = None,
    problem: str = "",
) -> HttpResponse:
    since = timezone.localdate() - timedelta(days=DAYS_COUNTED)
    symbol = segno.make(address_of(code.pk), error="q", micro=False)
    context = {
        "code": code,
        "in_groups": in_groups(code.pk),
        "address": address_of(code.pk),
        "scene": scene_of(code.pk),
        "symbol": symbol.svg_data_uri(scale=4, border=4),
        "lately": code.scans.filter(day__gt=since).aggregate(count=Sum("count"))["count"] or 0,
        "days": DAYS_COUNTED,
        "events": code.events.select_related("by")[:50],
        "move": move or MoveForm(code=code, actor=actor),
        "giving": giving or UnitForm(code=code),
        "designs": DESIGN_NAMES.items(),
        "has_all": has_all(actor),
        "is_damaged": code.state == CodeState.DAMAGED,
        "is_issued": code.state == CodeState.ISSUED,
        "is_down": code.state == CodeState.MOVED,
        "problem": problem,
    }
    return render(request, "codes/sign.html", context, status=422 if problem else 200)


@require_POST
@codes_page
def act(request: HttpRequest, actor: Staff, code: str, do: str) -> HttpResponse:
    """Do something with a sign: post, damage, mend, replace, move, down, unit, retire, print."""
    found = _mine(actor, code)
    if do not in ACTS or (do in ("unit", "retire") and not has_all(actor)):
        raise Http404
    words = clean_line(request.POST.get("words", ""))[:MOST_WORDS]
    try:
        return ACTS[do](request, actor, found, words)
    except Refused as refused:
        return _page(request, actor, _mine(actor, code), problem=str(refused))


def _back(request: HttpRequest, code: Code, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("codes_sign", code.pk)


def _post(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    if not actions.mark_posted(codes_of(actor), [code.pk], by=actor):
        raise Refused(_("这块牌子已经记过张贴了。"))
    return _back(request, code, _("已记下：贴好了。"))


def _damage(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    actions.report_damaged(code, by=actor, words=words)
    return _back(request, code, _("已记下破损。旧码还能扫；换新码后，旧码会带到新码。"))


def _mend(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    actions.mend(code, by=actor)
    return _back(request, code, _("已记下：修好了。"))


def _replace(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    new = actions.replace(code, by=actor)
    return _back(
        request, new, _("新码是 {code}，请印出来贴上。扫旧码的人会带到这里。").format(code=new.pk)
    )


def _move(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    form = MoveForm(request.POST, code=code, actor=actor)
    if not form.is_valid():
        return _page(request, actor, code, move=form, problem=_("请先把新位置写对。"))
    place, spot = form.cleaned_data["place"], form.cleaned_data["spot"]
    if not has_place(actor, place.pk) and place.pk != code.place_id:
        raise Http404
    actions.move(code, place, spot, by=actor)
    return _back(request, code, _("已记下新位置。"))


def _down(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    actions.take_down(code, by=actor, words=words)
    return _back(request, code, _("已记下：取下来了。有了新位置再记一次。"))


def _unit(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    form = UnitForm(request.POST, code=code)
    if not form.is_valid():
        return _page(request, actor, code, giving=form, problem=_("请先把承办单位写对。"))
    actions.give_to(code, form.cleaned_data["unit"], by=actor)
    return _back(request, code, _("已换承办单位。"))


def _retire(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    actions.retire(code, by=actor, words=words)
    return _back(request, code, _("已停用。"))


def _print(request: HttpRequest, actor: Staff, code: Code, words: str) -> HttpResponse:
    design = request.POST.get("design", "")
    if design not in DESIGN_NAMES:
        raise Http404
    run = orders.order_run(
        [code] if code.state in USABLE else [],
        design=design,
        words=Words.of(last_words()),
        title=f"{code.pk} {code.place.name} {code.spot}".strip(),
        by=actor,
    )
    return redirect("codes_run", run.pk)


ACTS = {
    "post": _post,
    "damage": _damage,
    "mend": _mend,
    "replace": _replace,
    "move": _move,
    "down": _down,
    "unit": _unit,
    "retire": _retire,
    "print": _print,
}


@require_http_methods(["GET", "HEAD", "POST"])
@codes_page
def posting(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Signs that are made and not put up: a list to print and take along, with boxes; afterwards
    the same boxes are ticked here."""
    asked = listing.Asked.of(request.GET)
    rows = asked.narrow(codes_of(actor)).filter(state=CodeState.ISSUED)
    if request.method == "POST":
        ticked = request.POST.getlist("code")[:A_SHEET]
        done = actions.mark_posted(rows, ticked, by=actor)
        if done:
            messages.success(request, _("已记下 {count} 块贴好了。").format(count=done))
        else:
            messages.warning(request, _("没有勾选，什么都没有记。"))
        return redirect(request.get_full_path())
    rows = rows.select_related("place").order_by("place", "spot", "pk")
    context = {
        "page": Paginator(rows, A_SHEET).get_page(request.GET.get("page")),
        "asked": asked,
        "areas": listing.areas(actor),
        "batches": Batch.objects.all() if has_all(actor) else None,
        "today": timezone.localdate(),
    }
    return render(request, "codes/posting.html", context)
