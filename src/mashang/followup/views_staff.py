"""The pages of follow-up: the queue, one call, figures by unit, how a draw came out."""

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mashang.cases.actions.entries import Overtaken
from mashang.cases.actions.moving import NotThere, TooLate
from mashang.cases.flow import MOVES
from mashang.core.errors import Refused
from mashang.followup import actions, figures, queries
from mashang.followup.access import inspection_posts
from mashang.followup.forms_staff import CallForm
from mashang.followup.models import FollowUp, Outcome
from mashang.followup.script import script_of
from mashang.people.actors import Staff, signed_in

DRAWS_SHOWN = 62
DONE = {
    Outcome.REACHED: lambda: _("回访已登记。"),
    Outcome.NOT_REACHED: lambda: _("已登记：没人接听。"),
    Outcome.REFUSED: lambda: _("已登记：不愿回访。"),
    Outcome.MOVED_ON: lambda: _("这件事已经在重新办理，不用再问。"),
}


def for_inspectors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page is there for whoever follows up, and for nobody else."""

    @signed_in
    @wraps(view)
    def checked(request: HttpRequest, actor: Staff, **more: object) -> HttpResponse:
        if not inspection_posts(actor):
            raise Http404
        return view(request, actor, **more)

    return checked


@require_safe
@for_inspectors
def queue(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?list=` and `?page=` choose what is shown."""
    lists = queries.Queue(actor)
    wanted = request.GET.get("list", "")
    name = wanted if wanted in queries.LISTS else "mine"
    context = {
        "choices": lists.choices,
        "list": name,
        "page": lists.page(name, request.GET.get("page")),
        "now": timezone.now(),
    }
    return render(request, "followup/queue.html", context)


@require_safe
@for_inspectors
def call(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    return _call_page(request, actor, _find(actor, pk))


@for_inspectors
def phone(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    """Record the look, then show the number in this one answer and never again."""
    row = _find(actor, pk)
    if request.method != "POST":
        return redirect("follow_up_call", pk)
    try:
        requester = actions.look(row, by=actor)
    except NotThere:
        problem = _("现在看不到诉求人的电话：可能已经删除个人信息，或者已经回访过。")
        return _call_page(request, actor, _find(actor, pk), problem=problem, status=409)
    shown = {"phone": requester.phone, "name": requester.name or ""}
    return _call_page(request, actor, _find(actor, pk), **shown)


@for_inspectors
def outcome(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    """Write down what came of the call; what is refused is said, and nothing typed is lost."""
    row = _find(actor, pk)
    if request.method != "POST":
        return redirect("follow_up_call", pk)
    form = CallForm(request.POST)
    if not form.is_valid():
        return _call_page(request, actor, row, form=form, problem=_("请看标红的地方。"), status=422)
    try:
        row = actions.record(row, form.said(), by=actor, seen=form.cleaned_data["seen"])
    except NotThere:
        raise Http404 from None
    except (TooLate, Overtaken) as error:
        problem = str(error) if isinstance(error, TooLate) else _("刚才有人同时在办，请再试一次。")
        fresh = _find(actor, pk)
        return _call_page(request, actor, fresh, form=form, problem=problem, status=409)
    except Refused as error:
        return _call_page(request, actor, row, form=form, problem=str(error), status=422)
    said = DONE[Outcome(row.outcome)]()
    if row.was_sent_back:
        said += _("已退回承办单位重办，并发了短信。")
    messages.success(request, said, extra_tags=f"sent-follow-up-{row.pk}")
    return redirect("follow_up")


@require_safe
@for_inspectors
def units(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?month=2026-11` chooses the month, this one by default."""
    today = timezone.localdate()
    month = figures.Month.parse(request.GET.get("month", ""), today=today)
    context = {
        "month": month,
        "is_last": month.after.first > today,
        "rows": figures.by_unit(actor, month),
    }
    return render(request, "followup/units.html", context)


@require_safe
@for_inspectors
def draws(request: HttpRequest, actor: Staff) -> HttpResponse:
    found = queries.draws_of(actor, most=DRAWS_SHOWN)
    return render(request, "followup/draws.html", {"draws": found, "most": DRAWS_SHOWN})


@require_safe
@for_inspectors
def draw(request: HttpRequest, actor: Staff, day: str, county: str) -> HttpResponse:
    """How one day's draw came out; `?sealed` for matters that concern cadres."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    found = queries.find_draw(actor, wanted, county, is_sealed="sealed" in request.GET)
    if found is None:
        raise Http404
    return render(request, "followup/draw.html", {"it": queries.explain(found, actor=actor)})


def _find(actor: Staff, pk: int) -> FollowUp:
    row = queries.find(actor, pk)
    if row is None:
        raise Http404
    return row


def _call_page(
    request: HttpRequest,
    actor: Staff,
    row: FollowUp,
    *,
    form: CallForm | None = None,
    problem: str = "",
    phone: str = "",
    name: str = "",
    status: int = 200,
) -> HttpResponse:
    """The call's page; `phone` and `name` are shown only in the answer to a recorded look."""
    context = {
        "row": row,
        "case": row.case,
        "facts": queries.facts_of(row, at=timezone.now()),
        "script": script_of(row, by=actor),
        "form": form or CallForm(initial={"seen": row.tries}),
        "can_send_back": actions.SEND_BACK in MOVES,
        "problem": problem,
        "phone": phone,
        "name": name,
    }
    return render(request, "followup/call.html", context, status=status)
