"""`mashang prepare`: everything that must be done before a start, and after an upgrade."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from mashang.cases.models import Limit
from mashang.operations import static_files


class Command(BaseCommand):
    help = "建表、收集静态文件；可以反复运行。Make tables, collect static files; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 if anything is to be done"
        )

    def handle(self, *args: object, **options: object) -> None:
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            if options["check"]:
                self._check()
            else:
                self._prepare()
        except OperationalError as error:
            raise CommandError(
                f"数据库没有应答 / The database does not answer: {str(error).strip()}"
            ) from None

    def _check(self) -> None:
        if _are_migrations_due() or not static_files.are_collected():
            raise CommandError("请先运行 mashang prepare / Run `mashang prepare` first.")

    def _prepare(self) -> None:
        if _are_migrations_due():
            self.stdout.write("建表…… Making tables…")
            call_command("migrate", interactive=False, verbosity=0)
        if not static_files.are_collected():
            self.stdout.write("收集静态文件…… Collecting static files…")
            static_files.collect()
        if settings.MODE == "demo":
            call_command("demo_city", stdout=self.stdout)
        elif not Limit.objects.exists():
            self.stdout.write("还没有时限规则 / There are no limits yet: mashang load-rules")


def _are_migrations_due() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
