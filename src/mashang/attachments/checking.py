"""Checking what was sent as a photo or a recording, by its content and never by its name.

A photo is opened, turned upright and written anew as a plain JPEG, so that nothing of the old file
survives: no position, camera, comment or hidden trailer. A recording is kept as it is once its
kind and length are known.
"""

import hashlib
import logging
import math
import threading
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms, ImageOps

from mashang.attachments import containers
from mashang.attachments.models import AttachmentKind
from mashang.attachments.wording import photo_too_large, voice_too_long
from mashang.core.errors import Refused

logger = logging.getLogger(__name__)

# What is kept of a photo. An area and not a side, so that a long screenshot can still be read.
PHOTO_PIXELS = 2048 * 1536
THUMBNAIL_SIDE = 320
QUALITY = 82
PHOTO_TYPE = "image/jpeg"

# Only a baseline JPEG is made smaller while it is unpacked. The others need 4 to 16 bytes a pixel
# at once, so they may have fewer; 24 million is a screenshot of 1,080 by 22,000.
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 24_000_000, "WEBP": 12_000_000}
MOST_PIXELS_PROGRESSIVE = 24_000_000
# Real ones have about ten. Thousands of tiny scans would keep a processor busy for hours.
MOST_SCANS = 200

LONGEST_VOICE = 60
VOICE_TOLERANCE = 5  # seconds; recorders stop a little late

HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"}
SRGB = ImageCms.createProfile("sRGB")

# Unpacked, one picture may take a hundred megabytes and more: one at a time in each process.
_one_at_a_time = threading.Lock()


class Rejected(Refused):
    """The file cannot be taken; the text says why and what to do, without the file's name."""


@dataclass(frozen=True)
class Prepared:
    """What is to be stored: the clean file, and for a photo its thumbnail and size in pixels."""

    kind: AttachmentKind
    media_type: str
    content: bytes
    thumbnail: bytes = b""
    width: int = 0
    height: int = 0

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the stored file, 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()


def _read(file: BinaryIO, limit: int, too_large: str) -> bytes:
    """All of `file`; raises Rejected where it is empty or has more than `limit` bytes."""
    file.seek(0)
    content = file.read(limit + 1)
    if len(content) > limit:
        raise Rejected(too_large)
    if not content:
        raise Rejected(_("文件是空的。请重新选一次。"))
    return content


def check_photo(file: BinaryIO) -> Prepared:
    """The photo in `file`, upright, in sRGB, at most 2,048 by 1,536 pixels or the like, bare.

    JPEG, PNG and WebP are taken. Raises Rejected for anything else, for pictures that move, are
    incomplete, or would unpack to more than memory should bear. Takes up to a second of
    processor time: call it outside any transaction.
    """
    content = _read(file, settings.PHOTO_LIMIT, photo_too_large())
    picture_format = _photo_format(content)
    with _one_at_a_time:
        try:
            return _photo(content, picture_format)
        except Rejected:
            raise
        except Image.DecompressionBombError as error:
            raise _too_many_pixels() from error
        except Exception as error:
            # A decoder answers a stranger's bytes with errors of every kind. The person is told
            # the same whichever it is.
            logger.info("a photo cannot be opened: %s", type(error).__name__)
            raise Rejected(_("照片坏了，或者没有传完整。请重新选一次，或者换一张。")) from error


def _photo_format(content: bytes) -> str:
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS:
        raise Rejected(
            _(
                "这是 HEIC 格式的照片，这里打不开。请在相册里打开它截一张屏，再发截屏。"
                "苹果手机也可以在“设置－相机－格式”里选“兼容性最佳”，再重拍一张。"
            )
        )
    raise Rejected(_("这不是照片，或者格式不对。请选 JPG、PNG 或 WebP 格式的照片。"))


def _too_many_pixels() -> Rejected:
    return Rejected(_("这张照片的尺寸太大，这里打不开。请在相册里打开它截一张屏，再发截屏。"))


def _photo(content: bytes, picture_format: str) -> Prepared:
    """Read the header, refuse what must not be unpacked, then unpack and write anew."""
    picture = Image.open(BytesIO(content), formats=(picture_format,))
    pixels = picture.width * picture.height
    is_progressive = "progressive" in picture.info
    most = MOST_PIXELS_PROGRESSIVE if is_progressive else MOST_PIXELS[picture_format]
    if pixels > most or (is_progressive and content.count(b"\xff\xda") > MOST_SCANS):
        raise _too_many_pixels()
    # Many phones put a second picture behind a JPEG, for depth or brightness: not an animation.
    if picture_format != "JPEG" and getattr(picture, "is_animated", False):
        raise Rejected(_("这是会动的图片。请发一张不动的照片，或者截一张屏。"))

    small = _small(picture)
    clean = _in_srgb(_clean(small), small.info.get("icc_profile"))
    clean = _upright(clean, _orientation(small))
    thumbnail = clean.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Prepared(
        kind=AttachmentKind.PHOTO,
        media_type=PHOTO_TYPE,
        content=_jpeg(clean),
        thumbnail=_jpeg(thumbnail),
        width=clean.width,
        height=clean.height,
    )


def _small(picture: Image.Image) -> Image.Image:
    """The whole picture, PHOTO_PIXELS at most, in a mode that can be scaled smoothly."""
    scale = min(1, math.sqrt(PHOTO_PIXELS / (picture.width * picture.height)))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    # A JPEG is unpacked at a half, a quarter or an eighth where that is enough.
    picture.draft(None, size)
    if picture.mode.startswith("I"):  # sixteen bits of grey, which would be clipped to white
        picture = picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if picture.mode not in ("L", "RGB", "RGBA", "CMYK") or "transparency" in picture.info:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail(size, Image.Resampling.LANCZOS)
    return picture


def _orientation(picture: Image.Image) -> int:
    """How the camera was held (EXIF 1 to 8); a broken tag is no reason to lose a photo."""
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1


def _clean(picture: Image.Image) -> Image.Image:
    """The same picture in a new one, which knows nothing of the old file; white behind it."""
    clean = Image.new("RGB", picture.size, "white")
    clean.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return clean


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours that `profile` means, without the profile; one that is broken is ignored."""
    if not profile:
        return picture
    try:
        return ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(BytesIO(profile)), SRGB)
    except (ImageCms.PyCMSError, OSError):
        return picture


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    picture.getexif()[ExifTags.Base.Orientation] = orientation
    return ImageOps.exif_transpose(picture)


def _jpeg(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def check_voice(file: BinaryIO) -> Prepared:
    """The recording in `file`: a minute at most, of a kind that browsers and phones make.

    Where the container does not tell the length, VOICE_LIMIT bounds it. Raises Rejected.
    """
    content = _read(file, settings.VOICE_LIMIT, voice_too_long())
    try:
        recording = containers.identify(content)
    except containers.Unknown as error:
        raise Rejected(
            _("这不是录音，或者格式不对。请直接在这里录，或者选 MP3、M4A、AMR、WAV 格式的录音。")
        ) from error
    if recording.seconds and recording.seconds > LONGEST_VOICE + VOICE_TOLERANCE:
        raise Rejected(voice_too_long())
    return Prepared(kind=AttachmentKind.VOICE, media_type=recording.media_type, content=content)
