"""Who may open the city's settings, and who may change them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from mashang.people.actors import Staff, signed_in
from mashang.people.doors import dispatches_a_county
from mashang.people.models import Role


def may_change(actor: Staff) -> bool:
    """The system operator, for the whole city."""
    return actor.account.is_active and any(
        post.role == Role.SYSTEM_OPERATOR for post in actor.posts
    )


def may_see(actor: Staff) -> bool:
    """Whoever may change, and the dispatchers of counties and of the city, who explain to others
    where matters go and why."""
    return may_change(actor) or (actor.account.is_active and dispatches_a_county(actor))


View = Callable[..., HttpResponse]


def _only(allowed: Callable[[Staff], bool]) -> Callable[[View], View]:
    """A page that for others is not there."""

    def decorate(view: View) -> View:
        @signed_in
        @wraps(view)
        def opened(request: HttpRequest, actor: Staff, *more: object, **named: object) -> Any:
            if not allowed(actor):
                raise Http404
            return view(request, actor, *more, **named)

        return opened

    return decorate


seen_page = _only(may_see)  # reads, or asks and answers
change_page = _only(may_change)  # changes something
