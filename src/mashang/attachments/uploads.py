"""Reading an upload without losing the words beside it.

Django's own answer to a file that is too large or one too many is to refuse the whole request,
and what the person typed is gone with it. Here such a file is dropped while it arrives, the rest
of the form is read as usual, and the form can say which file it was and why.

A request keeps at most PHOTOS_A_PART files of PHOTO_LIMIT bytes and one of VOICE_LIMIT, whatever
it sends; that is the bound on its use of the disk.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    SkipFile,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest

logger = logging.getLogger(__name__)

PHOTOS_FIELD, VOICE_FIELD = "photos", "voice"
PHOTOS_A_PART, VOICES_A_PART = 9, 1


class Reason(Enum):
    """Why a file was dropped."""

    TOO_LARGE = "too large"
    TOO_MANY = "too many"
    NO_SPACE = "no space"


@dataclass(frozen=True)
class Dropped:
    """A file that was not kept: the form's field, the file's name on the phone, the reason."""

    field: str
    name: str
    reason: Reason


def dropped_files(request: HttpRequest) -> list[Dropped]:
    """The files of this request that were dropped while it was read, in their order."""
    _ = request.FILES  # reads the request if nobody has yet
    return getattr(request, "_dropped_files", [])


def _note(request: HttpRequest, dropped: Dropped) -> None:
    request._dropped_files = [*getattr(request, "_dropped_files", []), dropped]


class DropOversized(FileUploadHandler):
    """Drops a file beyond its limit, and photos or voice messages beyond their number.

    First in FILE_UPLOAD_HANDLERS. A file in the field `voice` counts as a voice message, any
    other as a photo.

    A file is only ever skipped when its bytes come, never in `new_file`: Django then closes what
    each handler holds, and before the others have heard of the new file that is the one before,
    which is good.
    """

    def __init__(self, request: HttpRequest | None = None):
        super().__init__(request)
        self.kept = {VOICE_FIELD: 0, PHOTOS_FIELD: 0}
        self.received = 0

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > self._limit:
            self._drop(Reason.TOO_LARGE)
        if self.kept[self._kind] >= self._most:
            self._drop(Reason.TOO_MANY)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        self.kept[self._kind] += 1

    @property
    def _kind(self) -> str:
        return VOICE_FIELD if self.field_name == VOICE_FIELD else PHOTOS_FIELD

    @property
    def _limit(self) -> int:
        return settings.VOICE_LIMIT if self._kind == VOICE_FIELD else settings.PHOTO_LIMIT

    @property
    def _most(self) -> int:
        return VOICES_A_PART if self._kind == VOICE_FIELD else PHOTOS_A_PART

    def _drop(self, reason: Reason) -> None:
        _note(self.request, Dropped(self.field_name, self.file_name, reason))
        raise SkipFile


class SpoolToDisk(TemporaryFileUploadHandler):
    """Django's handler for large uploads, which drops a file when the disk takes no more.

    The name that the phone gave has no part in the temporary file's: an overlong one is no error.
    """

    def new_file(self, *args: object, **kwargs: object) -> None:
        # The file before is complete and not ours to close any more.
        self.__dict__.pop("file", None)
        FileUploadHandler.new_file(self, *args, **kwargs)
        try:
            self.file = TemporaryUploadedFile(
                "part", self.content_type, 0, self.charset, self.content_type_extra
            )
        except OSError as error:
            self._give_up(error)
            raise SkipFile from error
        self.file.name = self.file_name

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            # Closing writes what is left in the buffer: it fails once more, and then is closed.
            with suppress(OSError):
                self.file.close()
            self._give_up(error)
            raise SkipFile from error

    def file_complete(self, file_size: int) -> TemporaryUploadedFile | None:
        try:
            return super().file_complete(file_size)
        except OSError as error:
            with suppress(OSError):
                self.file.close()
            self._give_up(error)
            return None

    def _give_up(self, error: OSError) -> None:
        logger.error("an upload cannot be spooled to disk: %s", error.strerror)
        _note(self.request, Dropped(self.field_name, self.file_name, Reason.NO_SPACE))
