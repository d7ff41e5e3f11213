"""Taking a list away as an Excel file: first what it would hold, then the file."""

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mashang.core.database import planned_for_its_values
from mashang.core.errors import Refused
from mashang.core.excel import MEDIA_TYPE
from mashang.people.actors import Staff, signed_in
from mashang.workbench import exporting
from mashang.workbench.listing import Listing
from mashang.workbench.looking_up import may_search_identities
from mashang.workbench.queues import works_on_cases


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@planned_for_its_values
def export(request: HttpRequest, actor: Staff) -> HttpResponseBase:
    """The address's parameters are those of the list; `identities` and `reason` are sent."""
    if not works_on_cases(actor):
        raise Http404
    listing = Listing(actor, request.GET, now=timezone.now())
    if request.method != "POST":
        return _page(request, listing)
    wanted = bool(request.POST.get("identities"))
    reason = request.POST.get("reason", "")
    try:
        file = exporting.export(listing, reason=reason, with_identities=wanted)
    except Refused as refused:
        return _page(request, listing, problem=str(refused), status=422)
    name = _("事项 {time}.xlsx").format(time=f"{timezone.localtime():%Y-%m-%d %H%M}")
    return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)


def _page(
    request: HttpRequest, listing: Listing, *, problem: str = "", status: int = 200
) -> HttpResponseBase:
    context = {
        "listing": listing,
        "size": exporting.size(listing),
        "most": exporting.MOST_ROWS,
        "most_open": exporting.MOST_WITH_IDENTITIES,
        "may_open": may_search_identities(listing.actor),
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "identities": bool(request.POST.get("identities")),
    }
    return render(request, "workbench/export.html", context, status=status)
