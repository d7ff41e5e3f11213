"""Who follows up what: inspectors over the place, never for a unit they serve in themselves."""

from django.db.models import Q, QuerySet

from mashang.cases import access
from mashang.cases.access import CONFIDENTIAL_KINDS, SEALED_KINDS
from mashang.cases.flow import Who
from mashang.followup.models import Draw, FollowUp
from mashang.people.actors import Staff
from mashang.people.models import Post, Role
from mashang.places.models import ancestors, subtree

# Whoever follows up phones the resident, so only units that keep identities may.
KINDS = CONFIDENTIAL_KINDS


def inspection_posts(actor: Staff, *, is_sealed: bool = False) -> list[Post]:
    """The posts from which `actor` follows up ordinary matters, or those that concern cadres."""
    kinds = SEALED_KINDS if is_sealed else KINDS
    return [
        post
        for post in actor.posts
        if post.role == Role.INSPECTOR and post.unit.kind in kinds and actor.account.is_active
    ]


def may_follow_up(actor: Staff, row: FollowUp) -> bool:
    """Whether `actor` may call the resident about this answer."""
    case = row.case
    return (
        Who.INSPECTOR in access.relations(actor, case)
        and any(
            case.place_id.startswith(post.place_id)
            for post in inspection_posts(actor, is_sealed=case.is_sealed)
        )
        and row.unit_id not in {post.unit_id for post in actor.posts}
        and row.answered_by_id != actor.account.pk
    )


def visible_to(actor: Staff) -> QuerySet[FollowUp]:
    """The follow-ups for which `may_follow_up` holds."""
    within = Q(pk__in=[])
    for is_sealed in (False, True):
        for post in inspection_posts(actor, is_sealed=is_sealed):
            here = subtree(post.place_id, field="case__place_id")
            within |= Q(case__is_sealed=is_sealed) & here
    own = {post.unit_id for post in actor.posts}
    return (
        FollowUp.objects.filter(within, case__in=access.visible_to(actor))
        .exclude(unit__in=own)
        .exclude(answered_by=actor.account)
    )


def draws_visible_to(actor: Staff) -> QuerySet[Draw]:
    """The draws of the counties over which the person inspects."""
    within = Q(pk__in=[])
    for is_sealed in (False, True):
        for post in inspection_posts(actor, is_sealed=is_sealed):
            # A draw is of a whole county; who inspects a part of it sees that part's calls only.
            if len(post.place_id) <= 6:
                within |= Q(is_sealed=is_sealed) & subtree(post.place_id, field="county")
    return Draw.objects.filter(within)


def callers_of(county: str) -> list[Post]:
    """Posts whose holders may be given calls of a county, nearest first."""
    posts = (
        Post.objects.current()
        .filter(role=Role.INSPECTOR, unit__kind__in=KINDS, place__in=ancestors(county))
        .select_related("account", "unit")
        .order_by("account_id")
    )
    return sorted(posts, key=lambda post: -len(post.place_id))
