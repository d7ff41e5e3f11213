"""Photos and voice messages, re-encoded before they are kept."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AttachmentKind(models.TextChoices):
    PHOTO = "photo", _("照片")
    VOICE = "voice", _("语音")


class Attachment(models.Model):
    """A file that was checked and stripped of everything but the picture or the sound.

    `owner` says whose it is: `draft:<digest>` while a form is not yet accepted, so that photos
    survive an error in another field, then `case:<key>`. `part` says where in it: the report, or
    the entry of that number. `number` counts the photos of a part, and its voice messages, from
    1: that no number is taken twice keeps a part from having more than it may.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=80, db_index=True)
    part = models.CharField(max_length=40, blank=True)
    kind = models.CharField(_("类别"), max_length=6, choices=AttachmentKind)
    number = models.PositiveSmallIntegerField(_("第几个"), default=1)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text=_("所存文件的摘要"))
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        ordering = ["kind", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "part", "digest"], name="one_file_once_a_part"
            ),
            models.UniqueConstraint(
                fields=["owner", "part", "kind", "number"], name="one_file_a_number_of_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"
