"""Form fields for photos and a voice message.

What is wrong with a file is no error of these fields: `intake.receive` says it, and the good
ones are kept meanwhile.
"""

from django import forms
from django.core.files.uploadedfile import UploadedFile

# Named one by one, and without HEIC: an iPhone then sends its photos as JPEG.
PHOTO_TYPES = "image/jpeg,image/png,image/webp"


class MultipleFileInput(forms.FileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Any number of photos; cleans to the list of files as they came, never to an error."""

    widget = MultipleFileInput(attrs={"accept": PHOTO_TYPES})

    def __init__(self, **options: object):
        super().__init__(**{"required": False, **options})

    def clean(self, data: object, initial: object = None) -> list[UploadedFile]:
        return [file for file in data or [] if file]


class VoiceField(forms.FileField):
    """One voice message; cleans to the file as it came, or None, never to an error."""

    widget = forms.FileInput(attrs={"accept": "audio/*"})

    def __init__(self, **options: object):
        super().__init__(**{"required": False, **options})

    def clean(self, data: object, initial: object = None) -> UploadedFile | None:
        return data or None
