"""Taking the photos and the voice message that came with a form."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from mashang.attachments.actions import TooManyPhotos, keep
from mashang.attachments.checking import Rejected, check_photo, check_voice
from mashang.attachments.files import StorageFailed
from mashang.attachments.uploads import (
    PHOTOS_A_PART,
    PHOTOS_FIELD,
    VOICE_FIELD,
    Dropped,
    Reason,
    dropped_files,
)
from mashang.attachments.wording import (
    no_space,
    one_voice_only,
    photo_too_large,
    voice_too_long,
)
from mashang.core.text import clean_line

NAMES_SHOWN = 5
NAME_LENGTH = 30


def receive(
    files: MultiValueDict[str, UploadedFile], request: HttpRequest, *, owner: str, part: str
) -> list[str]:
    """Check and keep `photos` and `voice` of `files` (request.FILES) for `owner` and `part`.

    Returns a sentence for what was refused, naming the file, and nothing where all are kept: the
    form is shown again with the sentences, and the good files wait. Call it outside any
    transaction; a photo takes up to a second.
    """
    problems: list[str] = []
    spare: list[str] = []
    for dropped in dropped_files(request):
        if dropped.reason is Reason.TOO_MANY and dropped.field != VOICE_FIELD:
            spare.append(dropped.name)
        else:
            problems.append(_not_kept(dropped.name, _why(dropped)))
    sent = [(file, check_photo) for file in files.getlist(PHOTOS_FIELD)]
    sent += [(file, check_voice) for file in files.getlist(VOICE_FIELD)]
    for file, check in sent:
        try:
            keep(check(file), owner=owner, part=part)
        except TooManyPhotos:
            spare.append(file.name)
        except Rejected as refusal:
            problems.append(_not_kept(file.name, str(refusal)))
        except StorageFailed as failure:
            problems.append(_not_kept(file.name, str(failure)))
            break  # the next one would fare no better
    if spare:
        problems.append(_too_many(spare))
    return problems


def _shown(name: str) -> str:
    """A file's name for a sentence: on one line, and its end where it is long."""
    line = clean_line(name)
    return line if len(line) <= NAME_LENGTH else "…" + line[-NAME_LENGTH:]


def _not_kept(name: str, why: str) -> str:
    return _("“%(name)s”没有收下。%(why)s") % {"name": _shown(name), "why": why}


def _too_many(names: list[str]) -> str:
    listed = "、".join(f"“{_shown(name)}”" for name in names[:NAMES_SHOWN])
    return _("照片最多 %(most)d 张，有 %(count)d 张没有收下：%(names)s。") % {
        "most": PHOTOS_A_PART,
        "count": len(names),
        "names": listed + ("……" if len(names) > NAMES_SHOWN else ""),
    }


def _why(dropped: Dropped) -> str:
    if dropped.reason is Reason.NO_SPACE:
        return no_space()
    if dropped.reason is Reason.TOO_LARGE:
        return voice_too_long() if dropped.field == VOICE_FIELD else photo_too_large()
    return one_voice_only()
