"""`mashang posters`: signs of a batch as print-ready PDF, split by township."""

import argparse
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mashang.codes.models import Batch, PrintRun, RunState
from mashang.codes.posters import orders
from mashang.codes.posters.designs import DESIGNS
from mashang.codes.posters.making import carry_out
from mashang.codes.posters.words import Words
from mashang.core.errors import Refused
from mashang.people.actors import SYSTEM


class Command(BaseCommand):
    help = (
        "Print the signs of a batch into PDF files, one a township. Stopped or killed, the same "
        "command with --run goes on where it was."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("batch", nargs="?", help="name of the batch")
        parser.add_argument("--design", choices=sorted(DESIGNS), default="poster")
        parser.add_argument("--within", default="", metavar="CODE", help="only places in this one")
        parser.add_argument("--run", type=int, help="go on with this order")
        parser.add_argument(
            "--background", action="store_true", help="as the worker runs it: quiet, and gives way"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._run(options)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        if options["background"]:
            os.nice(orders.NICE)
            is_over = carry_out(run, go_on=orders.Parent().lives)
        else:
            is_over = carry_out(run, go_on=lambda: self._say_progress(run))
        run.refresh_from_db()
        if run.state == RunState.FAILED:
            raise CommandError(run.trouble)
        if not is_over:
            raise CommandError(
                _(
                    "没有做完：别的进程正在做，或者已停下。接着做：mashang posters --run {run}"
                ).format(run=run.pk)
            )
        if not options["background"]:
            self.stdout.write(
                _("{count} 张牌子，{files} 个文件：{folder}").format(
                    count=run.signs, files=run.files.count(), folder=orders.folder_of(run)
                )
            )

    def _run(self, options: dict[str, Any]) -> PrintRun:
        if options["run"]:
            run = PrintRun.objects.filter(pk=options["run"]).first()
            if run is None:
                raise CommandError(_("没有这一单。"))
            return run
        batch = Batch.objects.filter(name=options["batch"] or "").first()
        if batch is None:
            names = "、".join(Batch.objects.values_list("name", flat=True)[:20])
            raise CommandError(_("没有这个批次。现有批次：{names}").format(names=names))
        return orders.order_run(
            orders.printable(batch, within=options["within"]),
            design=options["design"],
            words=Words(hotline=settings.CITY_HOTLINE),
            title=batch.name,
            batch=batch,
            by=SYSTEM,
        )

    def _say_progress(self, run: PrintRun) -> bool:
        done = run.files.exclude(done_at=None).count()
        self.stdout.write(f"{run.pk}: {done}/{run.files.count()}")
        return True
