"""Photos as phones make them, and files that only look like photos."""

import struct
import zlib
from io import BytesIO

from PIL import ExifTags, Image, ImageCms

GPS = {
    ExifTags.GPS.GPSLatitudeRef: "N",
    ExifTags.GPS.GPSLatitude: (36.0, 32.0, 41.0),
    ExifTags.GPS.GPSLongitudeRef: "E",
    ExifTags.GPS.GPSLongitude: (104.0, 8.0, 20.0),
}
SECRETS = (b"SecretPhone", b"secret-comment", b"secret-xmp", b"GPS")


def a_scene(size=(640, 480), *, seed=0) -> Image.Image:
    """Red left, blue right, a black patch at the top left; no two seeds look the same."""
    picture = Image.new("RGB", size, (200, 30, 30 + seed))
    width, height = size
    picture.paste((30, 30, 200), (width // 2, 0, width, height))
    picture.paste((0, 0, 0), (0, 0, width // 8, height // 8))
    return picture


def saved(picture: Image.Image, format_name="JPEG", **options) -> bytes:
    written = BytesIO()
    picture.save(written, format_name, **options)
    return written.getvalue()


def a_photo(size=(640, 480), *, seed=0, **options) -> bytes:
    return saved(a_scene(size, seed=seed), **options)


def noise(side: int) -> bytes:
    """A JPEG that does not shrink: about `side` * `side` bytes."""
    return saved(Image.effect_noise((side, side), 120).convert("RGB"), quality=95)


def phone_exif(orientation=1) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretPhone"
    exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(GPS)
    return exif


def a_telling_photo(orientation=1, **options) -> bytes:
    """A JPEG that says where, with what and by whom it was taken."""
    return a_photo(
        exif=phone_exif(orientation),
        comment=b"secret-comment",
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret-xmp</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        **options,
    )


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims any size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def a_pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n"


def a_heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200
