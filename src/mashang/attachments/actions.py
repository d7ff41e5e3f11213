"""Keeping, moving and removing photos and voice messages.

The file is on the disk before its row is, and gone after its row is: whenever the power fails, a
row has its file, and a file without a row is swept away.
"""

import uuid
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.attachments import files
from mashang.attachments.checking import Prepared, Rejected
from mashang.attachments.models import Attachment, AttachmentKind
from mashang.attachments.uploads import PHOTOS_A_PART, VOICES_A_PART
from mashang.attachments.wording import one_voice_only

DRAFT = "draft:"
MOST = {AttachmentKind.PHOTO: PHOTOS_A_PART, AttachmentKind.VOICE: VOICES_A_PART}
DRAFTS_KEPT_FOR = timedelta(hours=24)
# Storing takes seconds, so a file that is older and has no row will never have one.
STRAYS_KEPT_FOR = timedelta(hours=1)


class TooMany(Rejected):
    """The part has all the files of this kind that it may have."""


class TooManyPhotos(TooMany):
    """It has nine photos."""


def keep(prepared: Prepared, *, owner: str, part: str) -> Attachment:
    """Store `prepared` for `owner` and `part` (see Attachment) and return its row.

    The same file twice is kept once: the row that is there is returned. Raises TooMany beyond 9
    photos or 1 voice message, files.StorageFull or files.StorageFailed where the disk does not
    take it. Call it outside a transaction: a rollback would leave files without rows.
    """
    found, number = _place_for(prepared, owner, part)
    if found:
        return found
    pk = uuid.uuid4()
    files.write(pk, _contents(prepared))
    try:
        kept = _insert(pk, prepared, owner, part, number)
    except (TooMany, DatabaseError):
        files.remove(pk)
        raise
    if kept.pk != pk:
        files.remove(pk)
    return kept


def _place_for(prepared: Prepared, owner: str, part: str) -> tuple[Attachment | None, int]:
    """The row that holds this very file, or else the first free number; raises TooMany."""
    held = list(Attachment.objects.filter(owner=owner, part=part))
    same = [row for row in held if row.digest == prepared.digest]
    if same:
        return same[0], same[0].number
    taken = {row.number for row in held if row.kind == prepared.kind}
    free = set(range(1, MOST[prepared.kind] + 1)) - taken
    if free:
        return None, min(free)
    if prepared.kind == AttachmentKind.VOICE:
        raise TooMany(one_voice_only())
    raise TooManyPhotos(_("照片最多 %(most)d 张。") % {"most": PHOTOS_A_PART})


def _insert(pk: uuid.UUID, prepared: Prepared, owner: str, part: str, number: int) -> Attachment:
    """Insert the row under the first number that no other request takes at the same moment."""
    while True:
        row = Attachment(
            id=pk,
            owner=owner,
            part=part,
            kind=prepared.kind,
            number=number,
            media_type=prepared.media_type,
            size=len(prepared.content),
            digest=prepared.digest,
            width=prepared.width,
            height=prepared.height,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
            return row
        except IntegrityError:
            found, next_number = _place_for(prepared, owner, part)
            if found:
                return found
            if next_number == number:
                raise
            number = next_number


def _contents(prepared: Prepared) -> dict[str, bytes]:
    contents = {files.ENDINGS[prepared.media_type]: prepared.content}
    if prepared.thumbnail:
        contents[files.THUMBNAIL_ENDING] = prepared.thumbnail
    return contents


def adopt(owner_from: str, owner_to: str, part: str) -> int:
    """Give everything of the draft `owner_from` to `owner_to` as its `part`; returns how many.

    One UPDATE, in the caller's transaction.
    """
    return Attachment.objects.filter(owner=owner_from).update(owner=owner_to, part=part)


def discard(attachment: Attachment) -> None:
    """Remove the row, and its files once that is committed."""
    Attachment.objects.filter(pk=attachment.pk).delete()
    transaction.on_commit(lambda: files.remove(attachment.pk))


def sweep_drafts() -> int:
    """Remove drafts older than a day and files that have no row; returns how many of both."""
    now = timezone.now()
    return _sweep_rows(now - DRAFTS_KEPT_FOR) + _sweep_strays(now - STRAYS_KEPT_FOR)


def _sweep_rows(before: datetime) -> int:
    drafts = Attachment.objects.filter(owner__startswith=DRAFT)
    removed = 0
    for pk in list(drafts.filter(created_at__lt=before).values_list("pk", flat=True)):
        # A case may adopt it at this very moment: it is deleted only where it is still a draft.
        if drafts.filter(pk=pk).delete()[0]:
            files.remove(pk)
            removed += 1
    return removed


def _sweep_strays(before: datetime) -> int:
    removed = 0
    for old in files.older_than(before.timestamp()):
        known = set(Attachment.objects.filter(pk__in=old).values_list("pk", flat=True))
        for pk in old - known:
            files.remove(pk)
            removed += 1
    return removed
