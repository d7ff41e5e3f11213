"""Photos: which are taken, what is left of them, and what is refused before it can do harm."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageFile

from mashang.attachments import checking
from mashang.attachments.checking import Rejected, check_photo
from mashang.attachments.models import AttachmentKind
from pictures import (
    SECRETS,
    a_heic,
    a_pdf,
    a_photo,
    a_scene,
    a_telling_photo,
    phone_exif,
    png_claiming,
    saved,
)
from recordings import mp4, webm

ROOT = Path(__file__).resolve().parents[2]


def check(content):
    return check_photo(BytesIO(content))


def opened(content):
    return Image.open(BytesIO(content))


def is_like(pixel, colour):
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_jpeg_with_a_thumbnail(format_name):
    prepared = check(saved(a_scene(), format_name))
    assert (prepared.kind, prepared.media_type) == (AttachmentKind.PHOTO, "image/jpeg")
    assert (prepared.width, prepared.height) == (640, 480)
    kept, thumbnail = opened(prepared.content), opened(prepared.thumbnail)
    assert (kept.format, kept.size) == ("JPEG", (640, 480))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 240))
    assert is_like(kept.getpixel((100, 400)), (200, 30, 30))
    assert is_like(kept.getpixel((600, 400)), (30, 30, 200))
    assert is_like(thumbnail.getpixel((50, 200)), (200, 30, 30))


def test_the_same_photo_gives_the_same_digest_and_another_gives_another():
    assert check(a_photo()).digest == check(a_photo()).digest
    assert check(a_photo()).digest != check(a_photo(seed=50)).digest


@pytest.mark.parametrize(
    "original",
    [
        a_telling_photo(),
        saved(a_scene(), "PNG", exif=phone_exif(), pnginfo=None),
        saved(a_scene(), "WEBP", exif=phone_exif(), xmp=b"<x>secret-xmp</x>"),
        a_telling_photo() + b"secret-comment behind the picture",
    ],
)
def test_nothing_is_kept_of_where_and_with_what_it_was_taken(original):
    assert b"SecretPhone" in original
    prepared = check(original)
    for content in (prepared.content, prepared.thumbnail):
        kept = opened(content)
        assert not kept.getexif()
        assert not kept.getexif().get_ifd(0x8825)
        assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not [secret for secret in SECRETS if secret in content]


@pytest.mark.parametrize(
    ("orientation", "black_corner"),
    [
        (1, "top left"),
        (2, "top right"),
        (3, "bottom right"),
        (4, "bottom left"),
        (5, "top left"),
        (6, "top right"),
        (7, "bottom right"),
        (8, "bottom left"),
    ],
)
def test_it_is_turned_upright(orientation, black_corner):
    prepared = check(a_telling_photo(orientation))
    kept = opened(prepared.content)
    assert kept.size == (prepared.width, prepared.height)
    assert kept.size == ((480, 640) if orientation >= 5 else (640, 480))
    vertical, horizontal = black_corner.split()
    x = 20 if horizontal == "left" else kept.width - 20
    y = 20 if vertical == "top" else kept.height - 20
    assert is_like(kept.getpixel((x, y)), (0, 0, 0))
    assert (
        opened(prepared.thumbnail).size[0] < opened(prepared.thumbnail).size[1] or orientation < 5
    )


def test_a_broken_tag_loses_no_photo():
    assert check(a_photo(exif=b"Exif\0\0not a tag at all")).width == 640


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((4000, 3000), (2048, 1536)),
        ((3000, 4000), (1536, 2048)),
        ((2048, 1536), (2048, 1536)),
        ((1080, 16000), (461, 6826)),
        ((9000, 90), (9000, 90)),
        ((3, 1), (3, 1)),
    ],
)
@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_a_large_one_is_made_smaller_and_a_small_one_stays(size, kept, format_name):
    prepared = check(saved(a_scene(size), format_name))
    assert (prepared.width, prepared.height) == opened(prepared.content).size
    assert prepared.width == pytest.approx(kept[0], abs=1)
    assert prepared.height == pytest.approx(kept[1], abs=1)


@pytest.mark.parametrize(
    ("mode", "format_name"),
    [
        ("L", "JPEG"),
        ("CMYK", "JPEG"),
        ("1", "PNG"),
        ("L", "PNG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("RGBA", "PNG"),
        ("RGBA", "WEBP"),
    ],
)
def test_every_way_to_store_colours_is_read(mode, format_name):
    prepared = check(saved(a_scene((2300, 1600)).convert(mode), format_name))
    kept = opened(prepared.content)
    assert kept.mode == "RGB"
    assert kept.width < 2300
    left, right = kept.getpixel((500, 900)), kept.getpixel((1900, 900))
    assert sum(left) != sum(right)
    if mode not in ("1", "L", "LA"):
        assert left[0] > 150 > left[2]


def test_a_grey_picture_of_sixteen_bits_keeps_its_greys():
    grey = Image.new("I;16", (100, 100), 0x8000)
    assert is_like(opened(check(saved(grey, "PNG")).content).getpixel((50, 50)), (128, 128, 128))


def test_what_is_transparent_becomes_white():
    see_through = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    palette = Image.new("P", (100, 100), 3)
    palette.putpalette([0, 0, 0] * 256)
    for content in (saved(see_through, "PNG"), saved(palette, "PNG", transparency=3)):
        assert is_like(opened(check(content).content).getpixel((50, 50)), (255, 255, 255))


def test_colours_of_another_space_are_converted():
    """In a made-up space where red and blue have changed places."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    for profile, left in ((srgb, (200, 30, 30)), (swapped, (30, 30, 200)), (b"?", (200, 30, 30))):
        kept = opened(check(a_photo(icc_profile=profile)).content)
        assert is_like(kept.getpixel((100, 400)), left)
        assert "icc_profile" not in kept.info


def test_the_second_picture_that_phones_hide_behind_a_jpeg_is_left_out():
    both = saved(a_scene(), "MPO", save_all=True, append_images=[a_scene((320, 240), seed=9)])
    assert opened(both).n_frames == 2
    prepared = check(both)
    assert prepared.width == 640
    assert opened(prepared.content).format == "JPEG"


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (a_pdf(), "不是照片"),
        (b"GIF89a" + b"\0" * 100, "不是照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "不是照片"),
        (mp4(3), "不是照片"),
        (webm(3), "不是照片"),
        (a_heic(), "兼容性最佳"),
        (a_heic().replace(b"ftypheic", b"ftypmif1"), "截一张屏"),
        (b"\xff\xd8\xff", "坏了"),
        (b"\x89PNG\r\n\x1a\n", "坏了"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "坏了"),
        (b"", "空的"),
    ],
)
def test_what_is_no_photo_is_refused_with_advice(content, advice):
    with pytest.raises(Rejected, match=advice):
        check(content)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_one_that_came_in_half_is_refused(format_name, part):
    content = saved(Image.effect_noise((300, 300), 90).convert("RGB"), format_name)
    with pytest.raises(Rejected, match="没有传完整"):
        check(content[: int(len(content) * part)])


@pytest.mark.parametrize("format_name", ["PNG", "WEBP"])
def test_a_picture_that_moves_is_refused(format_name):
    frames = [a_scene(seed=40)]
    content = saved(a_scene(), format_name, save_all=True, append_images=frames)
    assert opened(content).is_animated
    with pytest.raises(Rejected, match="会动"):
        check(content)


def test_one_beyond_the_limit_in_bytes_is_refused_with_the_limit(settings):
    settings.PHOTO_LIMIT = 1024 * 1024
    with pytest.raises(Rejected, match="超过 1 MB"):
        check(a_photo() + b"\0" * 1024 * 1024)


@pytest.fixture
def nothing_is_decoded(monkeypatch):
    def load(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "content",
    [
        png_claiming(30_000, 30_000),
        png_claiming(10_000, 10_000),
        png_claiming(2**31 - 1, 2**31 - 1),
    ],
)
def test_a_bomb_is_refused_by_its_header_alone(nothing_is_decoded, content):
    assert len(content) < 200
    with pytest.raises(Rejected, match="尺寸太大"):
        check(content)


def test_a_photo_that_says_nothing_untoward_is_decoded(nothing_is_decoded):
    with pytest.raises(Rejected, match="坏了"):
        check(a_photo())


def test_a_progressive_jpeg_of_very_many_scans_is_refused(nothing_is_decoded):
    content = a_photo(progressive=True)
    many = content[:-2] + b"\xff\xda\0\x08\x01\x01\0\x3f\0\0" * checking.MOST_SCANS + content[-2:]
    with pytest.raises(Rejected, match="尺寸太大"):
        check(many)


def test_a_progressive_jpeg_is_taken():
    assert check(a_photo(progressive=True)).width == 640


MEASURE = '''
import sys
from io import BytesIO
import django
django.setup()
from PIL import Image
from mashang.attachments.checking import Rejected, check_photo

def most():
    """The most memory this process has had, in MB; getrusage would tell its parent's."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

content = open(sys.argv[1], "rb").read()
before = most()
try:
    check_photo(BytesIO(content))
    print("kept", most() - before)
except Rejected:
    print("refused", most() - before)
'''


@pytest.mark.parametrize(
    ("size", "mode", "format_name", "outcome", "megabytes"),
    [
        ((20_000, 20_000), "1", "PNG", "refused", 10),
        ((8_000, 6_200), "RGB", "JPEG", "kept", 120),
        ((1_080, 20_000), "RGB", "PNG", "kept", 220),
    ],
)
def test_memory_stays_within_bounds_whatever_is_sent(
    tmp_path, size, mode, format_name, outcome, megabytes
):
    path = tmp_path / "sent"
    Image.new(mode, size).save(path, format_name)
    assert path.stat().st_size < 3_000_000
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURE, str(path)],
        env={
            "DJANGO_SETTINGS_MODULE": "settings_for_tests",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
            "MASHANG_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    said, more = done.stdout.split()
    assert said == outcome
    assert int(more) < megabytes
