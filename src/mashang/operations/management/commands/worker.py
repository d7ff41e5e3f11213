"""`mashang worker`: sends what waits, looks at clocks, sweeps; until SIGTERM or Ctrl-C."""

from django.core.management.base import BaseCommand

from mashang.core.loops import Worker


class Command(BaseCommand):
    help = "Run the worker. Several may run side by side."

    def handle(self, *args: object, **options: object) -> None:
        worker = Worker()
        worker.stop_on_signals()
        worker.run()
