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


def of(actor: Staff) -> Q | None:
    """The condition on codes that this person has; None for all of them."""
    if has_all(actor):
        return None
    mine = Q(pk__in=[])
    for post in actor.posts:
        if post.role not in WORKING:
            continue
        mine |= Q(unit=post.unit_id)
        if post.unit.kind in OF_PLACES:
            mine |= subtree(post.place_id, field="place_id")
    return mine


def codes_of(actor: Staff) -> QuerySet[Code]:
    condition = of(actor)
    return Code.objects.all() if condition is None else Code.objects.filter(condition)


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
