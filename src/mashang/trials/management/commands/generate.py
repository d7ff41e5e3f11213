"""`mashang generate --cases N`: a city's worth of invented cases, for trying how it works then.

In whatever city is loaded; everything in them is invented. They are written in bulk and not
through the product's actions, but `mashang verify` finds them sound. Nobody is told anything: no
SMS is made.
"""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mashang.cases.flow import PHASES, Phase
from mashang.cases.models import Case
from mashang.trials.generating.writing import A_DAY, Order, days_for, write
from mashang.trials.stopping import stopped_like_ctrl_c

SAY_EVERY = 0.5  # seconds


class Command(BaseCommand):
    help = "Fill the loaded city with invented cases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, required=True, help="how many")
        parser.add_argument("--days", type=int, help=f"they came in; else {A_DAY} a day")
        parser.add_argument("--seed", type=int, default=1, help="another one, other cases")
        parser.add_argument("--more", action="store_true", help="although there are cases already")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be made")

    def handle(self, *args: Any, cases: int, days: int | None, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("this city is at work: invented cases have no place in it")
        if cases < 1 or (days is not None and days < 1):
            raise CommandError("at least one case, in at least one day")
        order = Order(cases, days or days_for(cases), options["seed"], timezone.now())
        have = Case.objects.count()
        self.stdout.write(
            f"{order.cases:,} cases in {order.days:,} days, {order.cases / order.days:,.0f} a day; "
            f"there are {have:,} now"
        )
        if have and not options["more"]:
            raise CommandError("there are cases in this city; --more adds to them")
        if options["dry_run"]:
            return
        began = time.monotonic()
        bar = Bar(cases, began)
        try:
            with stopped_like_ctrl_c():
                states = write(order, bar.show)
        except KeyboardInterrupt:
            bar.end()
            self.stderr.write(f"stopped; {bar.made:,} whole cases were made")
            raise
        except ValueError as error:
            raise CommandError(f"{error}: load a city first, or `mashang run-demo`") from None
        bar.end()
        took = time.monotonic() - began
        self.stdout.write(f"made in {took:,.0f} s, {cases / took:,.0f} a second")
        for state, number in states.most_common():
            self.stdout.write(f"  {state:<14}{number:>12,}")
        live = sum(states[state] for state, phase in PHASES.items() if phase in LIVE)
        self.stdout.write(f"open: {live:,}, {100 * live / cases:.1f} %")


LIVE = (Phase.OPEN, Phase.WAITING)


class Bar:
    """How far it is, on a terminal."""

    def __init__(self, cases: int, began: float):
        self.made = 0
        self._cases, self._began, self._said = cases, began, 0.0
        self._is_shown = sys.stderr.isatty()

    def show(self, made: int, _states: Counter[str]) -> None:
        self.made = made
        now = time.monotonic()
        if self._is_shown and (now > self._said + SAY_EVERY or made == self._cases):
            self._said = now
            rate = made / (now - self._began)
            done = 30 * made // self._cases
            sys.stderr.write(
                f"\r[{'#' * done}{'.' * (30 - done)}] {made:,} of {self._cases:,}, "
                f"{rate:,.0f} a second, {(self._cases - made) / rate:,.0f} s left  "
            )
            sys.stderr.flush()

    def end(self) -> None:
        if self._is_shown:
            sys.stderr.write("\n")
