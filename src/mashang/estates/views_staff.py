"""Estates at the desk: how orders stand, what several owners raised, what goes to a meeting."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.cases.models import Case
from mashang.core.database import planned_for_its_values
from mashang.core.errors import Refused
from mashang.estates import access, actions, queries
from mashang.estates.forms import OutcomeForm, TopicForm
from mashang.estates.models import Estate, MeetingTopic
from mashang.insight import periods
from mashang.people.actors import Staff, signed_in

MOST_MERGED = 50
REASONS_SHOWN = 5


@require_safe
@signed_in
def estates(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Those that concern the person; one alone is opened at once."""
    found = list(access.visible_to(actor))
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect("desk_estate", found[0].pk)
    return render(request, "estates/list.html", {"estates": found})


@require_safe
@signed_in
@planned_for_its_values
def estate(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    return _page(request, actor, _find(actor, code))


@require_POST
@signed_in
def raised(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """Merge the chosen cases and put them before a meeting."""
    found = _find(actor, code)
    if not access.leads(actor, found):
        raise Http404
    form = TopicForm(request.POST)
    cases = {case.pk: case for group in queries.open_cases(actor, found) for case in group.cases}
    chosen = [cases[key] for key in _keys(request, "case") if key in cases]
    lead = next((cases[key] for key in _keys(request, "lead") if key in cases), None)
    if not form.is_valid() or lead is None:
        if lead is None:
            form.add_error(None, _("请选一件作主件，再勾选和它是同一件事的。"))
        return _page(request, actor, found, form=form, chosen=chosen, lead=lead, status=422)
    others = [case for case in chosen if case != lead]
    try:
        topic, merged = actions.raise_topic(found, lead, others, by=actor, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, actor, found, form=form, chosen=chosen, lead=lead, status=422)
    said = _("已列入议题，{count} 位业主反映的并成一件 {number}，办好一起答复。")
    messages.success(request, said.format(count=merged.done + 1, number=lead.number))
    for number, reason in merged.refused[:REASONS_SHOWN]:
        messages.warning(request, f"{number}：{reason}")
    return redirect("estate_topic", found.pk, topic.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def topic(request: HttpRequest, actor: Staff, code: str, pk: int) -> HttpResponse:
    """One topic, to be printed for the meeting; whoever leads changes it and writes the outcome."""
    found = _find(actor, code)
    shown = get_object_or_404(queries.topics(found), pk=pk)
    may_lead = access.leads(actor, found)
    if request.method == "POST" and not may_lead:
        raise Http404
    decides = "decide" in request.POST
    form = TopicForm(
        request.POST if request.method == "POST" and not decides else None,
        initial={"title": shown.title, "words": shown.words, "meets_on": shown.meets_on},
    )
    outcome = OutcomeForm(request.POST if decides else None, initial={"words": shown.outcome})
    outcome.auto_id = "outcome-%s"
    if decides and outcome.is_valid():
        actions.decide_topic(shown, by=actor, outcome=outcome.cleaned_data["words"])
        messages.success(request, _("已记下，业主在小区页面上能看到。"))
        return redirect("estate_topic", found.pk, shown.pk)
    if form.is_valid():
        actions.change_topic(shown, by=actor, **form.cleaned_data)
        messages.success(request, _("已保存。"))
        return redirect("estate_topic", found.pk, shown.pk)
    context = {
        "estate": found,
        "topic": shown,
        "form": form,
        "outcome": outcome,
        "may_lead": may_lead,
        "may_open": _may_open(actor, shown),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "estates/topic.html", context, status=status)


def _may_open(actor: Staff, topic: MeetingTopic) -> bool:
    return queries.visible_to(actor).filter(pk=topic.lead_id).exists()


def _find(actor: Staff, code: str) -> Estate:
    return get_object_or_404(access.visible_to(actor), pk=code)


def _keys(request: HttpRequest, name: str) -> list[int]:
    sent = request.POST.getlist(name)[:MOST_MERGED]
    return [int(key) for key in sent if key.isascii() and key.isdigit() and len(key) < 19]


def _page(
    request: HttpRequest,
    actor: Staff,
    found: Estate,
    *,
    form: TopicForm | None = None,
    chosen: list[Case] | None = None,
    lead: Case | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = periods.read(request.GET, today=timezone.localdate())
    may_lead = access.leads(actor, found)
    context = {
        "estate": found,
        "rows": queries.rows(actor, found, asked.period),
        "period": asked.period,
        "chosen_period": asked.name,
        "named": [(name, label) for name, (label, _of) in periods.NAMED.items()],
        "topics": queries.topics(found)[: queries.MOST_TOPICS],
        "may_lead": may_lead,
        "groups": queries.open_cases(actor, found) if may_lead else [],
        "form": form or TopicForm(),
        "chosen": {case.pk for case in chosen or ()},
        "lead": lead,
        "public_url": request.build_absolute_uri(f"/estates/{found.pk}"),
    }
    return render(request, "estates/estate.html", context, status=status)
