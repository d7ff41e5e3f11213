"""`mashang load-rules`: limits and ladders from CSV, the published defaults unless told else."""

import csv
from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from mashang.audit.receivers import record_load
from mashang.cases.models import LadderStep, Limit
from mashang.core.cached import forget_all

DATA = Path(__file__).resolve().parent.parent.parent / "data"


class Command(BaseCommand):
    help = "Load limits and the ladder; rows that are there already stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limits", type=Path, default=DATA / "limits.csv")
        parser.add_argument("--ladder", type=Path, default=DATA / "ladder.csv")

    def handle(self, *args: object, **options: object) -> None:
        with transaction.atomic():
            limits = _load(Limit, options["limits"], ("name", "urgency", "valid_from"))
            steps = _load(LadderStep, options["ladder"], ("ladder", "clock", "rung", "valid_from"))
            if steps:
                _refuse_lonely_rungs()
            if limits or steps:
                tally = f"limits {limits}, ladder {steps}"
                files = f"{options['limits'].name}, {options['ladder'].name}"  # type: ignore[attr-defined]
                record_load("load_rules", file=files, tally=tally)
        forget_all()
        self.stdout.write(f"时限 {limits} 条、逐级上报 {steps} 条为新增。")


def _load(model: type[models.Model], path: object, names: tuple[str, ...]) -> int:
    """Add the rows whose `names` are not there yet; all or, where one row is bad, nothing."""
    known = set(model.objects.values_list(*names))  # type: ignore[attr-defined]
    faults, added = [], []
    with Path(str(path)).open(encoding="utf-8-sig", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                values = {
                    key: date.fromisoformat(value) if key == "valid_from" else value
                    for key, value in row.items()
                    if value
                    or (model._meta.get_field(key).blank and not model._meta.get_field(key).null)
                }
                instance = model(**values)
                instance.clean_fields()
            except (ValidationError, ValueError, TypeError) as error:
                faults.append(f"第 {line} 行：{error}")
                continue
            key = tuple(getattr(instance, name) for name in names)
            if key not in known:
                known.add(key)
                added.append(instance)
    if faults:
        raise CommandError("没有写入任何内容：\n" + "\n".join(faults))
    model.objects.bulk_create(added)  # type: ignore[attr-defined]
    return len(added)


def _refuse_lonely_rungs() -> None:
    """Rows of a new day replace the whole ladder: one with fewer rungs than before it is nearly
    always a rung meant to be added. To shorten a ladder, the page asks first."""
    ladders: dict[tuple[str, str], dict[date, int]] = {}
    for step in LadderStep.objects.standing():
        days = ladders.setdefault((step.ladder, step.clock), {})
        days[step.valid_from] = days.get(step.valid_from, 0) + 1
    for (ladder, clock), days in ladders.items():
        counts = [days[day] for day in sorted(days)]
        if len(counts) > 1 and counts[-1] == 1 < counts[-2]:
            raise CommandError(
                f"没有写入任何内容：{ladder} {clock} 新的一天只有一级，会把整条阶梯换掉。"
                "请用同一个日期把各级写全。"
            )
