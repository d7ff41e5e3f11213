"""`mashang index`: index for the search what is not yet, or everything anew."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from mashang.cases.models import Case
from mashang.workbench import indexing


class Command(BaseCommand):
    help = "为检索建索引；--all 全部重建，可以随时中断再运行。Index the cases for searching."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="index everything anew")

    def handle(self, *args: object, **options: object) -> None:
        if options["all"]:
            self.stdout.write("标记全部事项…… Marking all cases…")
            indexing.forget_all()
        total = Case.objects.filter(is_indexed=False).count()
        self.stdout.write(f"待索引 / to be indexed: {total}")

        def say(done: int) -> None:
            if done % (20 * indexing.BATCH) == 0:
                self.stdout.write(f"{done} / {total}")

        done = indexing.index_all(say=say)
        self.stdout.write(self.style.SUCCESS(f"已索引 / indexed: {done}"))
