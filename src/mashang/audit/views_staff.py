"""The auditor's page: the register, searched, and taken away as a table."""

from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mashang.audit import proving, queries
from mashang.audit.actions import record
from mashang.audit.forms import Search
from mashang.core.excel import MEDIA_TYPE, write_workbook
from mashang.people.actors import Staff
from mashang.people.doors import only_for
from mashang.people.models import Role


@require_safe
@only_for(Role.AUDITOR)
def register(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?kind=`, `?person=` and so on choose the records, `?before=` or `?after=` the page."""
    search = Search(request.GET)
    is_sound = search.is_valid()
    page = (
        queries.page(
            search.found,
            before=_number(request.GET.get("before")),
            after=_number(request.GET.get("after")),
        )
        if is_sound
        else queries.Page([], None, None)
    )
    context = {
        "search": search,
        "page": page,
        "chosen": urlencode(_chosen(search)),
        "hidden": _chosen(search),
        "check": proving.last_check(),
        "most": queries.MOST_EXPORTED,
    }
    return render(request, "audit/register.html", context, status=200 if is_sound else 422)


@require_POST
@only_for(Role.AUDITOR)
def export(request: HttpRequest, actor: Staff) -> HttpResponseBase:
    """What the same filters show, as a workbook; that it was taken is recorded first."""
    search = Search(request.POST)
    if not search.is_valid():
        context = {"search": search, "page": queries.Page([], None, None)}
        return render(request, "audit/register.html", context, status=422)
    newest = proving.head().seq
    data = {"what": "audit", "filters": _chosen(search), "row": newest}
    record("export", by=actor, data=data, request=request)
    found = queries.upto(search.found, newest)
    file = write_workbook(
        _("审计记录"), queries.HEAD, queries.rows_to_export(found), widths=queries.WIDTHS
    )
    name = f"audit-{timezone.localtime():%Y%m%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)


def _chosen(search: Search) -> dict[str, str]:
    """The filters that are filled in, as they were typed."""
    return {name: value for name in search.fields if (value := str(search.data.get(name, "")))}


def _number(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 19 else None
