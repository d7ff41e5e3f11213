"""The product's own settings, with fixed keys and a database that the environment may choose."""

import os
import tempfile

DEFAULTS = {
    "MASHANG_MODE": "test",
    "MASHANG_SECRET_KEY": "a-fixed-secret-for-tests-0123456789-abcdefghijklmnop",
    "MASHANG_FIELD_KEYS": "t1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "MASHANG_INDEX_KEY": "another-fixed-secret-for-tests-0123456789",
    "MASHANG_DATA_DIR": tempfile.mkdtemp(prefix="mashang-test-"),
}
for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)

from mashang.config.settings import *  # noqa: E402, F403
