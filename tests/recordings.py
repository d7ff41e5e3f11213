"""Tiny recordings, byte by byte: as long as they say, with silence or nothing inside."""

import struct
import wave
from io import BytesIO

UNKNOWN_SIZE = b"\x01" + b"\xff" * 7


def _element(name: str, content: bytes) -> bytes:
    return bytes.fromhex(name) + struct.pack(">Q", 1 << 56 | len(content)) + content


def _folder_of_unknown_size(name: str, content: bytes) -> bytes:
    return bytes.fromhex(name) + UNKNOWN_SIZE + content


def webm(seconds: float, *, tracks=(2,), doctype=b"webm", duration: float | None = None) -> bytes:
    """As a browser writes it live: no sizes, no duration, a cluster each five seconds."""
    info = _element("2AD7B1", struct.pack(">I", 1_000_000))
    if duration is not None:
        info += _element("4489", struct.pack(">d", duration * 1000))
    entries = b"".join(_element("AE", _element("83", bytes([kind]))) for kind in tracks)
    body = _element("1549A966", info) + _element("1654AE6B", entries)
    for start in range(0, int(seconds * 1000) + 1, 5000):
        blocks = _element("E7", struct.pack(">I", start))
        for at in range(0, min(5000, int(seconds * 1000) - start) + 1, 1000):
            blocks += _element("A3", b"\x81" + struct.pack(">hB", at, 0x80) + b"opus")
        body += _folder_of_unknown_size("1F43B675", blocks)
    head = _element("1A45DFA3", _element("4282", doctype))
    return head + _folder_of_unknown_size("18538067", body)


def _page(content: bytes, granule: int, *, flags=0) -> bytes:
    return (
        b"OggS\0"
        + bytes([flags])
        + struct.pack("<qIII", granule, 7, 0, 0)
        + bytes([1, len(content)])
        + content
    )


def ogg(seconds: float, *, codec=b"OpusHead", streams=1) -> bytes:
    starts = _page(codec + b"\x01\x01" + b"\0" * 9, 0, flags=2) * streams
    return starts + _page(b"OpusTags", 0) + _page(b"opus", int(seconds * 48_000), flags=4)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def mp4(
    seconds: float, *, handlers=(b"soun",), version=0, brand=b"M4A ", is_header_last=False
) -> bytes:
    form = ">IQQIQ" if version else ">IIIII"
    mvhd = struct.pack(form, version << 24, 0, 0, 1000, int(seconds * 1000)) + b"\0" * 80
    tracks = b"".join(
        _box(b"trak", _box(b"tkhd", b"\0" * 84) + _box(b"mdia", _box(b"hdlr", b"\0" * 8 + handler)))
        for handler in handlers
    )
    moov = _box(b"moov", _box(b"mvhd", mvhd) + tracks)
    mdat = _box(b"mdat", b"\x21\x00\x49\x90" * 50)
    ftyp = _box(b"ftyp", brand + b"\0\0\0\0mp42")
    return ftyp + (mdat + moov if is_header_last else moov + mdat)


def mp4_in_fragments(seconds: float, *, version=1) -> bytes:
    """As browsers record it: no length in the headers, a fragment each second that tells its
    start in 48,000ths."""
    silent = struct.pack(">IIIII", 0, 0, 0, 1000, 0) + b"\0" * 80
    media = _box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 48_000, 0, 0))
    media += _box(b"hdlr", b"\0" * 8 + b"soun")
    content = _box(b"ftyp", b"iso5\0\0\0\0mp42")
    content += _box(b"moov", _box(b"mvhd", silent) + _box(b"trak", _box(b"mdia", media)))
    for start in range(int(seconds) + 1):
        tfdt = struct.pack(">IQ" if version else ">II", version << 24, start * 48_000)
        fragment = _box(b"traf", _box(b"tfhd", b"\0" * 8) + _box(b"tfdt", tfdt))
        content += _box(b"moof", _box(b"mfhd", b"\0" * 8) + fragment) + _box(b"mdat", b"\x21" * 50)
    return content


def amr(seconds: float, *, is_wide=False) -> bytes:
    head, frame = (
        (b"#!AMR-WB\n", b"\x44" + b"\0" * 60) if is_wide else (b"#!AMR\n", b"\x3c" + b"\0" * 31)
    )
    return head + frame * int(seconds * 50)


def wav(seconds: float, *, is_streamed=False) -> bytes:
    written = BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * int(seconds * 8000))
    content = written.getvalue()
    if is_streamed:
        return content.replace(b"data" + content[40:44], b"data\xff\xff\xff\xff", 1)
    return content


def mp3(*, is_tagged=False) -> bytes:
    frame = b"\xff\xfb\x50\x00" + b"\0" * 204
    tag = b"ID3\x04\0\0" + bytes([0, 0, 1, 0]) + b"\0" * 128
    return (tag if is_tagged else b"") + frame * 20


RECORDINGS = {
    "audio/webm": webm,
    "audio/ogg": ogg,
    "audio/mp4": mp4,
    "audio/amr": amr,
    "audio/wav": wav,
}
