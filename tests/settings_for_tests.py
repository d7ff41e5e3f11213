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
