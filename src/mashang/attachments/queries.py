"""Reading attachments for pages: photos before the voice message, each in the order sent."""

from collections import defaultdict
from uuid import UUID

from django.db.models import QuerySet

from mashang.attachments.models import Attachment


def of(owner: str, part: str | None = None) -> QuerySet[Attachment]:
    """The attachments of `owner`, or of one part of it."""
    rows = Attachment.objects.filter(owner=owner)
    return rows if part is None else rows.filter(part=part)


def grouped(owner: str) -> dict[str, list[Attachment]]:
    """The attachments of `owner` by part, in one query; parts without any are not in it."""
    parts = defaultdict(list)
    for attachment in of(owner):
        parts[attachment.part].append(attachment)
    return dict(parts)


def find(pk: UUID, *, owner: str) -> Attachment | None:
    """The attachment `pk` if it is `owner`'s."""
    return of(owner).filter(pk=pk).first()
