"""The frame around the resident's pages."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from mashang.cases.models import Channel
from mashang.cases.rules import limit
from mashang.cases.types import offered
from mashang.cases.wording import say_limit
from mashang.core.context import LARGE_TYPE_COOKIE
from mashang.core.middleware import LANGUAGE_COOKIE
from mashang.core.text import clean_line
from mashang.directory.models import Kind
from mashang.directory.queries import anywhere, of_place
from mashang.places.models import Level, Place
from mashang.places.queries import children, path, resolve, search, top

MOST_TYPED = 40
REMEMBERED_FOR = timedelta(days=365)
# Stepping down ends at these: a form about a grid or a building is reached by its code.
LAST_STEP = (Level.VILLAGE, Level.GRID, Level.BUILDING, Level.GROUP)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html", {"counties": top(), **_promises()})


@require_safe
def find_place(request: HttpRequest) -> HttpResponse:
    """A place by what somebody types (`q`) or by stepping down the tree (`in`)."""
    query = clean_line(request.GET.get("q", ""))
    inside = request.GET.get("in", "")
    if query:
        found = [_step(place) for place in search(query)]
        context = {"query": query, "found": found, "counties": top()}
        return render(request, "portal/found.html", context)
    if not inside:
        return render(request, "portal/found.html", {"counties": top()})
    place = resolve(inside)
    if place is None:
        raise Http404
    steps = [_step(child) for child in children(place)]
    if not steps or place.level in LAST_STEP:
        return redirect("report_by_place", place.code)
    above = path(place, with_prefecture=False)[:-1]
    context = {"place": place, "above": above, "steps": steps}
    return render(request, "portal/steps.html", context)


def _step(place: Place) -> dict[str, object]:
    """A place and where a tap on it leads."""
    if place.level in LAST_STEP:
        return {"place": place, "address": reverse("report_by_place", args=[place.code])}
    return {"place": place, "address": f"{reverse('find_place')}?in={place.code}"}


@require_safe
def services(request: HttpRequest, code: str = "") -> HttpResponse:
    """All services of a place, by how they are reached; those of the whole city without one. `q`
    is looked for here, and where nothing here fits, everywhere."""
    place = resolve(code) if code else None
    if code and place is None:
        raise Http404
    query = clean_line(request.GET.get("q", ""))[:MOST_TYPED]
    found = of_place(place, query)
    elsewhere = anywhere(query) if query and not found else []
    kinds = [(kind, [row for row in found if row.kind == kind]) for kind in Kind]
    context = {
        "place": place,
        "query": query,
        "kinds": [(kind.label, rows) for kind, rows in kinds if rows],
        "elsewhere": elsewhere,
        "types": offered(Channel.WEB) if place else [],
    }
    return render(request, "portal/services.html", context)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/help.html", _promises())


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, why, who sees it, and how to have it out again."""
    return render(request, "portal/privacy.html")


def _promises() -> dict[str, object]:
    """The city's limits that these pages speak of."""
    now = timezone.now()
    return {
        "call_within": say_limit(limit("contact", at=now)),
        "reopen_within": say_limit(limit("follow_up", at=now)),
    }


@require_safe
def display(request: HttpRequest) -> HttpResponse:
    """Remember on this device the size of the type (`large`) or the `language`, and go back.

    A link and not a form: it works everywhere without scripts and cookies that were there before,
    and whoever follows it from elsewhere has only changed how the page looks.
    """
    following = request.GET.get("next", "/")
    if not following.startswith("/") or not url_has_allowed_host_and_scheme(following, None):
        following = "/"
    response = HttpResponseRedirect(following)
    if "large" in request.GET:
        _remember(response, LARGE_TYPE_COOKIE, "1" if request.GET["large"] == "1" else "0")
    language = request.GET.get("language", "")
    if language in dict(settings.LANGUAGES):
        _remember(response, LANGUAGE_COOKIE, language)
    return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=REMEMBERED_FOR,
        secure=settings.BASE_URL.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )
