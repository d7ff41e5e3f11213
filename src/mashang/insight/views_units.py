"""The monthly table by unit, and what became of the codes on doors."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mashang.codes.models import CodeState
from mashang.core.database import planned_for_its_values
from mashang.core.excel import MEDIA_TYPE
from mashang.insight import codes as counted
from mashang.insight import units as tables
from mashang.insight.views_staff import asked, frame
from mashang.people.actors import Staff, signed_in

MOST_CODES = 200
UNREPORTED = "unreported"


@require_safe
@signed_in
@planned_for_its_values
def units(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`kind=` chooses the kind of units; the period is last month's unless chosen."""
    ask = asked(request, actor, usual="last_month")
    kind = tables.kind_wanted(request.GET.get("kind", ""), ask.scope)
    context = {
        **frame(actor, ask),
        "table": tables.table(ask.scope, ask.period, kind),
    }
    return render(request, "insight/units.html", context)


@require_safe
@signed_in
@planned_for_its_values
def export(request: HttpRequest, actor: Staff) -> HttpResponseBase:
    """The same table as a workbook; it holds numbers and no case."""
    ask = asked(request, actor, usual="last_month")
    kind = tables.kind_wanted(request.GET.get("kind", ""), ask.scope)
    found = tables.table(ask.scope, ask.period, kind)
    name = _("{place} {period} 各单位办理情况.xlsx").format(
        place=ask.scope.name, period=ask.period.label
    )
    return FileResponse(
        tables.workbook(found, ask.period),
        as_attachment=True,
        filename=name,
        content_type=MEDIA_TYPE,
    )


@require_safe
@signed_in
@planned_for_its_values
def codes(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The codes of a place by state, and those that nobody ever reported by; `state=` lists."""
    ask = asked(request, actor)
    found = counted.read(ask.scope)
    if found is None:
        raise Http404
    wanted = request.GET.get("state", "")
    if wanted and wanted != UNREPORTED and wanted not in CodeState:
        raise Http404
    listed = None
    if wanted:
        here = counted.codes_of(ask.scope)
        rows = counted.unreported(here) if wanted == UNREPORTED else here.filter(state=wanted)
        listed = list(rows.select_related("place").order_by("place_id", "code")[:MOST_CODES])
    context = {
        **frame(actor, ask),
        "found": found,
        "wanted": wanted,
        "wanted_label": _("从来没有人用它反映过")
        if wanted == UNREPORTED
        else wanted and CodeState(wanted).label,
        "listed": listed,
        "most": MOST_CODES,
    }
    return render(request, "insight/codes.html", context)
