"""The desk of legal help: counsel's questions, flows to sign, answers to publish, counts."""

import csv
import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.audit.actions import record
from mashang.cases.flow import ClockName
from mashang.cases.order_access import find_at_desk
from mashang.core.errors import Refused
from mashang.core.tables import BadTable, Fault
from mashang.core.text import clean_line
from mashang.legal import flow, publishing
from mashang.legal.access import counted_for, is_counsel, opens_desk, sees_counts, visible
from mashang.legal.flows import COLUMNS, NAMES
from mashang.legal.forms import FlowFileForm, InterestForm, PublishForm
from mashang.legal.loading import load_flows
from mashang.legal.models import (
    FlowSignature,
    FlowVersion,
    Interest,
    Publication,
    PublicationState,
    Question,
)
from mashang.people.actors import Staff, signed_in
from mashang.people.models import UnitKind

A_PAGE = 50
LARGEST_FILE = 2 * 1024 * 1024


@require_safe
@signed_in
def desk(request: HttpRequest, actor: Staff) -> HttpResponse:
    """One's own questions as counsel; how many there are and which are late for those above."""
    if not opens_desk(actor):
        raise Http404
    rows = (
        visible(actor).select_related("place").order_by("phase", F("due_at").asc(nulls_last=True))
    )
    page = Paginator(rows.order_by("closed_at", "due_at", "-id"), A_PAGE)
    context: dict[str, Any] = {
        "is_counsel": is_counsel(actor),
        "page": page.get_page(request.GET.get("page")) if is_counsel(actor) else None,
        "states": dict(flow.State.choices),
        "now": timezone.now(),
    }
    if is_counsel(actor):
        context["to_review"] = _reviewable(actor).count()
        context["unsigned"] = FlowVersion.objects.filter(is_current=True, signatures=None).count()
    if sees_counts(actor):
        context["counts"] = _counts(actor)
        late = counted_for(actor).filter(state__in=flow.LIVE, due_at__lt=timezone.now())
        context["late"] = late.select_related("unit").order_by("due_at")[:A_PAGE]
    return render(request, "legal/desk.html", context)


def _counts(actor: Staff) -> list[dict[str, Any]]:
    """By station: asked, answered, in time, waiting, late; docs/legal.md defines them."""
    # The limit that the answer of today ended; an earlier one counts no more.
    limit = Q(clocks__name=ClockName.HANDLING, clocks__stopped_at=F("legal_question__answered_at"))
    now = timezone.now()
    rows = (
        counted_for(actor)
        .values("unit__name")
        .annotate(
            asked=Count("pk", distinct=True),
            answered=Count("pk", Q(state=flow.State.ANSWERED), distinct=True),
            in_time=Count(
                "pk",
                limit & Q(state=flow.State.ANSWERED, clocks__stopped_at__lte=F("clocks__due_at")),
                distinct=True,
            ),
            waiting=Count("pk", Q(state__in=flow.LIVE), distinct=True),
            late=Count("pk", Q(state__in=flow.LIVE, due_at__lt=now), distinct=True),
        )
    )
    return list(rows.order_by("unit__name"))


# Guided flows ------------------------------------------------------------------------------------


@require_safe
@signed_in
def flows(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The flows in use and who signed them; for counsel and those who see the counts."""
    if not (is_counsel(actor) or sees_counts(actor)):
        raise Http404
    rows = FlowVersion.objects.filter(is_current=True).prefetch_related("signatures__account")
    context = {"rows": rows.order_by("code"), "is_counsel": is_counsel(actor)}
    return render(request, "legal/flows.html", {**context, "form": FlowFileForm()})


@require_safe
@signed_in
def flow_version(request: HttpRequest, actor: Staff, code: str, number: int) -> HttpResponse:
    """All of a version on one page, to read, print and sign."""
    if not (is_counsel(actor) or sees_counts(actor)):
        raise Http404
    rows = FlowVersion.objects.prefetch_related("signatures__account")
    version = get_object_or_404(rows, code=code, number=number)
    context = {
        "version": version,
        "steps": version.flow.steps.values(),
        "others": FlowVersion.objects.filter(code=code).exclude(pk=version.pk),
        "may_sign": is_counsel(actor) and version.is_current and version.signature is None,
    }
    return render(request, "legal/flow_version.html", context)


@require_POST
@signed_in
def sign(request: HttpRequest, actor: Staff, code: str, number: int) -> HttpResponse:
    """One of counsel answers for this very version."""
    if not is_counsel(actor):
        raise Http404
    version = get_object_or_404(FlowVersion, code=code, number=number, is_current=True)
    unit = next(post.unit for post in actor.posts if post.unit.kind == UnitKind.COUNSEL)
    with transaction.atomic():
        _signature, is_new = FlowSignature.objects.get_or_create(
            version=version,
            defaults={
                "account": actor.account,
                "unit_name": unit.name,
                "words": clean_line(request.POST.get("words", ""))[:300],
            },
        )
        if is_new:
            record("legal_flow", by=actor, data={"what": "signed", "row": str(version)})
    if is_new:
        messages.success(
            request, _("已签署“{title}”第 {n} 版。").format(title=version.title, n=number)
        )
    else:
        messages.warning(request, _("这一版已经有人签署了。"))
    return redirect("desk_legal_flows")


@require_safe
@signed_in
def flow_file(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The flows in use as the table that can be edited and loaded again."""
    if not is_counsel(actor):
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="legal-flows.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(column.titles[0] for column in COLUMNS)
    for version in FlowVersion.objects.filter(is_current=True).order_by("code"):
        for cells in version.content:
            writer.writerow(cells.get(name, "") for name in NAMES)
    return response


@require_POST
@signed_in
def load(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Check a file of flows, or take it in; what is wrong is said line by line."""
    if not is_counsel(actor):
        raise Http404
    form = FlowFileForm(request.POST, request.FILES)
    rows = FlowVersion.objects.filter(is_current=True).prefetch_related("signatures__account")
    context: dict[str, Any] = {"form": form, "rows": rows.order_by("code"), "is_counsel": True}
    if form.is_valid():
        is_trial = request.POST.get("do") != "load"
        try:
            tally = _load(form.cleaned_data["file"], actor, dry_run=is_trial)
        except BadTable as refused:
            context["faults"] = refused.faults
        else:
            said = (
                _("检查通过，还没有装入：{tally}。没有问题就再选一次文件，点“装入”。")
                if is_trial
                else _("已装入：{tally}。新版本还没有签署，请通读后签署。")
            )
            messages.success(request, said.format(tally=tally))
            return redirect("desk_legal_flows")
    return render(request, "legal/flows.html", context, status=422)


def _load(file: Any, actor: Staff, *, dry_run: bool) -> object:
    if file.size > LARGEST_FILE:
        raise BadTable([Fault(0, _("文件太大，最多 2 MB。"))])
    with tempfile.TemporaryDirectory() as folder:
        # The reader goes by the ending; of the name nothing else is used.
        path = Path(folder) / f"flows{Path(file.name).suffix.lower()[:8]}"
        path.write_bytes(file.read())
        return load_flows(path, dry_run=dry_run, by=actor)


# Interests ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def interests(request: HttpRequest, actor: Staff) -> HttpResponse:
    """What one of counsel declares of themselves; nobody else reads it."""
    if not is_counsel(actor):
        raise Http404
    mine = Interest.objects.filter(account=actor.account, ended_at=None)
    if "end" in request.POST and request.POST["end"].isdigit():
        mine.filter(pk=int(request.POST["end"])).update(ended_at=timezone.now())
        return redirect("desk_legal_interests")
    form = InterestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        Interest.objects.create(account=actor.account, **form.cleaned_data)
        messages.success(request, _("已登记。涉及他们的咨询不会再交给您。"))
        return redirect("desk_legal_interests")
    status = 422 if form.errors else 200
    return render(request, "legal/interests.html", {"form": form, "rows": mine}, status=status)


# Publishing --------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def draft(request: HttpRequest, actor: Staff, number: str) -> HttpResponse:
    """One's own answered question, put into words that tell of nobody."""
    order = find_at_desk(number, actor)
    if order is None or order.case.flow != "legal":
        raise Http404
    question = Question.objects.get(case=order.case)
    known = Publication.objects.filter(case=order.case).first()
    form = PublishForm(
        request.POST if request.method == "POST" else None,
        initial={
            "question": known.question if known else (question.words or "")[:500],
            "answer": known.answer if known else question.answer,
        },
    )
    context: dict[str, Any] = {"form": form, "case": order.case, "known": known}
    if request.method == "POST" and form.is_valid():
        try:
            publishing.draft(order.case, by=actor, **form.cleaned_data)
        except Refused as refused:
            context["problem"] = str(refused)
        else:
            messages.success(request, _("已交给另一位律师看。看过同意才公开。"))
            return redirect("desk_legal")
    failed = "problem" in context or bool(form.errors)
    return render(request, "legal/draft.html", context, status=422 if failed else 200)


def _reviewable(actor: Staff) -> Any:
    drafts = Publication.objects.filter(state=PublicationState.DRAFT)
    return drafts.exclude(drafted_by=actor.account)


@require_safe
@signed_in
def publications(request: HttpRequest, actor: Staff) -> HttpResponse:
    """What waits for a second pair of eyes, and what is public."""
    if not is_counsel(actor):
        raise Http404
    public = Publication.objects.filter(state=PublicationState.PUBLISHED)
    context = {
        "waiting": _reviewable(actor).select_related("drafted_by").order_by("drafted_at")[:A_PAGE],
        "mine": Publication.objects.filter(drafted_by=actor.account).exclude(
            state=PublicationState.PUBLISHED
        )[:A_PAGE],
        "page": Paginator(public, A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "legal/publications.html", context)


@require_POST
@signed_in
def decide(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """Publish a colleague's draft, return it with a reason, or take down what is public."""
    if not is_counsel(actor):
        raise Http404
    row = get_object_or_404(Publication, pk=key)
    if request.POST.get("do") == "take_down":
        publishing.take_down(row.pk, by=actor)
        messages.success(request, _("已撤下，居民看不到了。"))
        return redirect("desk_legal_publications")
    try:
        publish = request.POST.get("do") == "publish"
        reason = clean_line(request.POST.get("reason", ""))[:300]
        publishing.decide(row.pk, publish=publish, reason=reason, by=actor)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已公开。") if publish else _("已退回。"))
    return redirect("desk_legal_publications")
