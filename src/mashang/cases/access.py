"""One answer to "what is this person to this case" and "which cases may they see".

A complaint about a cadre or an office is sealed: it is seen only from inspection posts above
whoever it may concern, never by that unit, anyone below it, or anyone who also serves there.
"""

from django.db.models import F, Q, QuerySet

from mashang.cases.flow import Who
from mashang.cases.models import AccusedLevel, Ask, Case
from mashang.people.actors import Actor, Resident, Staff, System
from mashang.people.models import Post, Role, Unit, UnitKind
from mashang.places.models import subtree

ROLES_THAT_SEE = {
    Role.DISPATCHER: Who.DISPATCHER,
    Role.LEADER: Who.LEADER,
    Role.INSPECTOR: Who.INSPECTOR,
}
# Who may be handed a sealed case at all.
SEALED_KINDS = (UnitKind.INSPECTION,)
# Who keeps the identity behind a confidential case.
CONFIDENTIAL_KINDS = (UnitKind.CENTRE, UnitKind.INSPECTION)
ACCUSED_DIGITS = {
    AccusedLevel.VILLAGE: 12,
    AccusedLevel.TOWNSHIP: 9,
    AccusedLevel.COUNTY: 6,
    AccusedLevel.UNKNOWN: 9,
}


def accused_scope(case: Case) -> str:
    """The code of the smallest place that holds whoever a sealed case may concern."""
    return case.place_id[: ACCUSED_DIGITS[AccusedLevel(case.accused_level or "unknown")]]


def _serves_inside(posts: list[Post], scope: str) -> bool:
    return any(post.unit.place_id.startswith(scope) for post in posts)


def _covers(post: Post, case: Case) -> bool:
    return case.place_id.startswith(post.place_id)


def _handles(post: Post) -> bool:
    """Whether the post's holder works on its unit's cases; a lead is called when nobody else is."""
    return post.is_lead or post.role in (Role.HANDLER, Role.DISPATCHER)


def _sealed_relations(actor: Staff, case: Case) -> set[Who]:
    scope = accused_scope(case)
    found: set[Who] = set()
    if _serves_inside(actor.posts, scope):
        return found
    for post in actor.posts:
        if post.unit.kind not in SEALED_KINDS or not _covers(post, case):
            continue
        if case.assignee_id == actor.account.pk or post.unit_id == case.unit_id:
            found.add(Who.HANDLER)
        if post.role in ROLES_THAT_SEE:
            found.add(ROLES_THAT_SEE[Role(post.role)])
    return found


def relations(actor: Actor, case: Case) -> set[Who]:
    """What `actor` is to `case`; empty means that for them the case is not there."""
    if isinstance(actor, System):
        return {Who.SYSTEM}
    if isinstance(actor, Resident):
        return {Who.REQUESTER} if case.pk in actor.case_ids else set()
    if not actor.account.is_active:
        return set()
    if case.is_sealed:
        return _sealed_relations(actor, case)
    found: set[Who] = set()
    for post in actor.posts:
        if case.assignee_id == actor.account.pk or (
            post.unit_id == case.unit_id and _handles(post)
        ):
            found.add(Who.HANDLER)
        if post.role in ROLES_THAT_SEE and _covers(post, case):
            found.add(ROLES_THAT_SEE[Role(post.role)])
    return found


def visible_to(actor: Actor) -> QuerySet[Case]:
    """The cases that `relations` is not empty for."""
    if isinstance(actor, System):
        return Case.objects.all()
    if isinstance(actor, Resident):
        return Case.objects.filter(pk__in=actor.case_ids)
    rows = Case.objects.none()
    if not actor.account.is_active or not actor.posts:
        return rows
    assigned = Q(assignee_id=actor.account.pk)
    ordinary, sealed = assigned, Q(pk__in=[])
    for post in actor.posts:
        here = subtree(post.place_id, field="place_id")
        if _handles(post):
            ordinary |= Q(unit_id=post.unit_id)
        if post.role in ROLES_THAT_SEE:
            ordinary |= here
        if post.unit.kind in SEALED_KINDS:
            mine = Q(unit_id=post.unit_id) | assigned
            sealed |= here if post.role in ROLES_THAT_SEE else here & mine
    for post in actor.posts:
        sealed &= ~_concerned(post.unit.place_id)
    return Case.objects.filter((Q(is_sealed=False) & ordinary) | (Q(is_sealed=True) & sealed))


def _concerned(unit_place: str) -> Q:
    """The sealed cases that may concern a unit at this place."""
    found = Q(pk__in=[])
    for level, digits in ACCUSED_DIGITS.items():
        if len(unit_place) >= digits:
            found |= Q(accused_level=level) & subtree(unit_place[:digits], field="place_id")
    return found


# Whose people decide about what units below them ask, besides those of the asked unit itself.
GOVERNING = (UnitKind.TOWNSHIP, UnitKind.CENTRE, UnitKind.INSPECTION, UnitKind.LEADERSHIP)
DECIDING = (Role.DISPATCHER, Role.LEADER, Role.INSPECTOR)


def stands_over(actor: Actor, unit: Unit, decider: Unit) -> bool:
    """Whether `actor` decides about `unit` as one of `decider`'s people, or of a unit above that.

    Nobody does so for a unit they serve in, but where there is none above it.
    """
    return isinstance(actor, Staff) and any(
        post.role in DECIDING
        and (post.unit_id != unit.pk or decider == unit)
        and (
            post.unit_id == decider.pk
            or (post.unit.kind in GOVERNING and decider.place_id.startswith(post.unit.place_id))
        )
        for post in actor.posts
    )


def may_decide(actor: Actor, ask: Ask) -> bool:
    """Whether `actor` may decide this ask, as far as it is a matter of where they stand; the flow
    says which roles may. `decidable_by` is the same as a query."""
    if not isinstance(actor, Staff) or ask.asked_by_id == actor.account.pk:
        return False
    if ask.unit is None or ask.decider is None:
        return True
    return stands_over(actor, ask.unit, ask.decider)


def decidable_by(actor: Staff) -> Q:
    """The asks (as a condition on Ask) that `may_decide` says yes to."""
    found = Q(unit=None) | Q(decider=None)
    for post in actor.posts:
        if post.role not in DECIDING:
            continue
        over = Q(decider=post.unit_id)
        if post.unit.kind in GOVERNING:
            over |= subtree(post.unit.place_id, field="decider__place_id")
        found |= over & (~Q(unit=post.unit_id) | Q(decider=F("unit")))
    return found & ~Q(asked_by=actor.account.pk)


def may_see_identity(actor: Actor, case: Case) -> bool:
    """Whether the requester's name and phone may be shown, each look being recorded.

    A confidential case's identity stays with the governance centres and inspection.
    """
    if isinstance(actor, Resident):
        return case.pk in actor.case_ids
    if isinstance(actor, System) or not relations(actor, case) & {
        Who.HANDLER,
        Who.DISPATCHER,
        Who.INSPECTOR,
    }:
        return False
    if case.is_confidential and not case.is_sealed:
        return any(post.unit.kind in CONFIDENTIAL_KINDS for post in actor.posts)
    return True
