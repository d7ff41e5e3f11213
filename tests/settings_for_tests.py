"""The product's own settings, with fixed keys and a database that the environment may choose."""

import atexit
import os
import shutil
import tempfile

DEFAULTS = {
    "MASHANG_MODE": "test",
    "MASHANG_SECRET_KEY": "a-fixed-secret-for-tests-0123456789-abcdefghijklmnop",
    "MASHANG_FIELD_KEYS": "t1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "MASHANG_INDEX_KEY": "another-fixed-secret-for-tests-0123456789",
}
if "MASHANG_DATA_DIR" not in os.environ:
    folder = tempfile.mkdtemp(prefix="mashang-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    DEFAULTS["MASHANG_DATA_DIR"] = folder
for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)

from mashang.config.settings import *  # noqa: E402, F403
from mashang.config.settings import DATA_DIR, DATABASES, STATIC_ROOT  # noqa: E402

if "init_command" in (options := DATABASES["default"]["OPTIONS"]):
    # A file and not memory: threads and real processes share it, as they do in a city. What a
    # power cut would lose no test needs.
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Or every test's first visit looks through all static files anew.
WHITENOISE_AUTOREFRESH = True
