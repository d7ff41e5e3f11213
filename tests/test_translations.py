"""Every text that a person may see is there in English too, with the same gaps to fill."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from need import find
from running import ROOT

PACKAGE = ROOT / "src" / "mashang"
PO = Path("locale", "en", "LC_MESSAGES", "django.po")
# %(count)d, %s, %%, {number}
GAP = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")


@pytest.fixture(scope="module")
def gathered(tmp_path_factory) -> Catalog:
    """The committed translations after `make messages` on a copy of today's sources."""
    if find("gettext") is None:
        pytest.fail("gettext is not here; on Debian: apt-get install gettext", pytrace=False)
    copy = tmp_path_factory.mktemp("sources") / "mashang"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    (copy / "locale").mkdir(exist_ok=True)
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale=en", "--no-obsolete"],
        cwd=copy,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    with (copy / PO).open("rb") as file:
        return read_po(file)


def texts(message: Message) -> list[tuple[str, str]]:
    """(Chinese, English) of each form of a message."""
    if not message.pluralizable:
        return [(message.id, message.string)]
    return [(message.id[-1], form) for form in message.string]


def test_there_are_texts(gathered):
    assert len(gathered) > 100


def test_every_text_has_an_english_one(gathered):
    missing = [
        chinese
        for message in gathered
        for chinese, english in texts(message)
        if chinese and (message.fuzzy or not english)
    ]
    assert missing == [], f"{len(missing)} texts; `make messages` gathers them into {PO}"


def test_every_english_text_has_the_same_gaps(gathered):
    differing = [
        (chinese, english)
        for message in gathered
        for chinese, english in texts(message)
        if chinese and english and set(GAP.findall(chinese)) != set(GAP.findall(english))
    ]
    assert differing == []


def test_no_english_text_still_speaks_chinese(gathered):
    assert [
        english
        for message in gathered
        for _chinese, english in texts(message)
        if re.search(r"[\u3400-\u9fff]", english)
    ] == []


def test_nothing_stands_in_the_file_that_no_page_says_any_more(gathered):
    with (PACKAGE / PO).open("rb") as file:
        committed = read_po(file)
    assert {message.id for message in committed} == {message.id for message in gathered}
    assert not committed.obsolete
