"""The desk: queues with their counts, and one list; what script asks for beside it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mashang.core.database import planned_for_its_values
from mashang.people.actors import Staff, signed_in
from mashang.people.finding import find_units
from mashang.places.queries import search
from mashang.rosters.queries import how_many_uncovered
from mashang.workbench import bulk, saved
from mashang.workbench.counting import Counts, count
from mashang.workbench.filters import settled
from mashang.workbench.listing import Listing
from mashang.workbench.queues import GROUPS, Queue, queues_of, works_on_cases

SUGGESTED = 12


@dataclass(frozen=True)
class Group:
    label: object
    queues: list[tuple[Queue, int | None]]


@require_safe
@signed_in
@planned_for_its_values
def desk(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?queue=`, the filters, `sort`, `after` and `before` choose what is shown; the bare address
    opens the list that the person chose to begin with."""
    if not works_on_cases(actor):
        return render(request, "workbench/desk_empty.html", {"posts": actor.posts})
    if (better := settled(request.GET)) is not None:
        return redirect(f"{request.path}?{better.urlencode()}")
    views = saved.views_of(actor)
    if not request.GET and (first := next((view for view in views if view.is_first), None)):
        return redirect(f"{request.path}?{first.query}")
    now = timezone.now()
    listing = Listing(actor, request.GET, now=now)
    counts = count(actor, listing.visible, now=now)
    context = page_context(listing, counts, views)
    if listing.is_where_the_desk_opens:
        context["uncovered"] = how_many_uncovered(actor, now=now)
    return render(request, "workbench/desk.html", context)


def page_context(listing: Listing, counts: Counts, views: list[saved.SavedView]) -> dict[str, Any]:
    """All that a list's page shows."""
    return {
        "listing": listing,
        "groups": grouped(listing.actor, counts),
        "counts": counts,
        "total": None if listing.filters.is_on else counts.queues.get(listing.queue.name),
        "rungs": counts.rungs if listing.queue.name == "overdue" else {},
        "views": views,
        "offers": bulk.offered(listing.actor),
        "sorts": {
            column: listing.sorted_by(column) for column in ("number", "place", "due", "closed")
        },
    }


def grouped(actor: Staff, counts: Counts) -> list[Group]:
    """The queues that a person has, with their counts, by group."""
    queues = queues_of(actor)
    return [
        Group(label, [(q, counts.queues.get(q.name)) for q in queues if q.group == name])
        for name, label in GROUPS.items()
        if any(q.group == name for q in queues)
    ]


@require_safe
@signed_in
@planned_for_its_values
def live(request: HttpRequest, actor: Staff) -> HttpResponse:
    """What script asks every few seconds: the counts, and which cases stand on the first page of
    the list. 304 while nothing has changed."""
    now = timezone.now()
    listing = Listing(actor, request.GET, now=now)
    counts = count(actor, listing.visible, now=now) if works_on_cases(actor) else Counts({})
    body = json.dumps(
        {
            "counts": counts.queues,
            "rungs": counts.rungs,
            "rows": [[case.pk, case.version] for case in listing.page.cases],
        }
    )
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(body, content_type="application/json")
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_safe
@signed_in
def suggest(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Names of places or units that begin as typed, for the fields of the filters."""
    typed = request.GET.get("q", "")
    if request.GET.get("of") == "units":
        names = [unit.name for unit in find_units(typed, SUGGESTED)]
    else:
        names = [place.full_name for place in search(typed, SUGGESTED)]
    return JsonResponse({"names": names})
