"""Runs a command beside a PostgreSQL of its own, which is gone when the command ends.

`with_postgresql.py [--durable] COMMAND …` makes a database server in a temporary folder, reached
by a socket there and by nothing else, and names it to the command as MASHANG_DATABASE_URL. It
does not wait for the disk unless it is to be `--durable`, as for measuring.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from need import find

NAME = "mashang"
# For tests. What autovacuum learns of tables between two tests is that they are empty, and a plan
# for an empty table takes a minute over a whole city.
HASTY = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "jit=off", "autovacuum=off",
)  # fmt: skip
ROOM = ("max_connections=200", "shared_buffers=256MB")
READY_WITHIN = 60.0


def server_user() -> str | None:
    """PostgreSQL refuses to run as root; another account then lends its name."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def postgresql(*, is_durable: bool) -> Iterator[str]:
    """The URL of a database on a new server."""
    initdb = find("postgresql")
    if initdb is None:
        raise SystemExit("PostgreSQL is not here; on Debian: apt-get install postgresql")
    user = server_user()
    # Short: the name of a socket may have about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="mashang-pg-", dir="/tmp"))
    try:
        if user:
            shutil.chown(folder, user)
        run(
            [
                *(initdb, "--pgdata", folder / "data", "--auth", "trust", "--username", NAME),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            user,
        )
        options = [f"unix_socket_directories={folder}", "listen_addresses=", *ROOM]
        options += [] if is_durable else HASTY
        server = subprocess.Popen(
            [initdb.with_name("postgres"), "-D", folder / "data"]
            + [word for option in options for word in ("-c", option)],
            **identity(user),
            cwd=folder,
            stdout=(folder / "log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C ends the command first, the server after it
        )
        try:
            create_database(initdb, folder, server, user)
            yield f"postgres://{NAME}@{quote(str(folder), safe='')}/{NAME}"
        finally:
            server.send_signal(signal.SIGINT)  # what PostgreSQL calls a fast shutdown
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def identity(user: str | None) -> dict[str, object]:
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def run(command: Sequence[object], user: str | None) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        **identity(user),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{Path(str(command[0])).name} failed:\n{done.stdout}")


def create_database(
    initdb: Path, folder: Path, server: "subprocess.Popen[bytes]", user: str | None
) -> None:
    end = time.monotonic() + READY_WITHIN
    ready = [str(initdb.with_name("pg_isready")), "--quiet", "--host", str(folder)]
    while subprocess.run(ready, check=False).returncode:
        if server.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
        time.sleep(0.1)
    run([initdb.with_name("createdb"), "--host", folder, "--username", NAME, NAME], user)


def leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    arguments = sys.argv[1:]
    is_durable = arguments[:1] == ["--durable"]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        with postgresql(is_durable=is_durable) as url:
            return run_command(arguments[is_durable:], url)
    except KeyboardInterrupt:
        return 130


def run_command(command: Sequence[str], url: str) -> int:
    """The command's exit code; it is ended with us, and before the server."""
    with subprocess.Popen(command, env=os.environ | {"MASHANG_DATABASE_URL": url}) as process:
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            raise


if __name__ == "__main__":
    sys.exit(main())
