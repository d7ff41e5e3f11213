"""What kind of recording a file is, and how long, by its bytes alone.

Phones record with the browser's MediaRecorder (WebM or Ogg with Opus, MP4 with AAC on Apple) or
with a recorder of their own (MP3, AMR, WAV). A container's own word about its length is read
where it gives one; the sound is not decoded. Formats: RFC 8794 and the Matroska element list
(WebM), RFC 3533 and RFC 7845 (Ogg Opus), ISO/IEC 14496-12 (MP4), RFC 4867 (AMR).
"""

import struct
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

# What reading beyond the end, or a nonsensical number, raises; the last three come from `wave`.
BROKEN = (struct.error, IndexError, ZeroDivisionError, EOFError, RuntimeError, wave.Error)


class Unknown(ValueError):
    """The bytes are no recording of a kind that is taken."""


@dataclass(frozen=True)
class Recording:
    """A recording's media type and its length in seconds, None where only decoding would tell."""

    media_type: str
    seconds: float | None


def identify(content: bytes) -> Recording:
    """The recording that `content` is; raises Unknown."""
    media_type = _media_type(content)
    read_length = LENGTHS.get(media_type)
    try:
        return Recording(media_type, read_length(content) if read_length else None)
    except BROKEN as error:
        raise Unknown(f"a broken {media_type}") from error


def _media_type(content: bytes) -> str:
    if content.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in content[:64]:
        return "audio/webm"
    if content.startswith(b"OggS") and b"OpusHead" in content[:64]:
        return "audio/ogg"
    if content[4:8] == b"ftyp":
        return "audio/mp4"
    if content.startswith((AMR, AMR_WIDE)):
        return "audio/amr"
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return "audio/wav"
    if _is_mp3(content):
        return "audio/mpeg"
    raise Unknown("no known beginning")


# WebM: elements of an id, a size and content, nested. ------------------------------------------

SEGMENT, INFO, TRACKS, TRACK_ENTRY = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE
CLUSTER, BLOCK_GROUP = 0x1F43B675, 0xA0
TIMESTAMP_SCALE, DURATION, CLUSTER_TIMESTAMP = 0x2AD7B1, 0x4489, 0xE7
TRACK_TYPE, SIMPLE_BLOCK, BLOCK = 0x83, 0xA3, 0xA1
FOLDERS = {SEGMENT, INFO, TRACKS, TRACK_ENTRY, CLUSTER, BLOCK_GROUP}
SOUND_TRACK = 2


def _number(content: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """An EBML number at `at` and where it ends; the zero bits in front tell its width."""
    width = 9 - content[at].bit_length()
    if width > 8:
        raise Unknown("a broken EBML number")
    value = int.from_bytes(content[at : at + width], "big")
    return value if keep_marker else value & (1 << 7 * width) - 1, at + width


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each element that holds a value, in order. Browsers leave the sizes of the folders open,
    so folders are entered and never measured."""
    at = 0
    while at < len(content):
        name, at = _number(content, at, keep_marker=True)
        size, at = _number(content, at, keep_marker=False)
        if name not in FOLDERS:
            yield name, content[at : at + size]
            at += size


def _webm_seconds(content: bytes) -> float:
    tick, cluster, last, track_types = 1_000_000, 0, 0.0, set()
    for name, value in _elements(content):
        if name == TIMESTAMP_SCALE:
            tick = int.from_bytes(value, "big")
        elif name == DURATION:
            last = max(last, struct.unpack(">d" if len(value) == 8 else ">f", value)[0])
        elif name == CLUSTER_TIMESTAMP:
            cluster = int.from_bytes(value, "big")
        elif name == TRACK_TYPE:
            track_types.add(int.from_bytes(value, "big"))
        elif name in (SIMPLE_BLOCK, BLOCK):
            _track, after = _number(value, 0, keep_marker=False)
            last = max(last, cluster + struct.unpack_from(">h", value, after)[0])
    if track_types != {SOUND_TRACK}:
        raise Unknown("a WebM without sound, or with more than sound")
    return last * tick / 1e9


# Ogg: pages, each with the number of the last sample in it. --------------------------------------

FIRST_PAGE = 2
OPUS_RATE = 48_000  # always, whatever was recorded (RFC 7845 §4)


def _ogg_seconds(content: bytes) -> float:
    at, last, streams = 0, 0, 0
    while at < len(content):
        if content[at : at + 4] != b"OggS":
            raise Unknown("something else between the pages")
        streams += bool(content[at + 5] & FIRST_PAGE)
        last = max(last, struct.unpack_from("<q", content, at + 6)[0])
        segments = content[at + 26]
        at += 27 + segments + sum(content[at + 27 : at + 27 + segments])
    if streams != 1:
        raise Unknown("an Ogg with more than one stream")
    return last / OPUS_RATE


# MP4: boxes of a size, a name and content, nested. -----------------------------------------------

BOX_FOLDERS = {b"moov", b"trak", b"mdia", b"moof", b"traf"}


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", content, at + 8)[0], 16
        end = at + size if size else len(content)
        if end < at + head:
            raise Unknown("a broken MP4 box")
        if name in BOX_FOLDERS:
            at += head
        else:
            yield name, content[at + head : end]
            at = end


def _mp4_seconds(content: bytes) -> float | None:
    """The movie header's length, or where browsers write in fragments the last one's start; None
    where neither is told."""
    seconds, ticks, handlers = 0.0, 1, set()
    for name, value in _boxes(content):
        if name in (b"mvhd", b"mdhd"):
            at, form, unsaid = (20, ">IQ", 2**64 - 1) if value[0] else (12, ">II", 2**32 - 1)
            ticks, duration = struct.unpack_from(form, value, at)
            seconds = max(seconds, 0.0 if duration == unsaid else duration / ticks)
        elif name == b"tfdt":
            start = struct.unpack_from(">Q" if value[0] else ">I", value, 4)[0]
            seconds = max(seconds, start / ticks)
        elif name == b"hdlr":
            handlers.add(value[8:12])
    if b"soun" not in handlers or b"vide" in handlers:
        raise Unknown("an MP4 without sound, or with a film")
    return seconds or None


# AMR: frames of 20 ms, each naming its mode. -----------------------------------------------------

AMR, AMR_WIDE = b"#!AMR\n", b"#!AMR-WB\n"
AMR_BYTES = (13, 14, 16, 18, 20, 21, 27, 32, 6)
AMR_WIDE_BYTES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6)


def _amr_seconds(content: bytes) -> float:
    wide = content.startswith(AMR_WIDE)
    sizes = AMR_WIDE_BYTES if wide else AMR_BYTES
    at, frames = len(AMR_WIDE if wide else AMR), 0
    while at < len(content):
        mode = content[at] >> 3 & 0x0F
        at += sizes[mode] if mode < len(sizes) else 1  # a lost frame is its first byte alone
        frames += 1
    return frames * 0.02


# WAV and MP3. ------------------------------------------------------------------------------------


def _wav_seconds(content: bytes) -> float:
    with wave.open(BytesIO(content)) as sound:
        # A recorder that streams cannot know the length and claims the most there can be.
        frame = sound.getnchannels() * sound.getsampwidth()
        return min(sound.getnframes(), len(content) // frame) / sound.getframerate()


ID3_HEAD = 10


def _is_mp3(content: bytes) -> bool:
    """Whether a frame header of MPEG audio layer III stands at the start or after an ID3 tag."""
    at = 0
    if content.startswith(b"ID3") and len(content) > ID3_HEAD:
        size = 0
        for byte in content[6:ID3_HEAD]:
            size = size << 7 | byte & 0x7F
        at = ID3_HEAD + size
    head = content[at : at + 3]
    return (
        len(head) == 3
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2  # synchronised, layer III
        and head[1] >> 3 & 0x03 != 1  # no reserved version
        and head[2] >> 4 not in (0, 15)  # a bit rate
        and head[2] >> 2 & 0x03 != 3  # a sampling rate
    )


LENGTHS: dict[str, Callable[[bytes], float | None]] = {
    "audio/webm": _webm_seconds,
    "audio/ogg": _ogg_seconds,
    "audio/mp4": _mp4_seconds,
    "audio/amr": _amr_seconds,
    "audio/wav": _wav_seconds,
}
