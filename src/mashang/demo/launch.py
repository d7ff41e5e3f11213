"""`mashang run-demo`, which `make run` calls: the demonstration city, ready to be looked at.

Like `serve` it stays in memory, and so leaves Django to the processes that it starts.
"""

import argparse
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from mashang.operations.keys import as_lines, fresh_keys
from mashang.operations.serving import CannotListen, listen, run_first, serve

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (compared with, not listened at)
UNREACHABLE = ("192.0.2.1", 9)  # an address of RFC 5737, which nobody has


def settings_file(folder: Path) -> Path:
    """The demonstration's settings, with keys of its own; made at the first run."""
    path = folder / "mashang.env"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        variables = {
            "MASHANG_DATA_DIR": str(folder),
            # So that a replay on this machine can come from many addresses.
            "MASHANG_TRUSTED_PROXIES": "127.0.0.1",
            **fresh_keys(),
        }
        # Whole or not at all: a file cut short would hold keys that fit nothing.
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(as_lines(variables))
        unfinished.rename(path)
    return path


def own_address() -> str:
    """This machine's address in its network, so that a telephone can scan the code."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(UNREACHABLE)  # chooses a way out and sends nothing
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def base_url(host: str, port: int) -> str:
    shown = own_address() if host in EVERYWHERE else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def main(arguments: Sequence[str]) -> int | str:
    parser = argparse.ArgumentParser(prog="mashang run-demo", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets telephones in")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="where it is kept")
    chosen = parser.parse_args(arguments)
    try:
        listener = listen(chosen.host, chosen.port)
    except CannotListen as reason:
        return f"{reason}\n换一个端口 / another port: make run PORT=8001"
    env = {
        "MASHANG_BASE_URL": base_url(chosen.host, listener.getsockname()[1]),
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mashang.config.settings",
        "MASHANG_ENV_FILE": str(settings_file(chosen.folder.resolve())),
        "MASHANG_MODE": "demo",
    }
    return run_first("welcome", env=env) or serve(listener, env=env)
