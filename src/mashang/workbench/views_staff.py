"""The desk: a person's cases, and the way to one by its number."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mashang.people.actors import Staff, signed_in
from mashang.rosters.queries import open_holes
from mashang.workbench.queries import TABS, Desk, works_on_cases


@require_safe
@signed_in
def desk(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?tab=` and `?page=` choose the list; `?number=` leads to that case if it may be seen."""
    if not works_on_cases(actor):
        return render(request, "workbench/desk_empty.html", {"posts": actor.posts})
    lists = Desk(actor, now=timezone.now())
    number = request.GET.get("number", "").strip()
    if number:
        case = lists.find(number)
        if case is not None:
            return redirect("desk_case", case.number)
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else lists.first_tab
    context = {
        "tabs": lists.tabs,
        "tab": tab,
        "page": lists.page(tab, request.GET.get("page")),
        "number": number,
        "posts": actor.posts,
        "uncovered": len(open_holes(actor, now=lists.now).nobody),
    }
    return render(request, "workbench/desk.html", context)
