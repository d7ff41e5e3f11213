"""Photos and voice of a form that is not accepted yet: kept, so that an error loses none."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from mashang.attachments import intake, queries
from mashang.attachments.actions import discard
from mashang.attachments.models import Attachment, AttachmentKind
from mashang.attachments.uploads import dropped_files
from mashang.cases.actions.filing import submission_of
from mashang.core.throttle import HOUR, Limit, over

PART = "report"
UPLOADS_PER_REPORT = 4


class TooManyUploads(Exception):
    """One address has sent so many files within the hour that no more are looked at."""


@dataclass(frozen=True)
class KeptFiles:
    """What a form's sender has sent so far, under the owner of the form's token."""

    owner: str
    files: Sequence[Attachment] = ()
    problems: Sequence[str] = ()

    @property
    def photos(self) -> list[Attachment]:
        return [file for file in self.files if file.kind == AttachmentKind.PHOTO]

    @property
    def voice(self) -> Attachment | None:
        return next((file for file in self.files if file.kind == AttachmentKind.VOICE), None)


def draft_owner(token: str) -> str:
    return f"draft:{submission_of(token)}"


def keep_files(request: HttpRequest, token: str) -> KeptFiles:
    """Check and keep the files of this request beside those sent before with the same token.

    Without files, now or before, it asks the database nothing. Raises TooManyUploads.
    """
    owner = draft_owner(token)
    has_sent = bool(request.FILES or dropped_files(request))
    if not has_sent and not request.POST.get("kept"):
        return KeptFiles(owner)
    # What is no longer wanted goes first: it makes room for what comes instead.
    unwanted = request.POST.getlist("drop")
    for file in queries.of(owner) if unwanted else ():
        if str(file.pk) in unwanted:
            discard(file)
    problems: list[str] = []
    if has_sent:
        address = request.client_address  # type: ignore[attr-defined]
        most = UPLOADS_PER_REPORT * settings.REPORTS_PER_ADDRESS_AN_HOUR
        if over([Limit("uploads of an address", address, HOUR, most)]):
            raise TooManyUploads
        problems = intake.receive(request.FILES, request, owner=owner, part=PART)
    return KeptFiles(owner, list(queries.of(owner)), problems)
