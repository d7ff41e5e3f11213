"""Scripts run as real processes on the database that the test itself looks at."""

import json
import os
import subprocess
import sys
from pathlib import Path

from running import url_of_test_database

ROOT = Path(__file__).resolve().parents[1]
SETUP = """
import json, os, signal, sys
import django
django.setup()
"""


class Processes:
    """On the test's own database, which must be a transactional one; `folder` is theirs alone."""

    def __init__(self, folder: Path):
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings_for_tests",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
            "MASHANG_DATA_DIR": str(folder),
            "MASHANG_DATABASE_URL": url_of_test_database(),
        }
        self.started: list[subprocess.Popen[str]] = []

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
