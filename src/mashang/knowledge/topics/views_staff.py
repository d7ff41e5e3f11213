"""What many report, at the desk: the list, one topic, taking it up, telling residents."""

import re

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mashang.cases.actions.step import NotThere
from mashang.cases.flow import Phase, State
from mashang.cases.models import Case
from mashang.core.database import planned_for_its_values
from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.knowledge.models import PublicTopic
from mashang.knowledge.topics import actions, queries
from mashang.people.actors import Staff
from mashang.people.doors import holds, only_for
from mashang.people.fields import LineField
from mashang.people.models import Role

READERS = (Role.DISPATCHER, Role.LEADER, Role.INSPECTOR)
PUBLISHERS = (Role.DISPATCHER, Role.LEADER)
PERIODS = {7: gettext_lazy("近 7 天"), 30: gettext_lazy("近 30 天"), 90: gettext_lazy("近 90 天")}
USUAL = 30
ON_A_PAGE = 50
REASONS_SHOWN = 5
# 12345 and 2026-11-20 are none; 139-0943-1234 is.
A_PHONE = re.compile(r"\d{7,}|1\d\d[ -]\d{4}[ -]\d{4}")


def reads_topics(actor: Staff) -> bool:
    return holds(actor, *READERS)


class SuperviseForm(forms.Form):
    until = forms.DateField(
        label=gettext_lazy("请在哪一天下班前报告进展"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    words = forms.CharField(
        label=gettext_lazy("督办要求"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )


class PublishForm(forms.Form):
    """What residents are to read; written anew, and never taken from a report."""

    title = LineField(label=gettext_lazy("标题"), max_length=40)
    words = forms.CharField(
        label=gettext_lazy("办得怎么样"),
        max_length=600,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("办了什么、哪天办好。不写人名、电话、门牌，不抄反映的原话。"),
    )

    def clean_title(self) -> str:
        return _without_numbers(self.cleaned_data["title"])

    def clean_words(self) -> str:
        return _without_numbers(clean_text(self.cleaned_data["words"]))


def _without_numbers(text: str) -> str:
    """The text itself; refused where a phone or an identity card may stand in it."""
    if A_PHONE.search(text):
        raise forms.ValidationError(_("好像有电话或证件号码，公开前请删掉。"))
    return text


@require_safe
@only_for(*READERS)
@planned_for_its_values
def topics(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?days=`: the period, 30 days unless told."""
    days = _days(request)
    found = queries.hot(actor, days=days, now=timezone.now())
    context = {"topics": found, "periods": PERIODS.items(), "days": days, "least": queries.LEAST}
    return render(request, "knowledge/topics.html", context)


@require_safe
@only_for(*READERS)
@planned_for_its_values
def topic(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    return _page(request, actor, pk)


@require_POST
@only_for(*READERS)
def merge(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    """Merge the chosen cases into the chosen one."""
    shown = _find(request, actor, pk)
    chosen = _keys(request.POST.getlist("case"))[:ON_A_PAGE]
    wanted = _keys(request.POST.getlist("lead"))[-1:]
    cases = _of(actor, pk).in_bulk([*chosen, *wanted])
    lead = cases.get(wanted[0]) if wanted else None
    others = [cases[key] for key in chosen if key in cases]
    if lead is None or not [case for case in others if case != lead]:
        messages.error(request, _("请选一件作主件，再选至少一件并进去。"))
        return redirect("topic", pk)
    merged = actions.merge(shown.topic, lead, others, by=actor)
    if merged.done:
        said = _("已把 {count} 件并入 {number}，诉求人都会收到短信。")
        messages.success(request, said.format(count=merged.done, number=lead.number))
    for number, reason in merged.refused[:REASONS_SHOWN]:
        messages.warning(request, f"{number}：{reason}")
    return redirect("topic", pk)


@require_POST
@only_for(*READERS)
def supervise(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    """Put the topic's one case under supervision."""
    shown = _find(request, actor, pk)
    form = SuperviseForm(request.POST)
    lead = shown.lead
    if lead is None:
        messages.error(request, _("请先由派单员把这些件并成一件，再督办。"))
        return redirect("topic", pk)
    if not form.is_valid():
        return _page(request, actor, pk, form=form, status=422)
    facts = form.cleaned_data
    try:
        actions.supervise(
            shown.topic, lead, by=actor, until=facts["until"], words=facts["words"],
            listed="listed" in request.POST,
        )  # fmt: skip
    except NotThere:
        raise Http404 from None
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, actor, pk, form=form, status=422)
    messages.success(request, _("已督办 {number}。").format(number=lead.number))
    return redirect("topic", pk)


@require_POST
@only_for(*PUBLISHERS)
def publish(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    """Show residents what became of it, or no longer."""
    shown = _find(request, actor, pk)
    public = PublicTopic.objects.filter(topic=shown.topic).first()
    if "withdraw" in request.POST:
        if public is not None:
            actions.withdraw(public, by=actor)
            messages.success(request, _("已撤下，居民看不到了。"))
        return redirect("topic", pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, pk, publishing=form, status=422)
    actions.publish(
        shown.topic, by=actor, place=shown.place, count=shown.count, **form.cleaned_data
    )
    messages.success(request, _("已公开，居民在“大家反映的事”里能看到。"))
    return redirect("topic", pk)


def _keys(sent: list[str]) -> list[int]:
    return [int(key) for key in sent if key.isascii() and key.isdigit() and len(key) < 19]


def _days(request: HttpRequest) -> int:
    wanted = request.GET.get("days", "")
    return next((days for days in PERIODS if str(days) == wanted), USUAL)


def _of(actor: Staff, pk: int) -> QuerySet[Case]:
    return queries.cases_for(actor).filter(topic_member__topic=pk)


def _find(request: HttpRequest, actor: Staff, pk: int) -> queries.Shown:
    shown = queries.one(actor, pk, days=_days(request), now=timezone.now())
    if shown is None:
        raise Http404
    return shown


def _page(
    request: HttpRequest,
    actor: Staff,
    pk: int,
    *,
    form: SuperviseForm | None = None,
    publishing: PublishForm | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = _find(request, actor, pk)
    rows = _of(actor, pk).select_related("place", "unit").order_by("-received_at", "-pk")
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    is_open = (Phase.OPEN, Phase.WAITING)
    for case in page:
        case.can_join = case.phase in is_open and case.state != State.MERGED
        case.can_lead = case.can_join and case.unit_id is not None
    leads = [case for case in page if case.can_lead]
    first = min(leads, key=lambda case: case.received_at, default=None)
    context = {
        "shown": shown,
        "page": page,
        "lead_key": next((case.pk for case in (shown.lead, first) if case), None),
        "can_merge": holds(actor, Role.DISPATCHER) and len(leads) > 0,
        "can_supervise": holds(actor, Role.LEADER, Role.INSPECTOR),
        "form": form or SuperviseForm(),
        "can_publish": holds(actor, *PUBLISHERS),
    }
    if context["can_publish"]:
        public = PublicTopic.objects.filter(topic=shown.topic, withdrawn_at=None).first()
        written = {"title": public.title, "words": public.words} if public else None
        publishing = publishing or PublishForm(initial=written)
        publishing.auto_id = "publish-%s"
        context |= {"public": public, "publishing": publishing}
    return render(request, "knowledge/topic.html", context, status=status)
