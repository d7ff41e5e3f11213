"""Who may see signs and do what with them.

The system operator has all of them. A unit that handles or dispatches has those of its places: a
village or community its own, a township and a centre all below, any unit those that lead to it.
"""

from collections.abc import Callable
from functools import wraps

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from mashang.codes.models import Code, PrintRun
from mashang.people.actors import Staff, signed_in
from mashang.people.doors import holds
from mashang.people.models import Role, UnitKind
from mashang.places.models import subtree

WORKING = (Role.HANDLER, Role.DISPATCHER)
OF_PLACES = (UnitKind.COMMUNITY, UnitKind.TOWNSHIP, UnitKind.CENTRE)


def has_all(actor: Staff) -> bool:
    """Whether the person may make batches and print them: the system operator."""
    return actor.account.is_active and holds(actor, Role.SYSTEM_OPERATOR)


def has_codes(actor: Staff) -> bool:
    """Whether the pages of signs are there for this person."""
    return has_all(actor) or _working(actor)


def _working(actor: Staff) -> bool:
    return actor.account.is_active and any(post.role in WORKING for post in actor.posts)


def areas_of(actor: Staff) -> list[str] | None:
    """The codes of the places whose signs this person has; None for the whole city."""
    if has_all(actor):
        return None
    return [
        post.place_id
        for post in actor.posts
        if post.role in WORKING and post.unit.kind in OF_PLACES
    ]


def codes_of(actor: Staff) -> QuerySet[Code]:
    """The signs that this person has."""
    areas = areas_of(actor)
    if areas is None:
        return Code.objects.all()
    mine = Q(unit__in=[post.unit_id for post in actor.posts if post.role in WORKING])
    for area in areas:
        mine |= subtree(area, field="place_id")
    return Code.objects.filter(mine)


def has_place(actor: Staff, code: str) -> bool:
    """Whether signs of this place are this person's."""
    areas = areas_of(actor)
    return areas is None or any(code.startswith(area) for area in areas)


def runs_of(actor: Staff) -> QuerySet[PrintRun]:
    """All orders for whoever has all signs, else one's own."""
    if has_all(actor):
        return PrintRun.objects.all()
    return PrintRun.objects.filter(ordered_by=actor.account)


View = Callable[..., HttpResponseBase]


def _only(allowed: Callable[[Staff], bool]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        @signed_in
        def opened(
            request: HttpRequest, actor: Staff, *args: object, **more: object
        ) -> HttpResponseBase:
            if not allowed(actor):
                raise Http404
            return view(request, actor, *args, **more)

        return opened

    return decorate


operator_page = _only(has_all)
codes_page = _only(has_codes)
