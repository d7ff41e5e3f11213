"""Who sees which estates at the desk: whoever dispatches, leads or inspects where it lies, and the
people of its three units. What they see of its cases, `cases.access` says."""

from django.db.models import Q, QuerySet

from mashang.core.cached import Fresh
from mashang.estates.models import Estate
from mashang.insight.scopes import Scope, own_units, seeing_posts
from mashang.people.actors import Staff
from mashang.people.models import Role
from mashang.places.models import subtree

_known: Fresh[list[tuple[str, int | None, int | None, int | None]]] = Fresh(
    lambda: list(Estate.objects.values_list("place_id", "branch", "manager", "committee"))
)


def visible_to(actor: Staff) -> QuerySet[Estate]:
    if not actor.account.is_active:
        return Estate.objects.none()
    units = own_units(actor)
    mine = Q(branch__in=units) | Q(manager__in=units) | Q(committee__in=units)
    for post in seeing_posts(actor):
        mine |= subtree(post.place_id, field="place_id")
    return Estate.objects.filter(mine).select_related("place", "branch", "manager", "committee")


def has_estates(actor: Staff) -> bool:
    """Whether there are any for the person, as `visible_to` has it; asked on every page of the
    staff's, so from memory."""
    if not actor.account.is_active:
        return False
    units = {unit.pk for unit in own_units(actor)}
    places = [post.place_id for post in seeing_posts(actor)]
    return any(
        not units.isdisjoint(theirs) or any(code.startswith(place) for place in places)
        for code, *theirs in _known.get()
    )


def sees_all_of(actor: Staff, estate: Estate) -> bool:
    """Whether the numbers of all its units are the person's to read, and not their own alone."""
    return any(estate.place_id.startswith(post.place_id) for post in seeing_posts(actor))


def leads(actor: Staff, estate: Estate) -> bool:
    """Whether the person puts matters of the estate before a meeting: whoever dispatches there."""
    return any(
        post.role == Role.DISPATCHER and estate.place_id.startswith(post.place_id)
        for post in actor.posts
    )


def scopes(actor: Staff, estate: Estate) -> list[tuple[object, Scope]]:
    """(what it is, scope) of each unit whose numbers here the person reads."""
    all_of_it = sees_all_of(actor, estate)
    mine = own_units(actor)
    return [
        (what, Scope(place=estate.place, unit=unit))
        for what, unit in estate.units
        if all_of_it or unit in mine
    ]
