"""Databases made for one trial and thrown away, and the environment that leads to them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from mashang.trials.stopping import unbroken

SOURCE = Path(__file__).resolve().parents[2]
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "mashang.config.settings",
    "MASHANG_MODE": "demo",
    "MASHANG_TRUSTED_PROXIES": "127.0.0.0/8",
    "MASHANG_SECRET_KEY": "only-for-trials-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
    "MASHANG_FIELD_KEYS": "trial:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "MASHANG_INDEX_KEY": "only-for-trials-too-0123456789-abcdefghijkl",
}


@dataclass(frozen=True)
class Scratch:
    """One empty installation: a database, a folder for its files, settings of its own."""

    name: str
    url: str
    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def is_for_a_city(self) -> bool:
        """Whether a whole city would run on this database; SQLite serves a township."""
        return self.url.startswith("postgres")

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to run in this installation, and nothing of the one around it."""
        outer = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        return {
            **outer,
            **SETTINGS,
            "PYTHONPATH": os.pathsep.join([str(SOURCE), outer.get("PYTHONPATH", "")]),
            "MASHANG_DATA_DIR": str(self.folder),
            "MASHANG_DATABASE_URL": self.url,
            **self.more,
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line of a `mashang` sub-command in this installation."""
        return [sys.executable, "-m", "mashang.cli", *arguments]

    @contextmanager
    def running(self, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
        """A sub-command that goes on until it is told to stop, as it is at the end. Not by Popen's
        own `with`, which after Ctrl-C waits a quarter of a second and no more, and not by SIGINT,
        which whatever was begun in the background ignores until it sets a handler."""
        process = None
        try:
            with unbroken():
                process = subprocess.Popen(  # noqa: S603 (our own command line)
                    self.command(*arguments), env=self.environment, stdout=subprocess.DEVNULL
                )
            yield process
        finally:
            if process is not None:
                process.terminate()
                process.wait()


def _is_ours(name: str) -> bool:
    return name.startswith("MASHANG_") or name == "DJANGO_SETTINGS_MODULE"


@contextmanager
def sqlite(like: Scratch | None = None) -> Iterator[Scratch]:
    """A database file of its own; what `like` holds is in it."""
    with _folder(like) as folder:
        yield Scratch("SQLite", f"sqlite:///{folder / 'trial.sqlite3'}", folder)


@contextmanager
def postgresql(server: str, like: Scratch | None = None) -> Iterator[Scratch]:
    """A database of its own on the server whose URL is given, dropped at the end."""
    name = f"mashang_trial_{uuid4().hex[:12]}"
    template = urlsplit(like.url).path.lstrip("/") if like else "template1"
    with psycopg.connect(server, autocommit=True) as connection:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        with _folder(like) as folder:
            url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
            yield Scratch("PostgreSQL", url, folder)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


@contextmanager
def _folder(like: Scratch | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mashang-trial-") as folder:
        if like:
            shutil.copytree(like.folder, folder, dirs_exist_ok=True)
        yield Path(folder)
