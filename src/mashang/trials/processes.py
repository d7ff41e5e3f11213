"""Trial work in processes of its own, begun at the same moment, its result handed back as JSON.

A job is a function of this package whose first argument is `ready`: it prepares itself, calls
`ready()`, which returns when all jobs may begin, and returns what JSON can carry.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from mashang.trials.scratch import Scratch
from mashang.trials.stopping import unbroken

Ready = Callable[[], None]
PACKAGE = "mashang.trials."


class Failed(Exception):
    """A job ended without a result; its own words went to stderr."""


class Job:
    """`mashang.trials.<name>`, such as `intake.file_reports`, running with these arguments."""

    def __init__(self, scratch: Scratch, name: str, **arguments: Any):
        self._name, self._arguments, self._scratch = name, arguments, scratch
        self._process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self) -> None:
        self._read()

    def begin(self) -> None:
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write("begin\n")
        self._process.stdin.flush()

    def result(self) -> Any:
        """What the job returned, as soon as it did."""
        result = self._read()
        self._process.wait()
        return result

    def _read(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"{self._name} ended with exit code {self._process.wait()}")
        return json.loads(line)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> "Job":
        try:
            with unbroken():
                self._process = subprocess.Popen(  # noqa: S603 (our own command line)
                    [sys.executable, "-m", __name__, self._name, json.dumps(self._arguments)],
                    env=self._scratch.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
        except KeyboardInterrupt:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def together(scratch: Scratch, name: str, arguments: Sequence[dict[str, Any]]) -> list[Any]:
    """Run one job with each of `arguments` at the same time; their results."""
    with ExitStack() as stack:
        jobs = [stack.enter_context(Job(scratch, name, **each)) for each in arguments]
        for job in jobs:
            job.wait_until_ready()
        for job in jobs:
            job.begin()
        return [job.result() for job in jobs]


def alone(scratch: Scratch, name: str, **arguments: Any) -> Any:
    """Run one job; its result."""
    return together(scratch, name, [arguments])[0]


def _say(result: Any) -> None:
    os.write(_answers, json.dumps(result).encode() + b"\n")


def _ready() -> None:
    _say("ready")
    if not sys.stdin.readline():
        raise SystemExit("whoever started this job is gone")


def _run() -> None:
    """The child's side."""
    import django  # noqa: PLC0415 (only the child sets Django up anew)

    django.setup()
    module, _dot, function = sys.argv[1].rpartition(".")
    _say(getattr(import_module(PACKAGE + module), function)(_ready, **json.loads(sys.argv[2])))


if __name__ == "__main__":
    # Whatever a library prints must not come between the answers.
    _answers = os.dup(1)
    os.dup2(2, 1)
    _run()
