"""Pages that are there for some roles alone."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from mashang.people.actors import Staff, signed_in
from mashang.people.models import EXCLUSIVE, Role

View = Callable[..., HttpResponseBase]
COUNTY_DIGITS = 6


def only_for(*roles: Role) -> Callable[[View], View]:
    """Open a page for whoever holds one of `roles` today, as `view(request, actor, …)`.

    Nobody signed in is asked to sign in; for everybody else there is nothing here (404).
    """

    def guarded(view: View) -> View:
        @wraps(view)
        @signed_in
        def opened(
            request: HttpRequest, actor: Staff, *args: object, **more: object
        ) -> HttpResponseBase:
            if not holds(actor, *roles):
                raise Http404
            return view(request, actor, *args, **more)

        return opened

    return guarded


def holds(actor: Staff, *roles: Role) -> bool:
    """Whether the person has one of `roles` today. Of offices that exclude each other nobody has
    any who was given two, by whatever way."""
    held = {post.role for post in actor.posts}
    if len(held & set(EXCLUSIVE)) > 1:
        held -= set(EXCLUSIVE)
    return bool(held & set(roles))


def dispatches_a_county(actor: Staff) -> bool:
    """Whether the person is a dispatcher of a county or of the city."""
    return any(
        post.role == Role.DISPATCHER and len(post.place_id) <= COUNTY_DIGITS for post in actor.posts
    )
