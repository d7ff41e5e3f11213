"""Who is what to a wish. The grid checks it; the township sees it; everybody may claim what is
shown; nobody but the grid learns whose wish it is."""

from django.db.models import Q, QuerySet

from mashang.cases.flow import Who
from mashang.cases.models import Case
from mashang.cases.service_pages import handles
from mashang.people.actors import Actor, Resident, Staff, System
from mashang.people.models import Post, Role
from mashang.places.models import subtree
from mashang.wishes.flow import NAME, State
from mashang.wishes.models import Claim, Offer


def _oversees(post: Post) -> bool:
    return post.role == Role.DISPATCHER


def relations(actor: Actor, case: Case) -> set[Who]:
    if isinstance(actor, System):
        return {Who.SYSTEM}
    if isinstance(actor, Resident):
        if case.pk in actor.case_ids:
            return {Who.REQUESTER}
        return {Who.HELPER} if case.state == State.SHOWN or _claimed_by(actor, case) else set()
    found: set[Who] = set()
    for post in actor.posts if actor.account.is_active else ():
        if post.unit_id == case.unit_id and handles(post):
            found.add(Who.HANDLER)
        if _oversees(post) and case.place_id.startswith(post.place_id):
            found.add(Who.DISPATCHER)
    return found


def _claimed_by(actor: Resident, case: Case) -> bool:
    index = actor.phone_index
    live = Claim.objects.filter(case=case, phone_index=index, ended_at=None)
    return bool(index) and live.exists()


def visible_to(actor: Actor) -> QuerySet[Case]:
    """The wishes that somebody of the staff, or the person who posted them, may open."""
    rows = Case.every.filter(flow=NAME)
    if isinstance(actor, System):
        return rows
    if isinstance(actor, Resident):
        return rows.filter(pk__in=actor.case_ids)
    mine = Q(pk__in=[])
    for post in actor.posts if actor.account.is_active else ():
        if handles(post):
            mine |= Q(unit=post.unit_id)
        if _oversees(post):
            mine |= subtree(post.place_id, field="place_id")
    return rows.filter(mine)


def offers_for(actor: Staff) -> QuerySet[Offer]:
    """The open offers of the places where this person works."""
    mine = Q(pk__in=[])
    for post in actor.posts if actor.account.is_active else ():
        if handles(post) or _oversees(post):
            mine |= subtree(post.place_id, field="place_id")
    return Offer.objects.filter(mine, ended_at=None)


def may_see_identity(actor: Actor, case: Case) -> bool:
    if isinstance(actor, Resident):
        return case.pk in actor.case_ids
    return Who.HANDLER in relations(actor, case)


def works_here(actor: Staff) -> bool:
    """Whether wishes are this person's work at all."""
    return any(handles(post) or _oversees(post) for post in actor.posts)
