"""One answer to "what is this person to this case" and "which cases may they see".

A complaint about a cadre or an office is sealed: it is seen only from inspection posts above
whoever it may concern, never by that unit, anyone below it, or anyone who also serves there.
"""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from mashang.cases.flow import Phase, Who
from mashang.cases.models import AccusedLevel, Ask, Assist, Case, Conflict
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
# Whoever was called in to help sees the case until it is answered.
WHILE_ASSISTED = (Phase.OPEN, Phase.WAITING)
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
        if post.role == Role.INSPECTOR and post.unit_id != case.unit_id:
            found.add(Who.OVERSEER)
    return found


def conflicts_of(actor: Staff) -> QuerySet[Conflict]:
    """The conflicts of interest in force that keep this person from a case."""
    units = [post.unit_id for post in actor.posts]
    mine = Q(account=actor.account.pk) | Q(unit__in=units)
    return Conflict.objects.filter(mine, lifted_at=None)


def barred(case: Case) -> set[int]:
    """Accounts that must hear nothing of the case: with a conflict of interest, or serving in a
    unit that has one, or where a sealed case may concern them. Asks nothing about most cases."""
    found: set[int] = set()
    if case.has_conflicts:
        rows = Conflict.objects.filter(case=case, lifted_at=None)
        units = {row.unit_id for row in rows if row.unit_id}
        found |= {row.account_id for row in rows if row.account_id}
        found |= set(
            Post.objects.current().filter(unit__in=units).values_list("account", flat=True)
        )
    if case.is_sealed:
        # Nobody else hears of a sealed case. They are few: asked for first, whatever a database
        # guesses about the many posts of a city.
        inspectors = Post.objects.filter(unit__kind__in=SEALED_KINDS).values_list("account")
        inside = subtree(accused_scope(case), field="unit__place_id")
        also = Post.objects.current().filter(inside, account__in={key for (key,) in inspectors})
        found |= set(also.values_list("account", flat=True))
    return found


def is_barred(unit: Unit, case: Case) -> bool:
    """Whether the case must not go to this unit, for a conflict of interest."""
    return (
        case.has_conflicts
        and Conflict.objects.filter(case=case, unit=unit, lifted_at=None).exists()
    )


def _assists(actor: Staff) -> QuerySet[Assist]:
    """What this person's units were called in for."""
    return Assist.objects.filter(unit__in=[p.unit_id for p in actor.posts if _handles(p)])


def relations(actor: Actor, case: Case) -> set[Who]:
    """What `actor` is to `case`; empty means that for them the case is not there."""
    if isinstance(actor, System):
        return {Who.SYSTEM}
    if isinstance(actor, Resident):
        return {Who.REQUESTER} if case.pk in actor.case_ids else set()
    if not actor.account.is_active:
        return set()
    if case.has_conflicts and conflicts_of(actor).filter(case=case.pk).exists():
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
    is_helped = case.has_assists and case.phase in WHILE_ASSISTED
    if is_helped and _assists(actor).filter(case=case.pk).exists():
        found.add(Who.ASSISTANT)
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
    ordinary |= Q(has_assists=True, phase__in=WHILE_ASSISTED, pk__in=_assists(actor).values("case"))
    free = Q(has_conflicts=False) | ~Exists(conflicts_of(actor).filter(case=OuterRef("pk")))
    return Case.objects.filter(free, (Q(is_sealed=False) & ordinary) | (Q(is_sealed=True) & sealed))


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
    if isinstance(actor, System):
        return False
    found = relations(actor, case)
    if found == {Who.ASSISTANT}:
        # Only where whoever called them in wants them to phone; never of a confidential case.
        asked = _assists(actor).filter(case=case.pk, sees_identity=True)
        return not case.is_confidential and asked.exists()
    if not found & {Who.HANDLER, Who.DISPATCHER, Who.INSPECTOR}:
        return False
    if case.is_confidential and not case.is_sealed:
        return any(post.unit.kind in CONFIDENTIAL_KINDS for post in actor.posts)
    return True
