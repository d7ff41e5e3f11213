"""The right next door where it can be opened from here: mediation at the asker's own place.

What somebody answered or wrote goes along only where they say so, and is kept nowhere on the way.
"""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mashang.core.text import clean_line, clean_text
from mashang.legal.views_asking import from_flow
from mashang.places.models import Level, Place
from mashang.places.queries import children, resolve, search, top

MOST_TYPED, MOST_TEXT = 40, 1000
WITH_COMMITTEE = (Level.VILLAGE, Level.TOWNSHIP)


# Nobody is signed in and nothing is stored.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mediation(request: HttpRequest) -> HttpResponse:
    """Which place, where it is not known; then with the words or without."""
    given = request.POST if request.method == "POST" else request.GET
    place = _committee_place(given.get("place") or given.get("_place") or "")
    context = {"place": place, "carried": _carried(request), **({} if place else _finding(given))}
    return render(request, "legal/mediation.html", context)


def _committee_place(code: str) -> Place | None:
    """The place that has a committee for a code: a grid or a building belongs to its village."""
    place = resolve(code)
    while place is not None and place.level not in WITH_COMMITTEE:
        place = place.parent
    return place


def _finding(given: Mapping[str, str]) -> dict[str, object]:
    query = clean_line(given.get("q", ""))[:MOST_TYPED]
    inside = resolve(given.get("in", ""))
    if query:
        return {"query": query, "found": search(query)}
    if inside is None or inside.level == Level.VILLAGE:
        return {"steps": top()}
    return {
        "inside": inside,
        "steps": children(inside),
        "is_township": inside.level == Level.TOWNSHIP,
    }


def _carried(request: HttpRequest) -> dict[str, str]:
    """What could go along, by the name of the application's field."""
    given = request.POST
    text = clean_text(given.get("text", ""))
    if not text and (given.get("facts") or given.get("wants")):
        wants = clean_text(given.get("wants", ""))
        text = clean_text(given.get("facts", ""))
        text += ("\n" + _("想要：") + wants) if wants else ""
    if not text:
        text = from_flow(request)[1]
    names = {"name": given.get("name") or given.get("me", "")}
    names["other_name"] = given.get("other_name") or given.get("other", "")
    found = {name: clean_line(value)[:MOST_TYPED] for name, value in names.items()}
    return {"text": text.strip()[:MOST_TEXT], **found}
