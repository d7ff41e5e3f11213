"""`mashang follow-up`: draw what is due; `--explain DAY COUNTY` shows how a draw came out."""

from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from mashang.cases.proving import make_roots
from mashang.followup.drawing import draw_due
from mashang.followup.models import Draw
from mashang.followup.queries import Explained, explain


class Command(BaseCommand):
    help = "Draw the answers to be followed up, as the worker does; or explain a draw."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--explain",
            nargs=2,
            metavar=("DAY", "COUNTY"),
            help="do a draw again from what was written down: 2026-11-23 620402",
        )

    def handle(self, *args: object, **options: object) -> None:
        if options["explain"]:
            self._explain(*options["explain"])  # type: ignore[misc]
            return
        make_roots()
        self.stdout.write(f"回访抽取 {draw_due()} 份为新增。")

    def _explain(self, day: str, county: str) -> None:
        try:
            wanted = date.fromisoformat(day)
        except ValueError:
            raise CommandError(f"日期写成 2026-11-23 这样，不是 {day}") from None
        draws = Draw.objects.filter(day=wanted, county=county)
        if not draws:
            raise CommandError(f"{county} 在 {day} 没有抽取；当天的根摘要写好以后才抽")
        explained = [explain(draw) for draw in draws]
        for it in explained:
            self._print(it)
        if any(it.faults for it in explained):
            raise CommandError("重新计算的结果与记录不符")

    def _print(self, it: Explained) -> None:
        kind = "（涉及干部或单位）" if it.draw.is_sealed else ""
        lines = [
            f"{it.draw.day} {it.place}{kind}",
            *(f"  {label} {count}" for label, count in it.counts),
            f"  比例 {it.draw.share} %，向上取整",
            f"  当日根摘要 {it.draw.root}",
            f"  种子 = sha256({it.seed_text})",
            f"       = {it.draw.seed}",
            "  签号 = sha256(种子:编号)，从小到大取：",
            *(f"    {lot.lot} {lot.number}{' 抽中' if lot.is_taken else ''}" for lot in it.lots),
            *(f"  不符：{fault}" for fault in it.faults),
            "" if it.faults else "  重新计算的结果与记录一致。",
        ]
        self.stdout.write("\n".join(line for line in lines if line))
