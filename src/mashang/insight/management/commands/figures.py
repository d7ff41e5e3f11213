"""`mashang figures`: prove the figures by the cases, or count everything anew."""

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mashang.insight import keeping

SAY_EVERY = 1.0  # seconds
MOST_LINES = 200


class Command(BaseCommand):
    help = "用事项核对统计数字（--check），或全部重算（--rebuild）。Prove or rebuild the figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--check", action="store_true", help="derive all from the cases; 1 where any differs"
        )
        what.add_argument("--rebuild", action="store_true", help="count all cases anew")
        what.add_argument(
            "--reports", action="store_true", help="make the reports that wait, as the worker does"
        )

    def handle(self, *args: Any, check: bool, reports: bool, **options: Any) -> None:
        if reports:
            from mashang.insight.reports import orders  # noqa: PLC0415 (with its libraries)

            os.nice(orders.NICE)
            while orders.make_next():
                pass
            return
        began, line = time.monotonic(), Line()
        if not check:
            done = keeping.rebuild(say=line.show)
            line.end()
            took = time.monotonic() - began
            self.stdout.write(f"已重算 / counted: {done:,}, {took:,.1f} s")
            return
        number = 0
        for number, fault in enumerate(keeping.check(say=line.show), 1):
            if number <= MOST_LINES:
                line.end()
                self.stderr.write(fault)
        line.end()
        if number:
            raise CommandError(
                f"有 {number} 处不符，运行 mashang figures --rebuild 重算 / {number} differ"
            )
        self.stdout.write(f"统计与事项相符 / the figures agree, {time.monotonic() - began:,.1f} s")


class Line:
    """How far it is, on a terminal."""

    def __init__(self) -> None:
        self._is_shown, self._said, self._is_open = sys.stderr.isatty(), 0.0, False

    def show(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        if self._is_shown and (now > self._said + SAY_EVERY or done == of):
            self._said, self._is_open = now, True
            sys.stderr.write(f"\r{what}: {done:,} / {of:,}  ")
            sys.stderr.flush()

    def end(self) -> None:
        if self._is_open:
            sys.stderr.write("\n")
            self._is_open = False
