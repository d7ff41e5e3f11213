"""Who keeps which services: whoever works at a place keeps what serves it, and what its units
answer for; the system operator keeps all."""

from django.db.models import Q

from mashang.directory.models import Service, ServiceQuerySet
from mashang.people.actors import Staff
from mashang.people.doors import holds
from mashang.people.models import Post, Role
from mashang.places.models import Place, subtree

KEEPERS = (Role.HANDLER, Role.DISPATCHER, Role.PUBLISHER)


def may_keep(actor: Staff) -> bool:
    """Whether the person keeps any services at all."""
    return keeps_all(actor) or bool(_posts(actor))


def keeps_all(actor: Staff) -> bool:
    return holds(actor, Role.SYSTEM_OPERATOR)


def kept_by(actor: Staff) -> ServiceQuerySet:
    """The services that this person may change."""
    rows = Service.objects.all()
    if keeps_all(actor):
        return rows
    mine = Q(pk__in=[])
    for post in _posts(actor):
        mine |= subtree(post.place_id, field="place_id") | Q(unit=post.unit_id)
    return rows.filter(mine)


def may_serve(actor: Staff, place: Place | None) -> bool:
    """Whether a service for `place` (None: the whole city) is this person's to write."""
    if keeps_all(actor):
        return True
    if place is None:
        return False
    return any(place.code.startswith(post.place_id) for post in _posts(actor))


def _posts(actor: Staff) -> list[Post]:
    return [post for post in actor.posts if post.is_lead or post.role in KEEPERS]
