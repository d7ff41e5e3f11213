"""Sending kept files to browsers: whole, in part for Safari, and stored by nobody on the way."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from mashang.attachments.actions import keep
from mashang.attachments.checking import Prepared
from mashang.attachments.models import AttachmentKind
from mashang.attachments.serving import serve

pytestmark = pytest.mark.django_db
SOUND = bytes(range(100))


@pytest.fixture
def photo():
    prepared = Prepared(AttachmentKind.PHOTO, "image/jpeg", b"the photo", b"small", 640, 480)
    return keep(prepared, owner="case:1", part="report")


@pytest.fixture
def voice():
    return keep(Prepared(AttachmentKind.VOICE, "audio/mp4", SOUND), owner="case:1", part="report")


def get(attachment, *, thumbnail=False, range_header=None):
    headers = {"range": range_header} if range_header else {}
    request = RequestFactory().get("/file", headers=headers)
    return serve(request, attachment, thumbnail=thumbnail)


def body(response):
    return b"".join(response) if response.streaming else response.content


def test_a_photo_is_shown_in_the_page_and_stored_by_nobody(photo):
    response = get(photo)
    assert response.status_code == 200
    assert body(response) == b"the photo"
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Length"] == "9"
    assert response["Content-Disposition"].startswith("inline")
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_its_thumbnail_is_sent_where_asked_for(photo):
    assert body(get(photo, thumbnail=True)) == b"small"


def test_a_voice_message_has_no_thumbnail_and_sends_itself(voice):
    response = get(voice, thumbnail=True)
    assert body(response) == SOUND
    assert response["Content-Type"] == "audio/mp4"
    assert response["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "sent", "said"),
    [
        ("bytes=0-1", SOUND[:2], "bytes 0-1/100"),
        ("bytes=0-", SOUND, "bytes 0-99/100"),
        ("bytes=90-", SOUND[90:], "bytes 90-99/100"),
        ("bytes=90-500", SOUND[90:], "bytes 90-99/100"),
        ("bytes=-10", SOUND[90:], "bytes 90-99/100"),
        ("bytes=-500", SOUND, "bytes 0-99/100"),
        ("bytes=99-99", SOUND[99:], "bytes 99-99/100"),
    ],
)
def test_the_part_that_safari_asks_for_is_sent(voice, asked, sent, said):
    response = get(voice, range_header=asked)
    assert response.status_code == 206
    assert body(response) == sent
    assert response["Content-Range"] == said
    assert response["Content-Type"] == "audio/mp4"
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(voice, asked):
    response = get(voice, range_header=asked)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */100"
    assert body(response) == b""


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,4-5", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=٣-٤"]
)
def test_any_other_range_is_answered_with_the_whole(voice, asked):
    response = get(voice, range_header=asked)
    assert response.status_code == 200
    assert body(response) == SOUND


def test_a_file_that_is_gone_is_not_found_and_the_operator_is_told(photo, media, caplog):
    for path in media.rglob("*.jpg"):
        path.unlink()
    with pytest.raises(Http404):
        get(photo)
    assert str(photo.pk) in caplog.text
