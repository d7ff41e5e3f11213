"""Batches: all of them, one, planning a new one and looking before it is made."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mashang.codes import opening, planning
from mashang.codes.access import operator_page
from mashang.codes.actions import have_open
from mashang.codes.addresses import address_of, scene_of
from mashang.codes.forms import BatchForm, OpensForm
from mashang.codes.listing import by_state
from mashang.codes.models import USABLE, Batch, BatchDraft, BatchKind, Code, CodeState, PrintRun
from mashang.core.errors import Refused
from mashang.core.excel import MEDIA_TYPE, write_workbook
from mashang.core.tables import BadTable
from mashang.people.actors import Staff

MOST_FAULTS = 100
MOST_SHOWN = 20
EXAMPLE = (
    "地点代码,楼栋或位置,户数,第二种文字的地名\n"
    "620402004007,5号楼,,\n620421203205,李家湾,87,\n620402004007,3路公交站,,\n"
)


@require_safe
@operator_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    """All batches with how many signs they have and how many can be scanned."""
    rows = Batch.objects.annotate(
        size=Count("codes"), usable=Count("codes", filter=Q(codes__state__in=USABLE))
    )
    context = {"batches": rows, "runs": PrintRun.objects.all()[:10]}
    return render(request, "codes/batches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page
def one(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """One batch: its signs by state, what was printed of it. A post changes which form opens."""
    found = get_object_or_404(Batch, pk=key)
    is_post = request.method == "POST"
    form = OpensForm(request.POST if is_post else None, opens=found.opens)
    if is_post and form.is_valid():
        if have_open(found, form.cleaned_data["opens"], by=actor):
            messages.success(request, _("已改，从现在起扫这一批码就打开新的表单。"))
        return redirect("codes_batch", found.pk)
    states = by_state(Code.objects.filter(batch=found))
    context = {
        "batch": found,
        "states": [(label, states[value]) for value, label in CodeState.choices if value in states],
        "size": sum(states.values()),
        "runs": found.print_runs.all()[:20],
        "form": form,
    }
    return render(request, "codes/batch.html", context, status=422 if is_post else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page
def planned(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Plan a batch; what would be made is looked at on the plan's own page."""
    is_post = request.method == "POST"
    form = BatchForm(request.POST, request.FILES) if is_post else BatchForm()
    context: dict[str, object] = {"form": form, "columns": planning.COLUMNS, "example": EXAMPLE}
    if is_post and form.is_valid():
        given = form.cleaned_data
        try:
            draft = planning.keep_draft(
                form.plan(), name=given["name"], kind=given["kind"], opens=given["opens"], by=actor
            )
            return redirect("codes_draft", draft.pk)
        except BadTable as bad:
            context["problem"] = _("表格有 {count} 处要改，什么都没有做。").format(
                count=len(bad.faults)
            )
            context["faults"] = bad.faults[:MOST_FAULTS]
        except Refused as refused:
            context["problem"] = str(refused)
    return render(request, "codes/batch_new.html", context, status=422 if is_post else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page
def draft(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """A plan: how many signs and where. A post makes them, or drops the plan."""
    found = get_object_or_404(BatchDraft, pk=key)
    if request.method == "POST" and request.POST.get("do") == "drop":
        found.delete()
        messages.success(request, _("方案已删，什么都没有做。"))
        return redirect("codes_batches")
    problem = ""
    if request.method == "POST":
        try:
            batch = planning.make_batch(found, by=actor)
            messages.success(request, _("已生成 {count} 个码。").format(count=batch.codes.count()))
            return redirect("codes_batch", batch.pk)
        except Refused as refused:
            problem = str(refused)
    context = {
        "draft": found,
        "kind": BatchKind(found.kind).label,
        "opens": opening.name_of(found.opens),
        "count": len(found.signs),
        "townships": planning.by_township(found.signs),
        "shown": found.signs[:MOST_SHOWN],
        "problem": problem,
    }
    return render(request, "codes/draft.html", context, status=422 if problem else 200)


@require_safe
@operator_page
def table(request: HttpRequest, actor: Staff, key: int) -> HttpResponseBase:
    """A batch as an Excel table: for another printing house, and for mini-program codes."""
    found = get_object_or_404(Batch, pk=key)
    rows = found.codes.select_related("place").order_by("place_id", "spot").iterator()
    head = [_("编码"), _("地点代码"), _("地点"), _("位置"), _("状态"), _("网址"), _("小程序 scene")]
    content = write_workbook(
        found.name,
        head,
        (
            (
                code.pk, code.place_id, code.place.full_name, code.spot,
                str(code.get_state_display()), address_of(code.pk), scene_of(code.pk),
            )
            for code in rows
        ),
        widths=(14, 16, 40, 24, 10, 44, 18),
    )  # fmt: skip
    return FileResponse(
        content, as_attachment=True, filename=f"{found.name}.xlsx", content_type=MEDIA_TYPE
    )
