"""`mashang train`: learn which words belong to which category, from the city's closed cases."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mashang.cases import categories
from mashang.core.errors import Refused
from mashang.knowledge import learning
from mashang.knowledge.models import CategoryModel
from mashang.knowledge.training import SURE, Report


class Command(BaseCommand):
    help = "从已办结的事项学习类别建议。Learn category suggestions from closed cases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="the models that are kept")
        parser.add_argument(
            "--take-back", action="store_true", help="give up the newest; the one before is used"
        )

    def handle(self, *args: object, **options: object) -> None:
        if options["list"]:
            self._list()
        elif options["take_back"]:
            self._take_back()
        else:
            self._train()

    def _train(self) -> None:
        try:
            row, report = learning.learn(say=self.stdout.write)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        except KeyboardInterrupt:
            raise CommandError(_("训练中断，现在用的模型不变。")) from None
        self._print(report)
        size = len(bytes(row.data)) / 1024 / 1024
        self.stdout.write(
            _("已启用第 {number} 版，{size:.1f} MB。半分钟内各处都用上。").format(
                number=row.pk, size=size
            )
        )

    def _print(self, report: Report) -> None:
        sure, right = report.sure
        lines = [
            _("{count} 件，{classes} 个类别；交叉验证：").format(
                count=report.examples, classes=len(report.by_class)
            ),
            _("  宏平均 F1 {f1:.3f}，第一个就对 {first:.1%}，前三个里有 {three:.1%}").format(
                f1=report.macro_f1, first=report.accuracy, three=report.among_three
            ),
            _("  把握在 {sure:.0%} 以上的 {count} 件里，对 {right} 件").format(
                sure=SURE, count=sure, right=right
            ),
            *(f"  F1 {f1:.3f}  {n:6}  {_name(key)}" for key, (n, f1) in report.by_class.items()),
            *(
                _("  没有学：{name}，只有 {n} 件").format(name=_name(key), n=n)
                for key, n in report.left_out.items()
            ),
        ]
        self.stdout.write("\n".join(lines))

    def _list(self) -> None:
        rows = list(CategoryModel.objects.defer("data"))
        if not rows:
            self.stdout.write(_("还没有模型。"))
        for row in rows:
            self.stdout.write(
                f"{row.pk}  {row.made_at:%F %H:%M}  {row.examples}  F1 {row.macro_f1:.3f}"
            )

    def _take_back(self) -> None:
        given_up = learning.take_back()
        if given_up is None:
            raise CommandError(_("还没有模型。"))
        self.stdout.write(_("第 {number} 版已停用。").format(number=given_up.pk))


def _name(key: str) -> str:
    found = categories.node(int(key)) if key.isdigit() else None
    return found.full_name if found else key
