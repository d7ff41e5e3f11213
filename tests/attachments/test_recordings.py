"""Voice messages: which are taken, and how long they may be."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.attachments import containers
from mashang.attachments.checking import Rejected, check_voice
from mashang.attachments.models import AttachmentKind
from pictures import a_heic, a_pdf, a_photo
from recordings import RECORDINGS, amr, mp3, mp4, mp4_in_fragments, ogg, wav, webm


def check(content):
    return check_voice(BytesIO(content))


@pytest.mark.parametrize("media_type", RECORDINGS)
def test_a_recording_is_known_by_its_bytes_and_kept_as_it_is(media_type):
    content = RECORDINGS[media_type](12)
    prepared = check(content)
    assert prepared.kind == AttachmentKind.VOICE
    assert prepared.media_type == media_type
    assert prepared.content == content
    assert prepared.thumbnail == b""


@pytest.mark.parametrize("media_type", RECORDINGS)
@pytest.mark.parametrize("seconds", [0.5, 12, 59, 63.5])
def test_its_length_is_read_from_the_container(media_type, seconds):
    recording = containers.identify(RECORDINGS[media_type](seconds))
    assert recording.seconds == pytest.approx(seconds, abs=1)


@pytest.mark.parametrize("media_type", RECORDINGS)
def test_a_minute_and_a_little_is_taken(media_type):
    assert check(RECORDINGS[media_type](64)).media_type == media_type


@pytest.mark.parametrize("media_type", RECORDINGS)
def test_longer_than_that_is_refused_with_the_limit(media_type):
    with pytest.raises(Rejected, match="一分钟以内"):
        check(RECORDINGS[media_type](67))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (mp3(), "audio/mpeg"),
        (mp3(is_tagged=True), "audio/mpeg"),
        (mp4(0), "audio/mp4"),
        (mp4(2**32 / 1000 - 0.001), "audio/mp4"),
    ],
)
def test_one_that_does_not_tell_its_length_is_bounded_by_its_size(content, media_type, settings):
    assert containers.identify(content).seconds is None
    assert check(content).media_type == media_type
    settings.VOICE_LIMIT = len(content) - 1
    with pytest.raises(Rejected, match="一分钟以内"):
        check(content)


@pytest.mark.parametrize(
    "content",
    [
        mp4(10, version=1),
        mp4(10, is_header_last=True),
        mp4(10, brand=b"iso5"),
        mp4(10, handlers=(b"soun", b"text")),
        amr(10, is_wide=True),
        wav(10, is_streamed=True),
        webm(3, duration=10),
        mp4_in_fragments(10),
        mp4_in_fragments(10, version=0),
    ],
)
def test_the_other_ways_to_say_ten_seconds_are_read_too(content):
    assert containers.identify(content).seconds == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    "content",
    [
        webm(5, tracks=(1, 2)),
        webm(5, tracks=(1,)),
        webm(5, tracks=()),
        webm(5, doctype=b"matroska"),
        mp4(5, handlers=(b"vide", b"soun")),
        mp4(5, handlers=()),
        ogg(5, codec=b"\x01vorbis"),
        ogg(5, streams=2),
        ogg(5) + b"something else",
        wav(5).replace(b"fmt \x10\0", b"LIST\xff\xff"),
        wav(5).replace(b"fmt \x10\0\0\0\x01", b"fmt \x10\0\0\0\x03"),
        a_heic(),
        a_pdf(),
        a_photo(),
        b"MZ" + b"\0" * 300,
        b"\xff\xfb",
        b"ID3",
        b"ID3\x04\0\0\0\0\0\0<html>",
        b"<html><script>alert(1)</script></html>",
        "只有文字".encode(),
    ],
)
def test_films_and_everything_else_are_refused_with_advice(content):
    with pytest.raises(Rejected, match="不是录音"):
        check(content)


def test_one_in_fragments_is_refused_beyond_a_minute_too():
    with pytest.raises(Rejected, match="一分钟以内"):
        check(mp4_in_fragments(67))


def test_an_empty_recording_is_refused():
    with pytest.raises(Rejected, match="空的"):
        check(b"")


@given(st.data())
def test_a_damaged_recording_is_taken_or_refused_and_never_crashes(data):
    makers = [*RECORDINGS.values(), mp4_in_fragments]
    content = bytearray(data.draw(st.sampled_from(makers))(2)[:400])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    try:
        recording = containers.identify(bytes(content))
    except containers.Unknown:
        return
    assert recording.media_type.startswith("audio/")
