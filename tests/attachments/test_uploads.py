"""Requests with files too large or too many: those are dropped, the words and the others stay."""

import errno
import itertools

import pytest
from django.core.exceptions import TooManyFilesSent
from django.test import RequestFactory

from mashang.attachments import uploads
from mashang.attachments.uploads import Dropped, Reason, dropped_files

MB = 1024 * 1024
WORDS = "三号楼门口的下水井盖坏了，老人晚上出门怕踩空。"


@pytest.fixture
def post(sent):
    """A POST with words before and after `files`: (field, name, content), in this order."""

    def make(*files):
        data = {"token": "before"}
        for field, name, content in files:
            data.setdefault(field, []).append(sent(name, content))
        return RequestFactory().post("/q/ABC", {**data, "text": WORDS})

    return make


def names(request, field="photos"):
    return [file.name for file in request.FILES.getlist(field)]


def contents(request, field="photos"):
    return [file.read() for file in request.FILES.getlist(field)]


def assert_words_are_there(request):
    assert request.POST["token"] == "before"
    assert request.POST["text"] == WORDS


def test_a_photo_of_forty_megabytes_is_dropped_and_the_words_are_read(post):
    request = post(("photos", "huge.jpg", b"x" * 40 * MB))
    assert_words_are_there(request)
    assert dropped_files(request) == [Dropped("photos", "huge.jpg", Reason.TOO_LARGE)]
    assert not request.FILES


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_photos_beside_it_are_whole(post, place):
    files = [("photos", f"good{n}.jpg", bytes([n]) * 3 * MB) for n in (1, 2)]
    files.insert(place, ("photos", "huge.jpg", b"x" * 13 * MB))
    request = post(*files)
    assert names(request) == ["good1.jpg", "good2.jpg"]
    assert contents(request) == [b"\1" * 3 * MB, b"\2" * 3 * MB]
    assert_words_are_there(request)
    request.close()


def test_the_limit_itself_is_kept_and_a_byte_more_is_not(post, settings):
    settings.PHOTO_LIMIT = MB
    settings.VOICE_LIMIT = MB // 2
    request = post(
        ("photos", "just.jpg", b"x" * MB),
        ("photos", "over.jpg", b"x" * (MB + 1)),
        ("voice", "over.webm", b"x" * (MB // 2 + 1)),
    )
    assert names(request) == ["just.jpg"]
    assert [dropped.name for dropped in dropped_files(request)] == ["over.jpg", "over.webm"]
    assert names(request, "voice") == []
    request.close()


@pytest.mark.parametrize("size", [10, 300 * 1024])
def test_of_twelve_photos_nine_are_kept_whole_and_three_are_dropped(post, size):
    """In memory (in all under 2.5 MB) and on disk alike."""
    files = [("photos", f"{n}.jpg", bytes([n]) * size) for n in range(12)]
    request = post(*files, ("voice", "say.webm", b"v" * size))
    assert names(request) == [f"{n}.jpg" for n in range(9)]
    assert contents(request) == [bytes([n]) * size for n in range(9)]
    assert contents(request, "voice") == [b"v" * size]
    assert dropped_files(request) == [
        Dropped("photos", f"{n}.jpg", Reason.TOO_MANY) for n in (9, 10, 11)
    ]
    assert_words_are_there(request)
    request.close()


def test_a_large_one_among_many_takes_no_place(post, settings):
    settings.PHOTO_LIMIT = MB
    files = [("photos", f"{n}.jpg", b"x" * (2 * MB if n == 3 else 300_000)) for n in range(10)]
    request = post(*files)
    assert len(names(request)) == 9
    assert [dropped.name for dropped in dropped_files(request)] == ["3.jpg"]
    request.close()


def test_a_second_voice_message_is_dropped(post):
    request = post(("voice", "one.webm", b"1" * 9), ("voice", "two.webm", b"2" * 9))
    assert contents(request, "voice") == [b"1" * 9]
    assert dropped_files(request) == [Dropped("voice", "two.webm", Reason.TOO_MANY)]


def test_another_field_cannot_carry_more_than_photos_may(post, settings):
    settings.PHOTO_LIMIT = MB
    request = post(("anything", "huge.iso", b"x" * 2 * MB))
    assert [dropped.field for dropped in dropped_files(request)] == ["anything"]


def test_a_phones_whole_album_loses_no_words(post):
    request = post(*[("photos", f"{n}.jpg", b"x" * 50) for n in range(150)])
    assert_words_are_there(request)
    assert len(names(request)) == 9
    assert len(dropped_files(request)) == 141


def test_thousands_of_files_are_refused_as_a_whole(post):
    request = post(*[("photos", f"{n}.jpg", b"x") for n in range(201)])
    with pytest.raises(TooManyFilesSent):
        _ = request.POST


@pytest.mark.parametrize("name", ["照片" * 100 + ".jpg", "ab." + "j" * 252, ".jpg", "a b\t.jpg"])
def test_a_strange_name_is_no_error(post, name):
    request = post(("photos", name, b"x" * 3 * MB))
    assert contents(request) == [b"x" * 3 * MB]
    request.close()


def test_a_request_without_files_has_dropped_none(post):
    request = post()
    assert dropped_files(request) == []
    assert_words_are_there(request)


def test_a_disk_that_is_full_drops_the_file_and_keeps_the_words(post, small_disk, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(small_disk)
    request = post(
        ("photos", "small.jpg", b"s" * 50_000),
        ("photos", "large.jpg", b"l" * 3 * MB),
        ("photos", "tiny.jpg", b"t" * 10),
    )
    assert_words_are_there(request)
    assert dropped_files(request) == [Dropped("photos", "large.jpg", Reason.NO_SPACE)]
    assert contents(request) == [b"s" * 50_000, b"t" * 10]
    request.close()
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("rest", [1, 4096, 5000, 8191])
def test_a_disk_that_fills_up_with_the_last_bytes_drops_the_file_too(
    post, small_disk, settings, rest
):
    """The last bytes wait in a buffer and fail only when the file is complete."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    settings.FILE_UPLOAD_TEMP_DIR = str(small_disk)
    request = post(
        ("photos", "fits.jpg", b"f" * 64 * 1024),
        ("photos", "large.jpg", b"l" * (64 * 1024 + rest)),
    )
    assert_words_are_there(request)
    assert dropped_files(request) == [Dropped("photos", "large.jpg", Reason.NO_SPACE)]
    assert contents(request) == [b"f" * 64 * 1024]
    request.close()


def test_a_spool_that_is_not_there_drops_the_files_and_keeps_the_words(post, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "gone")
    request = post(("photos", "a.jpg", b"a" * 3 * MB), ("photos", "b.jpg", b"b" * 10))
    assert_words_are_there(request)
    assert [dropped.reason for dropped in dropped_files(request)] == [Reason.NO_SPACE] * 2
    assert not request.FILES


def test_a_file_that_cannot_be_begun_takes_none_before_it_along(post, monkeypatch):
    really_begin, count = uploads.TemporaryUploadedFile, itertools.count()

    def begin(*arguments):
        if next(count) == 1:
            raise OSError(errno.ENOSPC, "no space left on device")
        return really_begin(*arguments)

    monkeypatch.setattr(uploads, "TemporaryUploadedFile", begin)
    request = post(*[("photos", f"{n}.jpg", bytes([n]) * MB) for n in range(3)])
    assert_words_are_there(request)
    assert dropped_files(request) == [Dropped("photos", "1.jpg", Reason.NO_SPACE)]
    assert contents(request) == [b"\0" * MB, b"\2" * MB]
    request.close()


LIMITED = """
import resource
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from mashang.attachments.uploads import dropped_files
photos = [SimpleUploadedFile(f"{n}.jpg", b"x" * n * 1000_000) for n in (1, 3, 1)]
request = RequestFactory().post("/", {"photos": photos, "text": "还在"})
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
print(json.dumps([
    request.POST["text"],
    [file.size for file in request.FILES.getlist("photos")],
    [dropped.reason.name for dropped in dropped_files(request)],
]))
"""


def test_a_process_that_may_not_write_more_drops_the_file_and_keeps_the_words(processes):
    assert processes.run(LIMITED) == ["还在", [1_000_000, 1_000_000], ["NO_SPACE"]]
