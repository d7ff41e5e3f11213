"""`mashang demo-city`: fill an empty database with the demonstration city."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mashang.core.errors import Refused
from mashang.demo import channels, city, notices, samples


class Command(BaseCommand):
    help = "给空数据库装入演示城市（白银）。Fill an empty database with the demonstration city."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            is_new = city.fill(self.stdout.write)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        call_command("load_rules", stdout=self.stdout)
        samples.fill(self.stdout.write)
        notices.fill()
        channels.fill()
        self.stdout.write(_("演示城市已装好。") if is_new else _("演示城市已经在了，没有改动。"))
