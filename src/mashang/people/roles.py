"""Which posts one person may not hold together."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations

from mashang.people.models import Post, Role

# Whoever runs the system must not also grant access to it, nor check what was done with it
# (separation of administrators under graded protection).
EXCLUSIVE = (Role.SYSTEM_OPERATOR, Role.SECURITY_OPERATOR, Role.AUDITOR)


def overlap(starts: date, ends: date | None, others_start: date, others_end: date | None) -> bool:
    """Whether two times of office share a day; the last day counts, None is open."""
    return (ends or date.max) >= others_start and (others_end or date.max) >= starts


def clash(posts: Iterable[Post]) -> tuple[Post, Post] | None:
    """The first two of one person's posts that exclude each other at the same time."""
    exclusive = [post for post in posts if post.role in EXCLUSIVE]
    for one, other in combinations(exclusive, 2):
        if one.role != other.role and overlap(
            one.starts_on, one.ends_on, other.starts_on, other.ends_on
        ):
            return one, other
    return None
