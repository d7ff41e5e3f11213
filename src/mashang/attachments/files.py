"""Where the files lie: MEDIA_ROOT / first two hex digits of the id / the id and an ending."""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from mashang.attachments.wording import no_space
from mashang.core.errors import Refused

logger = logging.getLogger(__name__)

ENDINGS = {
    "image/jpeg": ".jpg",
    "audio/webm": ".webm",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/amr": ".amr",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
}
THUMBNAIL_ENDING = ".small.jpg"
UNFINISHED_ENDING = ".unfinished"
FULL = {errno.ENOSPC, errno.EDQUOT}


class StorageFailed(Refused):
    """The files could not be written; nothing of them is left."""


class StorageFull(StorageFailed):
    """There is no room for them."""


def path_of(pk: UUID, ending: str) -> Path:
    return Path(settings.MEDIA_ROOT) / pk.hex[:2] / f"{pk}{ending}"


def write(pk: UUID, contents: dict[str, bytes]) -> None:
    """Write the files of attachment `pk`, ending → content, to last through a power cut.

    Each is whole or not there: written under another name, synced, then renamed. Raises
    StorageFull or StorageFailed with nothing left behind.
    """
    try:
        for ending, content in contents.items():
            _write(path_of(pk, ending), content)
        _sync(path_of(pk, "").parent)
    except OSError as error:
        remove(pk)
        logger.error("a file cannot be stored: %s", error.strerror)
        if error.errno in FULL:
            raise StorageFull(no_space()) from error
        raise StorageFailed(
            _("文件这次没有存下。您写的文字不受影响，可以再选一次，或者先提交，以后再补。")
        ) from error


def _write(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(path.parent.parent)
    unfinished = path.with_name(path.name + UNFINISHED_ENDING)
    with unfinished.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _sync(folder: Path) -> None:
    """A new name in a folder lasts once the folder itself is synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(pk: UUID) -> None:
    """Remove every file of attachment `pk`, finished or not; those that are gone are no error."""
    for path in path_of(pk, "").parent.glob(f"{pk}.*"):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def older_than(moment: float) -> Iterator[set[UUID]]:
    """The ids that have a file last written before `moment` (seconds since 1970), folder by
    folder. Files that are not named as ours are left alone."""
    for folder in sorted(Path(settings.MEDIA_ROOT).glob("[0-9a-f][0-9a-f]")):
        old = set()
        for entry in os.scandir(folder):
            # Another process may remove it at this very moment.
            with suppress(ValueError, FileNotFoundError):
                pk = UUID(entry.name.partition(".")[0])
                if entry.stat().st_mtime < moment:
                    old.add(pk)
        yield old
