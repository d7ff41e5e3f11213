"""`mashang serve`: a web server and a worker, started, watched and stopped together.

This process only watches the two, so it loads neither Django nor the settings.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mashang.core.waking import Waker

COMMAND = (sys.executable, "-m", "mashang.cli")
FIRST_REST, LONGEST_REST = 1.0, 60.0  # seconds before a child that died is started again
IS_STEADY = 60.0  # one that ran this long begins again with the first rest
STOP_WITHIN = 25.0  # seconds that both have to finish what they are doing
STOPPING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class CannotListen(Exception):
    """The address is taken or is none of this machine's; its text says which."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Opened here, so that a taken port is found before anything starts, and
    nobody is turned away while the web server starts again. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        known = isinstance(error, OSError) and error.errno
        reason = os.strerror(known) if known else str(error)
        raise CannotListen(
            f"{host}:{port} 不能使用，可能已被占用 / cannot be listened at: {reason}"
        ) from None


def run_first(*command: str, env: Mapping[str, str]) -> int:
    """Run a sub-command to its end before anything is started; its exit code."""
    return subprocess.run([*COMMAND, *command], env=env, check=False).returncode  # noqa: S603


@dataclass
class Child:
    """A process that is to run until it is told to stop."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    keep: tuple[int, ...] = ()  # file descriptors that it inherits
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    rest: float = 0.0
    start_at: float | None = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Start it in a process group of its own: Ctrl-C at the terminal reaches it through us."""
        self.start_at, self.started_at = None, time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 (our own command line)
            self.command, env=self.env, pass_fds=self.keep, process_group=0
        )

    def look(self) -> None:
        """Start it if its time has come; if it died, say so and set the time."""
        now = time.monotonic()
        if self.process and self.process.poll() is not None:
            self.rest = (
                FIRST_REST
                if now - self.started_at > IS_STEADY
                else min(max(self.rest * 2, FIRST_REST), LONGEST_REST)
            )
            self.start_at = now + self.rest
            say(
                f"{self.name} 意外停止，{self.rest:.0f} 秒后重新启动 / "
                f"ended with {self.process.returncode}, starts again"
            )
            self.process = None
        if self.start_at is not None and now >= self.start_at:
            self.start()

    def stop(self, within: float) -> str:
        """Wait until it has finished, kill it after so many seconds; what happened, in words."""
        if self.process is None:
            return f"{self.name} 未在运行"
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"{self.name} 超时未停，已强行结束"
        return f"{self.name} 已停止"


class Supervisor:
    """Keeps its children running until a signal says stop."""

    def __init__(self, children: Sequence[Child]):
        self.children = children
        self._waker = Waker()
        self._is_stopping = False

    def run(self) -> int:
        for number in STOPPING_SIGNALS:
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, self._waker.wake)
        while not self._is_stopping:
            for child in self.children:
                child.look()
            self._waker.wait(self._until_next_start())
        self._stop_children()
        return 0

    def _stop(self, *_signal: object) -> None:
        self._is_stopping = True
        self._waker.wake()

    def _until_next_start(self) -> float | None:
        starts = [child.start_at for child in self.children if child.start_at is not None]
        return max(0.0, min(starts) - time.monotonic()) if starts else None

    def _stop_children(self) -> None:
        for child in self.children:
            if child.process:
                child.process.terminate()
        end = time.monotonic() + STOP_WITHIN
        say("；".join(child.stop(max(0.0, end - time.monotonic())) for child in self.children))


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def serve(listener: socket.socket, *options: str, env: Mapping[str, str]) -> int:
    """Run the web server on `listener` and a worker until a signal says stop; 0 then.

    `options` are further options of gunicorn.
    """
    host, port = listener.getsockname()[:2]
    say(f"正在服务 / serving: http://{f'[{host}]' if ':' in host else host}:{port}")
    web = (
        *(sys.executable, "-m", "gunicorn", "-c", "python:mashang.operations.gunicorn_settings"),
        *("--bind", f"fd://{listener.fileno()}", *options),
    )
    return Supervisor(
        [
            Child("网页服务 web", web, env, keep=(listener.fileno(),)),
            Child("后台进程 worker", [*COMMAND, "worker"], env),
        ]
    ).run()


def address(text: str) -> tuple[str, int]:
    """`127.0.0.1:8000` or `[::1]:8000` as host and port; raises ValueError."""
    host, _colon, port = text.rpartition(":")
    if not host:
        raise ValueError(text)
    return host.strip("[]"), int(port)


def main(arguments: Sequence[str]) -> int | str:
    parser = argparse.ArgumentParser(prog="mashang serve", description=__doc__)
    parser.add_argument("--bind", type=address, default="127.0.0.1:8000", metavar="HOST:PORT")
    parser.add_argument("--workers", type=int, help="web processes: 1 on SQLite, 2 on PostgreSQL")
    parser.add_argument("--threads", type=int, help="threads of each: 4")
    chosen = parser.parse_args(arguments)
    env = {"DJANGO_SETTINGS_MODULE": "mashang.config.settings", **os.environ}
    try:
        listener = listen(*chosen.bind)
    except CannotListen as reason:
        return str(reason)
    refused = run_first("prepare", "--check", env=env)
    if refused:
        return refused
    options = [
        f"--{name}={value}"
        for name in ("workers", "threads")
        if (value := getattr(chosen, name)) is not None
    ]
    return serve(listener, *options, env=env)
