"""Collecting styles, scripts and pictures where the web server compresses and caches them."""

import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from mashang import __version__

STAMP = ".collected"


def _fingerprint() -> str:
    """What all static files of all packages are: their paths, sizes and times."""
    seen = [__version__]
    for finder in get_finders():
        for path, storage in finder.list([]):
            changed = storage.get_modified_time(path).timestamp()
            seen.append(f"{path} {storage.size(path)} {changed}")
    return hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()


def are_collected() -> bool:
    """Whether what was collected is what the packages hold now."""
    stamp = settings.STATIC_ROOT / STAMP
    return stamp.is_file() and stamp.read_text() == _fingerprint()


def collect() -> None:
    """Collect anew. What older pages refer to stays, for they may still be open somewhere."""
    call_command("collectstatic", interactive=False, verbosity=0)
    (settings.STATIC_ROOT / STAMP).write_text(_fingerprint())
