"""Finding people, for the security operator."""

from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from mashang.accounts.models import SecondFactor
from mashang.people.actors import Staff
from mashang.people.models import Account, Post, Role
from mashang.places.models import subtree

MOST_FOUND = 50


def visible_to(actor: Staff) -> QuerySet[Account]:
    """The people of a security operator: who has or had a post at a unit inside the place that the
    operator's own post is for, and who never had one."""
    scopes = [post.place_id for post in actor.posts if post.role == Role.SECURITY_OPERATOR]
    if not scopes:
        return Account.objects.none()
    inside = reduce(or_, (subtree(scope, field="unit__place_id") for scope in scopes))
    posts = Post.objects.filter(account=OuterRef("pk"))
    return Account.objects.filter(Exists(posts.filter(inside)) | ~Exists(posts))


def find(actor: Staff, typed: str) -> QuerySet[Account]:
    """People by name, username, or name of a unit they serve at; at most MOST_FOUND and one."""
    serves = Post.objects.filter(account=OuterRef("pk"), unit__name__icontains=typed)
    same = Q(name__icontains=typed) | Q(username__icontains=typed) | Q(Exists(serves))
    return (
        visible_to(actor)
        .filter(same)
        .annotate(has_factor=Exists(SecondFactor.objects.filter(pk=OuterRef("pk"))))
        .prefetch_related("posts__unit")
        .order_by("-is_active", "username")[: MOST_FOUND + 1]
    )
