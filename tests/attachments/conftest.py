"""A folder for files, a disk that is really small, and forms as a browser sends them."""

import subprocess
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from processes import Processes


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """MEDIA_ROOT of this test, and FILE_UPLOAD_TEMP_DIR beside it."""
    settings.MEDIA_ROOT = tmp_path / "files"
    spool = tmp_path / "spool"
    spool.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(spool)
    yield settings.MEDIA_ROOT
    assert list(spool.iterdir()) == []


@pytest.fixture
def kept_files(media):
    """The names of all files that lie in MEDIA_ROOT."""

    def names():
        return sorted(path.name for path in Path(media).rglob("*") if path.is_file())

    return names


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 128 KB of its own; only root can have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    # Lazily: a test that failed may still hold a file open.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def sent():
    """A file as a browser sends it."""

    def make(name, content):
        return SimpleUploadedFile(name, content, "application/octet-stream")

    return make


@pytest.fixture
def processes(transactional_db, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()
