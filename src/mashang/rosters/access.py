"""Who arranges whose duty: dispatchers and unit leads, for their own unit and those below.

Inspection arranges its own and nothing else, and nobody else arranges inspection's: whoever put
somebody on its roster would choose who receives a complaint about cadres.
"""

from datetime import date

from django.db.models import Q, QuerySet

from mashang.people.actors import Staff
from mashang.people.models import Account, Post, Role, Unit, UnitKind
from mashang.places.models import subtree

# Whoever keeps the system, its access or its records takes no calls about cases.
NOT_ON_DUTY = (Role.SYSTEM_OPERATOR, Role.SECURITY_OPERATOR, Role.AUDITOR)
INSPECTION = Q(kind=UnitKind.INSPECTION)


def arranges(post: Post) -> bool:
    return post.is_lead or post.role == Role.DISPATCHER


def _reach(post: Post) -> Q:
    """The unit of the post, its subunits, and the units of the places below."""
    place = post.place_id if post.role == Role.DISPATCHER else post.unit.place_id
    below = subtree(place, field="place_id") & ~Q(place_id=place)
    reach = Q(pk=post.unit_id) | Q(parent_id=post.unit_id) | below
    return reach & (INSPECTION if post.unit.kind == UnitKind.INSPECTION else ~INSPECTION)


def arranged_by(actor: Staff) -> QuerySet[Unit]:
    """The units in use whose duty this person arranges."""
    reach = Q(pk__in=[])
    for post in actor.posts:
        if arranges(post):
            reach |= _reach(post)
    return Unit.objects.filter(reach, is_active=True)


def readable_by(actor: Staff) -> QuerySet[Unit]:
    """Those, and the units in which the person serves."""
    own = Q(pk__in={post.unit_id for post in actor.posts})
    return Unit.objects.filter(own, is_active=True) | arranged_by(actor)


def has_duty(actor: Staff) -> bool:
    """Whether duty is any of the person's business."""
    return any(arranges(post) or post.role not in NOT_ON_DUTY for post in actor.posts)


def may_arrange(actor: Staff, unit: Unit) -> bool:
    return arranged_by(actor).filter(pk=unit.pk).exists()


def may_excuse(actor: Staff, account: Account) -> bool:
    """Whether the person may report this one's absence: their own, or of a unit they arrange."""
    if account.pk == actor.account.pk:
        return True
    units = Post.objects.current().filter(account=account).values("unit")
    return arranged_by(actor).filter(pk__in=units).exists()


def members(unit: Unit, *, day: date | None = None) -> QuerySet[Account]:
    """Who can be put on the unit's roster: whoever holds a post there on that day, or from today
    on at some time."""
    posts = Post.objects.standing(day).filter(unit=unit).exclude(role__in=NOT_ON_DUTY)
    if day is not None:
        posts = posts.filter(starts_on__lte=day)
    return Account.objects.filter(pk__in=posts.values("account"), is_active=True).order_by("name")


def deputies_of(account: Account) -> QuerySet[Account]:
    """Who can stand in for somebody: those of the same units and of the units right above."""
    units = Post.objects.current().filter(account=account).values_list("unit", "unit__parent")
    near = {key for pair in units for key in pair if key is not None}
    posts = Post.objects.current().filter(unit__in=near).exclude(role__in=NOT_ON_DUTY)
    people = Account.objects.filter(pk__in=posts.values("account"), is_active=True)
    return people.exclude(pk=account.pk).order_by("name")
