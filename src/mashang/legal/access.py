"""Who is counsel, and who may read a question: its asker, and the one counsel whose it is."""

from django.db.models import Exists, OuterRef, QuerySet

from mashang.cases.flow import Who
from mashang.cases.models import Case, Conflict
from mashang.legal.models import Guide
from mashang.people.actors import Actor, Resident, Staff, System
from mashang.people.models import Account, Post, Role, UnitKind
from mashang.places.models import subtree

LEGAL = "legal"
COUNTS = (Role.DISPATCHER, Role.LEADER, Role.INSPECTOR)


def is_counsel(actor: Staff) -> bool:
    return actor.account.is_active and any(
        post.unit.kind == UnitKind.COUNSEL and post.role == Role.HANDLER for post in actor.posts
    )


def counsel() -> QuerySet[Post]:
    """The posts of all who answer questions today."""
    return Post.objects.current().filter(unit__kind=UnitKind.COUNSEL, role=Role.HANDLER)


def answers(account: Account) -> bool:
    return counsel().filter(account=account).exists()


def questions() -> QuerySet[Case]:
    return Case.every.filter(flow=LEGAL)


def relations(actor: Actor, case: Case) -> set[Who]:
    """What `actor` is to a question. Dispatchers, leaders, inspectors, operators and auditors are
    nothing to it, and neither are the other counsel of its station."""
    if isinstance(actor, System):
        return {Who.SYSTEM}
    if isinstance(actor, Resident):
        return {Who.REQUESTER} if case.pk in actor.case_ids else set()
    if case.assignee_id != actor.account.pk or not is_counsel(actor):
        return set()
    mine = Conflict.objects.filter(case=case.pk, account=actor.account, lifted_at=None)
    return set() if mine.exists() else {Who.HANDLER}


def visible(actor: Actor) -> QuerySet[Case]:
    """The questions that `relations` is not empty for."""
    rows = questions()
    if isinstance(actor, System):
        return rows
    if isinstance(actor, Resident):
        return rows.filter(pk__in=actor.case_ids)
    if not is_counsel(actor):
        return rows.none()
    mine = Conflict.objects.filter(case=OuterRef("pk"), account=actor.account, lifted_at=None)
    return rows.filter(~Exists(mine), assignee=actor.account)


def may_see_identity(actor: Actor, case: Case) -> bool:
    return not isinstance(actor, System) and bool(relations(actor, case))


def sees_counts(actor: Staff) -> bool:
    """Whether the person may know how many questions there are and which are late: no more."""
    return any(post.role in COUNTS for post in actor.posts)


def counted_for(actor: Staff) -> QuerySet[Case]:
    """The questions whose number and limit this person may know of."""
    rows = questions().none()
    for post in actor.posts:
        if post.role in COUNTS:
            rows |= questions().filter(subtree(post.place_id, field="place_id"))
    return rows


def waiting(actor: Staff) -> int:
    """How many questions wait for this person's answer."""
    return visible(actor).filter(state="asked").count() if is_counsel(actor) else 0


# The register of legal guides --------------------------------------------------------------------

KEEPERS = (Role.HANDLER, Role.DISPATCHER, Role.PUBLISHER)


def guides_of(actor: Staff) -> QuerySet[Guide]:
    """The guides of the places in which this person works: of a village its cadres, of all above
    it those who dispatch or are counsel there."""
    rows = Guide.objects.none()
    for post in keeper_posts(actor):
        rows |= Guide.objects.filter(subtree(post.place_id, field="place_id"))
    return rows


def keeper_posts(actor: Staff) -> list[Post]:
    return [post for post in actor.posts if post.role in KEEPERS]


def keeps_guides(actor: Staff) -> bool:
    return bool(keeper_posts(actor))


def opens_desk(actor: Staff) -> bool:
    """Whether legal help stands in this person's navigation."""
    return is_counsel(actor) or sees_counts(actor) or keeps_guides(actor)
