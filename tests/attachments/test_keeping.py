"""Keeping files: on the disk before the row, once, no more than allowed, and nothing by halves."""

import errno
import os
import signal
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from mashang.attachments import files, queries
from mashang.attachments.actions import TooMany, TooManyPhotos, adopt, discard, keep, sweep_drafts
from mashang.attachments.checking import Prepared, check_photo
from mashang.attachments.files import StorageFailed, StorageFull
from mashang.attachments.models import Attachment, AttachmentKind
from mashang.core.loops import Worker
from pictures import a_photo

pytestmark = pytest.mark.django_db

OWNER = "draft:abc"
DAY_AND_MORE = timedelta(hours=24, minutes=1)
TWO_HOURS = timedelta(hours=2)


def photo(seed=0, *, content=None):
    content = content or f"photo {seed}".encode()
    return Prepared(AttachmentKind.PHOTO, "image/jpeg", content, b"thumbnail", 640, 480)


def voice(seed=0):
    return Prepared(AttachmentKind.VOICE, "audio/webm", f"voice {seed}".encode())


def keep_draft(prepared, owner=OWNER):
    return keep(prepared, owner=owner, part="report")


def rows():
    return Attachment.objects.order_by("kind", "number")


def test_a_photo_lies_in_its_folder_with_its_thumbnail_and_a_row_that_describes_it(media):
    prepared = check_photo(BytesIO(a_photo()))
    kept = keep_draft(prepared)
    folder = media / kept.pk.hex[:2]
    assert (folder / f"{kept.pk}.jpg").read_bytes() == prepared.content
    assert (folder / f"{kept.pk}.small.jpg").read_bytes() == prepared.thumbnail
    row = Attachment.objects.get()
    assert (row.owner, row.part, row.kind, row.number) == (OWNER, "report", "photo", 1)
    assert (row.width, row.height, row.size) == (640, 480, len(prepared.content))
    assert row.digest == prepared.digest


def test_a_voice_message_is_one_file(kept_files):
    kept = keep_draft(voice())
    assert kept_files() == [f"{kept.pk}.webm"]


def test_only_the_service_itself_may_look_into_the_folders(media):
    kept = keep_draft(photo())
    assert (media / kept.pk.hex[:2]).stat().st_mode & 0o077 == 0


def test_the_same_file_twice_is_kept_once(kept_files):
    first = keep_draft(photo())
    before = kept_files()
    assert keep_draft(photo()).pk == first.pk
    assert kept_files() == before
    assert Attachment.objects.count() == 1


def test_the_same_file_of_another_owner_or_part_is_another(kept_files):
    keep_draft(photo())
    keep_draft(photo(), owner="draft:other")
    keep(photo(), owner=OWNER, part="entry:2")
    assert Attachment.objects.count() == 3
    assert len(kept_files()) == 6


def test_nine_photos_and_a_voice_message_are_taken_and_not_one_more(kept_files):
    for n in range(9):
        keep_draft(photo(n))
    keep_draft(voice())
    before = kept_files()
    with pytest.raises(TooManyPhotos, match="最多 9 张"):
        keep_draft(photo(9))
    with pytest.raises(TooMany, match="只能有一段录音"):
        keep_draft(voice(1))
    assert kept_files() == before
    assert [row.number for row in rows()] == [*range(1, 10), 1]
    assert keep_draft(photo(3)).number == 4  # the same again is no tenth


def test_a_place_that_was_freed_is_taken_again(django_capture_on_commit_callbacks):
    kept = [keep_draft(photo(n)) for n in range(9)]
    with django_capture_on_commit_callbacks(execute=True):
        discard(kept[4])
    assert keep_draft(photo(9)).number == 5


def test_a_file_removed_goes_from_the_disk_only_when_that_is_committed(
    kept_files, transactional_db
):
    kept = keep_draft(photo())
    with transaction.atomic():
        discard(kept)
        assert len(kept_files()) == 2
        transaction.set_rollback(True)
    assert len(kept_files()) == 2
    assert Attachment.objects.count() == 1
    discard(kept)
    assert kept_files() == []
    assert Attachment.objects.count() == 0


# The disk ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [0, 30_000])
def test_a_full_disk_is_told_and_nothing_is_left(small_disk, settings, room):
    """Without room for the photo, and with room for the photo but not for its thumbnail."""
    settings.MEDIA_ROOT = small_disk / "files"
    (small_disk / "ballast").write_bytes(b"x" * (100_000 - room))
    prepared = Prepared(AttachmentKind.PHOTO, "image/jpeg", b"p" * 35_000, b"t" * 60_000)
    with pytest.raises(StorageFull, match="存储空间满了"):
        keep_draft(prepared)
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
    assert Attachment.objects.count() == 0
    (small_disk / "ballast").unlink()
    assert keep_draft(prepared).size == 35_000


def test_a_disk_that_fails_otherwise_is_told_too(media):
    media.write_text("a file where the folder should be")
    with pytest.raises(StorageFailed, match="没有存下") as failure:
        keep_draft(photo())
    assert not isinstance(failure.value, StorageFull)
    assert Attachment.objects.count() == 0


def test_without_a_row_no_file_stays(kept_files, monkeypatch):
    def save(*_args, **_options):
        raise DatabaseError("gone")

    monkeypatch.setattr(Attachment, "save", save)
    with pytest.raises(DatabaseError, match="gone"):
        keep_draft(photo())
    assert kept_files() == []


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_file_that_cannot_be_made_to_last_is_not_kept(kept_files, monkeypatch, failing):
    def fail(*_args):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
    with pytest.raises(StorageFailed):
        keep_draft(photo())
    assert kept_files() == []
    assert Attachment.objects.count() == 0


PRELUDE = """
from pathlib import Path
from django.conf import settings
from mashang.attachments.actions import *
from mashang.attachments.models import Attachment, AttachmentKind

def photo(seed, size=20):
    content = str(seed).encode() * size
    return Prepared(AttachmentKind.PHOTO, "image/jpeg", content, b"t" * 10)

def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)
"""

LIMITED = (
    PRELUDE
    + """
import resource
from mashang.attachments.files import StorageFailed
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    keep(photo("x", 4_000_000), owner="draft:a", part="report")
except StorageFailed as failure:
    said = str(failure)
keep(photo("y"), owner="draft:a", part="report")
print(json.dumps([said, Attachment.objects.count()]))
"""
)


@pytest.fixture
def files_of(processes):
    """The files that the processes have kept."""
    folder = Path(processes.env["MASHANG_DATA_DIR"]) / "files"
    return lambda: sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_process_that_may_not_write_more_leaves_no_half_file(processes, files_of):
    said, count = processes.run(LIMITED)
    assert "没有存下" in said
    assert count == 1
    assert len(files_of()) == 2


KILLED = (
    PRELUDE
    + """
for n in range(256):  # so that the first sync is that of a file
    (Path(settings.MEDIA_ROOT) / f"{n:02x}").mkdir(parents=True)
keep(photo("before"), owner="case:1", part="report")
{where} = die
keep(photo("lost"), owner="case:1", part="report")
"""
)
SWEEP = (
    PRELUDE
    + """
import time_machine
from datetime import datetime, timedelta, timezone
later = datetime.now(timezone.utc) + timedelta(minutes=int(sys.argv[1]))
time_machine.travel(later).start()
print(json.dumps(sweep_drafts()))
"""
)


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ("os.fsync", 1),  # written, not yet named
        ("files._sync", 2),  # named, not yet safe
        ("Attachment.save", 2),  # safe, but without a row
    ],
)
def test_killed_between_file_and_row_leaves_nothing_that_the_sweep_does_not_remove(
    processes, files_of, where, left
):
    processes.run(KILLED.replace("{where}", where), returncode=-signal.SIGKILL)
    assert len(files_of()) == 2 + left
    assert processes.run(SWEEP, "50") == 0  # somebody may still be storing them
    assert processes.run(SWEEP, "70") == 1
    assert len(files_of()) == 2
    assert processes.run(SWEEP, "70") == 0


RACE = (
    PRELUDE
    + """
me = int(sys.argv[1])
print(flush=True)
input()
refused = 0
for n in range(4):
    for name in (f"the same {n % 2}", f"{me} {n}"):
        try:
            keep(photo(name), owner="case:1", part="report")
        except TooMany:
            refused += 1
print(json.dumps(refused))
"""
)


def test_racing_requests_keep_the_same_file_once_and_never_ten(processes, files_of):
    refused = processes.race(RACE, times=3)
    kept = rows()
    assert [row.number for row in kept] == list(range(1, 10))
    assert len({row.digest for row in kept}) == 9
    assert len(files_of()) == 18
    assert sum(refused) > 0


# Drafts -----------------------------------------------------------------------------------------


def test_a_case_adopts_a_draft_in_one_update(django_assert_num_queries, kept_files):
    for n in range(3):
        keep_draft(photo(n))
    keep_draft(voice())
    keep_draft(photo(), owner="draft:other")
    before = kept_files()
    with django_assert_num_queries(1):
        assert adopt(OWNER, "case:7", part="entry:4") == 4
    assert set(rows().filter(owner="case:7").values_list("part", flat=True)) == {"entry:4"}
    assert rows().filter(owner="draft:other", part="report").count() == 1
    assert kept_files() == before


def test_what_a_rolled_back_case_adopted_is_a_draft_again(transactional_db):
    keep_draft(photo())
    with transaction.atomic():
        adopt(OWNER, "case:7", part="report")
        transaction.set_rollback(True)
    assert rows().get().owner == OWNER


def test_a_draft_is_swept_after_a_day_and_a_case_never(kept_files):
    keep_draft(photo())
    kept = keep_draft(photo(), owner="case:1")
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        assert sweep_drafts() == 0
    with time_machine.travel(timezone.now() + DAY_AND_MORE):
        young = keep_draft(photo(), owner="draft:young")
        assert sweep_drafts() == 1
        assert sweep_drafts() == 0
    assert set(rows().values_list("pk", flat=True)) == {kept.pk, young.pk}
    assert {name.partition(".")[0] for name in kept_files()} == {str(kept.pk), str(young.pk)}
    assert len(kept_files()) == 4


def test_a_draft_that_a_case_adopts_while_the_sweep_runs_stays(monkeypatch, kept_files):
    for n in range(2):
        keep_draft(photo(n), owner=f"draft:{n}")
    really_remove = files.remove

    def remove(pk):
        """While the first is removed, a case adopts the second."""
        really_remove(pk)
        for n in range(2):
            adopt(f"draft:{n}", f"case:{n}", part="report")

    monkeypatch.setattr(files, "remove", remove)
    with time_machine.travel(timezone.now() + DAY_AND_MORE):
        assert sweep_drafts() == 1
    (left,) = rows()
    assert left.owner.startswith("case:")
    assert kept_files() == [f"{left.pk}.jpg", f"{left.pk}.small.jpg"]


def test_files_without_a_row_are_swept_after_an_hour_and_strange_ones_never(media, kept_files):
    kept = keep_draft(photo())
    folder = media / kept.pk.hex[:2]
    stray = "00000000-0000-4000-8000-000000000000"
    (media / "00").mkdir(exist_ok=True)
    for name in (f"{stray}.jpg", f"{stray}.small.jpg", f"{stray}.jpg.unfinished"):
        (media / "00" / name).write_bytes(b"stray")
    (folder / "README").write_text("put here by the operator")
    (media / "lost+found").mkdir()
    assert sweep_drafts() == 0
    with time_machine.travel(timezone.now() + TWO_HOURS):
        assert sweep_drafts() == 1
    assert kept_files() == sorted([f"{kept.pk}.jpg", f"{kept.pk}.small.jpg", "README"])


def test_the_sweep_asks_once_a_folder_however_many_files(django_assert_num_queries, media):
    folder = media / "ab"
    folder.mkdir(parents=True)
    for n in range(1200):
        (folder / f"ab000000-0000-4000-8000-{n:012d}.jpg").touch()
    with time_machine.travel(timezone.now() + TWO_HOURS), django_assert_num_queries(2):
        assert sweep_drafts() == 1200


def test_a_city_without_any_file_is_swept_in_peace():
    assert sweep_drafts() == 0


def test_the_worker_sweeps():
    assert sweep_drafts in [step.function for step in Worker().steps]


# Reading ----------------------------------------------------------------------------------------


def test_attachments_are_read_by_part_in_one_query(django_assert_num_queries):
    keep_draft(voice(), owner="case:1")
    for n in range(3):
        keep_draft(photo(n), owner="case:1")
    keep(photo(7), owner="case:1", part="entry:2")
    keep_draft(photo(8), owner="case:2")
    with django_assert_num_queries(1):
        parts = queries.grouped("case:1")
    assert [(row.kind, row.number) for row in parts["report"]] == [
        ("photo", 1),
        ("photo", 2),
        ("photo", 3),
        ("voice", 1),
    ]
    assert [row.part for row in parts["entry:2"]] == ["entry:2"]
    assert queries.of("case:1").count() == 5
    assert queries.of("case:1", "entry:2").count() == 1
    assert queries.grouped("case:3") == {}


def test_an_attachment_is_found_by_its_owner_alone():
    kept = keep_draft(photo(), owner="case:1")
    assert queries.find(kept.pk, owner="case:1") == kept
    assert queries.find(kept.pk, owner="case:2") is None


def test_every_kind_that_is_taken_has_an_ending():
    assert len(set(files.ENDINGS.values())) == len(files.ENDINGS)
