"""`mashang verify`: check every chain, the cases against theirs, the register, the daily roots."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from mashang.audit.proving import verify as verify_register
from mashang.cases.models import DayRoot
from mashang.cases.proving import Fault, make_roots, verify, verify_roots


class Command(BaseCommand):
    help = "Prove that nothing was altered: exit 1 and the list of faults otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--roots", action="store_true", help="print the daily roots, to keep on paper"
        )

    def handle(self, *args: object, **options: object) -> None:
        make_roots()
        checked, faults = 0, []
        for result in verify():
            if isinstance(result, Fault):
                faults.append(result)
            else:
                checked = result
                self.stderr.write(f"\r已核对 {checked} 件", ending="")
        faults += verify_roots()
        register = verify_register()
        if register.fault:
            faults.append(Fault("", register.fault))
        self.stderr.write("")
        if options["roots"]:
            for row in DayRoot.objects.order_by("day"):
                self.stdout.write(f"{row.day} {row.entries} {row.root}")
        for fault in faults:
            self.stdout.write(f"{fault.case} {fault.what}".strip())
        if faults:
            raise CommandError(f"{checked} 件中发现 {len(faults)} 处不符")
        self.stdout.write(
            f"{checked} 件，每条经过都与摘要相符。审计记录 {register.seq} 条，也相符。"
        )
