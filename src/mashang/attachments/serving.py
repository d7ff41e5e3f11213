"""Sending a kept file to a browser. Whether this person may see it is the caller's question."""

import logging
import re

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase

from mashang.attachments import files
from mashang.attachments.models import Attachment, AttachmentKind

logger = logging.getLogger(__name__)

RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def serve(
    request: HttpRequest, attachment: Attachment, *, thumbnail: bool = False
) -> HttpResponseBase:
    """The file, shown in the page and stored by nobody on the way; `thumbnail` for its small form.

    One range of bytes is answered as asked (206, or 416 where there is none such), since Safari
    plays no sound without. Raises Http404 where the file is missing.
    """
    is_small = thumbnail and attachment.kind == AttachmentKind.PHOTO
    ending = files.THUMBNAIL_ENDING if is_small else files.ENDINGS[attachment.media_type]
    path = files.path_of(attachment.pk, ending)
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        logger.error("attachment %s has no file", attachment.pk)
        raise Http404 from error
    size = path.stat().st_size
    asked = _range(request.headers.get("Range", ""), size)
    if asked is None:
        response = FileResponse(file, filename=path.name, content_type=attachment.media_type)
    else:
        first, last = asked
        with file:
            file.seek(first)
            content = file.read(last - first + 1)
        response = HttpResponse(content, status=206 if content else 416)
        response["Content-Type"] = attachment.media_type
        response["Content-Range"] = f"bytes {first}-{last}/{size}" if content else f"bytes */{size}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that `header` asks for; first > last for none such, None for all.

    A header of another form, several ranges included, may be ignored (RFC 9110 §14.2).
    """
    found = RANGE.fullmatch(header.strip())
    if not found or found.group() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:  # the last so many bytes
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last or size), size - 1)
