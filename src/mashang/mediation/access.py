"""Who is what to a mediation, and whose words each may read.

The committee's unit handles it; nobody above sees it. What a party says in private is read by that
party and the mediator named, by nobody else: not the other side, not others of its own side, not
the mediator's colleagues.
"""

from django.db.models import Q, QuerySet

from mashang.cases.flow import Who
from mashang.cases.models import Case
from mashang.cases.service_pages import handles
from mashang.mediation.flow import NAME
from mashang.mediation.models import Party, Session, Statement
from mashang.people.actors import Actor, Resident, Staff, System
from mashang.people.models import UnitKind

COMMITTEES = (UnitKind.COMMUNITY, UnitKind.TOWNSHIP)


def relations(actor: Actor, case: Case) -> set[Who]:
    if isinstance(actor, System):
        return {Who.SYSTEM}
    if isinstance(actor, Resident):
        # The actions ask besides which of the parties it is.
        return {Who.PARTY, Who.REQUESTER} if case.pk in actor.case_ids else set()
    if not actor.account.is_active:
        return set()
    mine = any(post.unit_id == case.unit_id and handles(post) for post in actor.posts)
    return {Who.HANDLER} if mine else set()


def visible_to(actor: Actor) -> QuerySet[Case]:
    rows = Case.every.filter(flow=NAME)
    if isinstance(actor, System):
        return rows
    if isinstance(actor, Resident):
        return rows.filter(pk__in=actor.case_ids)
    if not actor.account.is_active:
        return rows.none()
    return rows.filter(Q(unit__in=[post.unit_id for post in actor.posts if handles(post)]))


def may_see_identity(actor: Actor, case: Case) -> bool:
    if isinstance(actor, Resident):
        return case.pk in actor.case_ids
    return Who.HANDLER in relations(actor, case)


def works_here(actor: Staff) -> bool:
    """Whether this person's unit has a mediation committee: of a village, community or township."""
    return any(handles(post) and post.unit.kind in COMMITTEES for post in actor.posts)


def is_mediator(actor: Staff, case: Case) -> bool:
    """Whether this is the mediator named, still of the committee's unit."""
    return case.assignee_id == actor.account.pk and Who.HANDLER in relations(actor, case)


def statements_for(case: Case, reader: Party | Staff) -> QuerySet[Statement]:
    """The statements that this party, or this person of the staff, may read."""
    rows = Statement.objects.filter(party__case=case).select_related("party")
    if isinstance(reader, Party):
        mine = Q(party=reader)
        return rows.filter(mine if reader.left_at else mine | Q(is_shared=True))
    return rows if is_mediator(reader, case) else rows.filter(is_shared=True)


def sessions_for(case: Case, reader: Party | Staff) -> QuerySet[Session]:
    """The minutes that this party, or this person of the staff, may read."""
    rows = Session.objects.filter(case=case).prefetch_related("parties")
    if isinstance(reader, Party):
        mine = Q(pk__in=Session.objects.filter(parties=reader))
        return rows.filter(mine if reader.left_at else mine | Q(parties=None)).distinct()
    return rows if is_mediator(reader, case) else rows.filter(parties=None)
