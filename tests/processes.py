"""Scripts run as real processes on one database that all of them and the test see."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
SETUP = """
import json, os, signal, sys
import django
django.setup()
"""
CREATE = """
from django.apps import apps
from django.db import connection
with connection.schema_editor() as editor:
    for label in sys.argv[1:]:
        editor.create_model(apps.get_model(label))
"""


def _address_of_postgresql() -> str:
    known = connection.settings_dict
    user = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
    place = f"{quote(known['HOST'] or 'localhost', safe='')}:{known['PORT'] or 5432}"
    return f"postgres://{user}@{place}/{known['NAME']}"


class Processes:
    """On PostgreSQL the test's own database, which must be a transactional one; on SQLite a new
    file in `folder` with the tables of `models` (such as "core.Hit") alone."""

    def __init__(self, folder: Path, models: Sequence[str]):
        is_shared = connection.vendor == "postgresql"
        address = (
            _address_of_postgresql() if is_shared else f"sqlite:///{folder / 'shared.sqlite3'}"
        )
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings_for_tests",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
            "MASHANG_DATA_DIR": str(folder),
            "MASHANG_DATABASE_URL": address,
        }
        self.started: list[subprocess.Popen[str]] = []
        if not is_shared:
            self.run(CREATE, *models)

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SETUP + script, *arguments],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, script: str, *arguments: str, returncode: int = 0) -> object:
        """What the script printed as JSON, or None."""
        process = self.start(script, *arguments)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == returncode
        return json.loads(output) if output.strip() else None

    def race(self, script: str, *arguments: str, times: int) -> list[object]:
        """What each of `times` processes printed, all let go at the same moment.

        The script must print a line and read one before it begins: `print(flush=True); input()`.
        """
        racers = [self.start(script, str(n), *arguments) for n in range(times)]
        for racer in racers:
            assert racer.stdout.readline() == "\n"
        for racer in racers:
            racer.stdin.write("\n")
            racer.stdin.flush()
        printed = [racer.communicate(timeout=60)[0] for racer in racers]
        assert [racer.returncode for racer in racers] == [0] * times
        return [json.loads(text) for text in printed]

    def stop(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
