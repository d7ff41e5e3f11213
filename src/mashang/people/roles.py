"""The roles of posts, and which of them one person may not hold together."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from mashang.people.models import Post


class Role(models.TextChoices):
    HANDLER = "handler", _("经办")
    DISPATCHER = "dispatcher", _("派单")
    LEADER = "leader", _("领导")
    INSPECTOR = "inspector", _("回访督查")
    PUBLISHER = "publisher", _("发布")
    SYSTEM_OPERATOR = "system_operator", _("系统管理员")
    SECURITY_OPERATOR = "security_operator", _("安全管理员")
    AUDITOR = "auditor", _("审计员")


# Whoever runs the system must not also grant access to it, nor check what was done with it
# (separation of administrators under graded protection).
EXCLUSIVE = (Role.SYSTEM_OPERATOR, Role.SECURITY_OPERATOR, Role.AUDITOR)


def overlap(starts: date, ends: date | None, others_start: date, others_end: date | None) -> bool:
    """Whether two times of office share a day; the last day counts, None is open."""
    return (ends or date.max) >= others_start and (others_end or date.max) >= starts


def clash(posts: "Iterable[Post]") -> "tuple[Post, Post] | None":
    """The first two of one person's posts that exclude each other at the same time."""
    exclusive = [post for post in posts if post.role in EXCLUSIVE]
    for one, other in combinations(exclusive, 2):
        if one.role != other.role and overlap(
            one.starts_on, one.ends_on, other.starts_on, other.ends_on
        ):
            return one, other
    return None
