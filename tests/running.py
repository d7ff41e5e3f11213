"""The command `mashang` as real processes, on the database that the test itself looks at."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from mashang.operations import static_files

ROOT = Path(__file__).resolve().parents[1]


def url_of_test_database() -> str:
    """The address of the test's own database; what the test commits, processes see."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    user = quote(known["USER"]) + (f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else "")
    port = f":{known['PORT']}" if known["PORT"] else ""
    return f"postgres://{user}@{quote(known['HOST'], safe='')}{port}/{known['NAME']}"


class Running:
    """A `mashang` process, its stdout and stderr together as lines."""

    def __init__(self, arguments: tuple[str, ...], env: dict[str, str], folder: Path):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mashang.cli", *arguments],
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._is_silent = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self) -> None:
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._is_silent = True
            self._news.notify_all()

    def wait_for(self, words: str, *, within: float = 60) -> None:
        """Return once `words` were printed; fails when the process ends without them."""
        with self._news:
            self._news.wait_for(lambda: words in self.output or self._is_silent, within)
            assert words in self.output, f"{words!r} was not printed:\n{self.output}"

    def ends(self, *, within: float = 60) -> int:
        """The exit code, once the process has ended and all its output was read."""
        code = self.process.wait(within)
        self._reader.join(within)
        return code

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def clean_up(self) -> None:
        """Kill it with all its children, if the test left it running."""
        if self.process.poll() is None:
            for child in _descendants(self.pid):
                _kill(child)
            _kill(self.pid)
        self.ends()
        self.process.stdout.close()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def children(pid: int) -> dict[int, str]:
    """The processes that `pid` started and that live: their numbers and command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the program's name in brackets: its state, then its parent.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # it ended while we looked
    return found


def _descendants(pid: int) -> list[int]:
    found = list(children(pid))
    return found + [grandchild for child in found for grandchild in _descendants(child)]


class Mashang:
    """Runs `mashang` sub-commands on one database and folder."""

    def __init__(self, folder: Path, url: str):
        self.folder = folder
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings_for_tests",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
            "MASHANG_DATA_DIR": str(folder),
            "MASHANG_DATABASE_URL": url,
        }
        self.started: list[Running] = []

    def start(self, *arguments: str, **env: str) -> Running:
        running = Running(arguments, {**self.env, **env}, self.folder)
        self.started.append(running)
        return running

    def run(self, *arguments: str, **env: str) -> Running:
        """Start it and wait for its end."""
        running = self.start(*arguments, **env)
        running.ends()
        return running

    def collect_static_files(self) -> None:
        """What is left of `mashang prepare` where the tables are there; once for all tests."""
        if not static_files.are_collected():
            static_files.collect()
        shutil.copytree(settings.STATIC_ROOT, self.folder / "static")

    def clean_up(self) -> None:
        for running in self.started:
            running.clean_up()
