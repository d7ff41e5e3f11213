"""`mashang replay FILE --url URL`: real messages through a running demonstration server.

Files each message through the public form, reads every SMS where the demonstration shows it, plays
the cadres over the links in them and the residents over theirs, and prints what came of it, read
from the server's own database: run it with the server's settings.
"""

import io
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from django.utils import timezone

from mashang.cases.models import Case, Limit
from mashang.codes.models import Code, CodeState
from mashang.core.cached import KEPT_SECONDS
from mashang.places.models import Level, Place
from mashang.trials import figures
from mashang.trials.replaying.counting import count
from mashang.trials.replaying.material import read
from mashang.trials.replaying.play import Play
from mashang.trials.replaying.residents import Signs
from mashang.trials.stopping import stopped_like_ctrl_c

LIMITS = Path(__file__).resolve().parents[2] / "data" / "limits.csv"
MOST_FAULTS = 20


class Command(BaseCommand):
    help = "File real messages through a running demonstration and play everybody's part."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV with a column `text`, perhaps `title`")
        parser.add_argument("--url", required=True, help="of the running server")
        parser.add_argument("--speed", type=float, default=5.0, help="reports a second")
        parser.add_argument("--limit", type=int, help="so many messages only")
        parser.add_argument("--seed", type=int, default=1, help="another one, another play")
        parser.add_argument("--markdown", action="store_true", help="a table for a document")

    def handle(self, *args: Any, file: Path, url: str, **options: Any) -> None:
        if settings.SMS_SENDER != "demo" or settings.PRODUCTION:
            raise CommandError("a replay needs a demonstration: it reads everybody's SMS")
        try:
            reports = read(file, seed=options["seed"], limit=options["limit"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        newest = Case.objects.aggregate(key=Max("pk"))["key"] or 0
        play = Play(url, reports, _signs(), options["speed"], self.stderr.write)
        began = time.monotonic()
        with stopped_like_ctrl_c(), _a_minute_to_call():
            stories = play.run()
        took = time.monotonic() - began
        counted = count(stories, newer_than=newest)
        counted.note("took 用时", figures.say_seconds(took))
        table = figures.markdown if options["markdown"] else figures.plain
        self.stdout.write("\n" + table(["replay 回放", ""], counted.rows))
        if counted.faults:
            raise CommandError("\n".join(counted.faults[:MOST_FAULTS]))


def _signs() -> Signs:
    """The codes that hang on doors, and the villages and communities."""
    codes = Code.objects.filter(state=CodeState.LIVE).order_by("pk")
    places = Place.objects.current(timezone.localdate()).filter(level=Level.VILLAGE)
    signs = Signs(
        tuple(codes.values_list("pk", flat=True)),
        tuple(places.order_by("pk").values_list("pk", flat=True)),
    )
    if not signs.codes or not signs.places:
        raise CommandError("there are no codes or places in this database: mashang prepare")
    return signs


@contextmanager
def _a_minute_to_call() -> Iterator[None]:
    """Shorten the limit of the first contact, so that being late takes no half hour."""
    before = set(Limit.objects.values_list("pk", flat=True))
    today = timezone.localdate().isoformat()
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "limits.csv"
            path.write_text(LIMITS.read_text("utf-8").format(today=today), "utf-8")
            call_command("load_rules", limits=path, stdout=io.StringIO())
        time.sleep(KEPT_SECONDS)  # until the server has seen it
        yield
    finally:
        Limit.objects.exclude(pk__in=before).delete()
