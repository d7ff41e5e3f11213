"""`mashang bench`: the product's speed, measured on databases made for it and thrown away."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from importlib import import_module

import django
import psycopg

from mashang.trials import figures, scratch
from mashang.trials.extent import FULL, QUICK, Extent
from mashang.trials.figures import Findings
from mashang.trials.processes import Failed, alone
from mashang.trials.scratch import Scratch
from mashang.trials.stopping import stopped_like_ctrl_c

Make = Callable[..., AbstractContextManager[Scratch]]
Table = Callable[[Sequence[str], Iterable[Sequence[str]]], str]
PARTS = (
    "intake", "lag", "page", "memory", "clocks", "desk", "insight", "posters", "messages",
)  # fmt: skip
ON_SQLITE_ALONE = ("memory", "posters")


def main(arguments: Sequence[str]) -> int:
    """0 where everything was exact, 1 where not, however slow or fast."""
    chosen = _parser().parse_args(arguments)
    # The parts speak Django's language; this process itself opens no database with it.
    os.environ.update(scratch.SETTINGS)
    django.setup()
    makers = dict(_databases(chosen))
    say(_setting(chosen.database if "PostgreSQL" in makers else None))
    with stopped_like_ctrl_c(), ExitStack() as stack:
        # Each part begins with a copy of the city as it is before anybody reported anything.
        databases: dict[str, Make] = {}
        for name, make in makers.items():
            city = stack.enter_context(make())
            alone(city, "city.fill")
            databases[name] = partial(make, like=city)
        faults = measure(
            chosen.parts or PARTS,
            databases,
            extent=_extent(chosen),
            table=figures.markdown if chosen.markdown else figures.plain,
        )
    for fault in faults:
        say(f"NOT EXACT: {fault}")
    return 1 if faults else 0


def measure(
    parts: Sequence[str], databases: dict[str, Make], *, extent: Extent, table: Table
) -> list[str]:
    """Print a table for each part; what was not exact, in sentences."""
    faults: list[str] = []
    for part in parts:
        found: dict[str, Findings] = {}
        for name, make in databases.items():
            if part not in ON_SQLITE_ALONE or name == "SQLite":
                sys.stderr.write(f"{part} on {name} …\n")
                found[name] = _measure(part, make, extent)
                faults += [f"{part} on {name}: {fault}" for fault in found[name].faults]
        if found:
            say(f"\n{table([part, *found, 'goal'], figures.side_by_side(found))}")
    return faults


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    known = os.environ.get("MASHANG_DATABASE_URL", "")
    parser = argparse.ArgumentParser(prog="mashang bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=float, help="of each timed run")
    parser.add_argument("--clocks", type=int, help="due at once")
    parser.add_argument("--messages", type=int, help="queued at once")
    parser.add_argument("--posters", type=int, help="signs to print")
    parser.add_argument("--cases", type=int, help="in the city of the desk")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="on this database")
    parser.add_argument("--quick", action="store_true", help="tiny: only exactness counts")
    parser.add_argument("--markdown", action="store_true", help="tables for a document")
    parser.add_argument(
        "--database",
        metavar="URL",
        default=known if known.startswith("postgres") else None,
        help="a PostgreSQL server on which databases may be made and dropped",
    )
    return parser


def _databases(chosen: argparse.Namespace) -> Iterator[tuple[str, Make]]:
    """The databases to measure on, by name; each call makes a fresh one."""
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        raise SystemExit(f"no such part: {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    if chosen.only != "postgresql":
        yield "SQLite", scratch.sqlite
    if chosen.only == "sqlite":
        return
    if chosen.database:
        yield "PostgreSQL", partial(scratch.postgresql, chosen.database)
    else:
        sys.stderr.write("without --database nothing is measured on PostgreSQL\n")


def _extent(chosen: argparse.Namespace) -> Extent:
    extent = QUICK if chosen.quick else FULL
    if chosen.seconds:
        extent = replace(extent, seconds=chosen.seconds, lag_seconds=2 * chosen.seconds)
    if chosen.clocks:
        extent = replace(extent, clocks=chosen.clocks, clocks_on_sqlite=chosen.clocks)
    if chosen.messages:
        extent = replace(extent, messages=chosen.messages, messages_on_sqlite=chosen.messages)
    if chosen.posters:
        extent = replace(extent, posters=chosen.posters)
    if chosen.cases:
        extent = replace(extent, desk_cases=chosen.cases, desk_cases_on_sqlite=chosen.cases)
    return extent


def _measure(part: str, make: Make, extent: Extent) -> Findings:
    """One part on a fresh database. One that breaks is a fault, and not the end of the others."""
    try:
        with make() as place:
            return import_module(f"mashang.trials.{part}").run(place, extent)
    except Failed as error:
        return Findings(faults=[f"{part} broke: {error}"])


def _setting(server: str | None) -> str:
    """What it is measured on."""
    known = [
        f"{date.today():%F}",
        f"{os.cpu_count()} cores",
        f"load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}",
    ]
    if server:
        with psycopg.connect(server) as connection:
            info = connection.info.server_version
            known.append(f"PostgreSQL {info // 10000}.{info % 10000}")
            for name in ("fsync", "synchronous_commit"):
                row = connection.execute(f"SHOW {name}").fetchone()
                known.append(f"{name} {row[0] if row else '?'}")
    return " · ".join(known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
