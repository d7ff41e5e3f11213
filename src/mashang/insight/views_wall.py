"""The wall: making its address at the desk, and the screen itself, which is not signed in."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from mashang.core.database import planned_for_its_values
from mashang.insight import scopes, wall
from mashang.people.actors import Staff, signed_in


@require_safe
@signed_in
def make(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The address of the screen for one place, and how to put it up."""
    scope = scopes.find_scope(actor, place=request.GET.get("place", ""))
    if scope is None or scope.place is None:
        raise Http404
    address = reverse("wall", args=[wall.token_of(actor, scope.place)])
    context = {
        "scope": scope,
        "address": f"{settings.BASE_URL}{address}",
        "days": wall.GOOD_FOR.days,
        "refresh": wall.REFRESH,
    }
    return render(request, "insight/wall_make.html", context)


@require_safe
@planned_for_its_values
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """The screen. It asks for itself anew every minute, without any script."""
    scope = wall.scope_of(token)
    if scope is None:
        raise Http404
    context = {"wall": wall.read(scope), "refresh": wall.REFRESH, "now": timezone.now()}
    answer = render(request, "insight/wall.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
