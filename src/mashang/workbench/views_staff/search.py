"""The search box's page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from mashang.core.database import planned_for_its_values
from mashang.people.actors import Staff, signed_in
from mashang.workbench.listing import Row
from mashang.workbench.looking_up import look_up
from mashang.workbench.queues import works_on_cases


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@planned_for_its_values
def search_page(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`q`: a number leads to its case; anything else to all that it may mean.

    The box sends it by POST, so that no phone and no name stays in the browser's history; what
    was no search for a person is led to an address that can be kept.
    """
    if not works_on_cases(actor):
        raise Http404
    typed = (request.POST if request.method == "POST" else request.GET).get("q", "")
    found = look_up(typed, actor)
    if found.case is not None:
        return redirect("desk_case", found.case.number)
    if request.method == "POST" and not found.way:
        return redirect(f"{request.path}?{urlencode({'q': found.typed})}")
    now = timezone.now()
    context = {
        "found": found,
        "persons": [Row(case, now, ()) for case in found.cases],
        "rows": [Row(case, now, found.words) for case in found.by_words],
        "more": urlencode({"queue": "all", "words": found.typed, "after": found.rest or ""}),
        "all": urlencode({"queue": "all", "words": found.typed}),
    }
    return render(request, "workbench/search.html", context)
