"""`mashang reset-second-factor USERNAME`: for the last security operator who lost the phone."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mashang.accounts import factors, sessions
from mashang.people.actors import SYSTEM
from mashang.people.models import Account


class Command(BaseCommand):
    help = "重置一个人的二次验证，并退出其所有登录。Reset somebody's second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: object, **options: object) -> None:
        account = Account.objects.filter(username=options["username"]).first()
        if account is None or not factors.reset(account, by=SYSTEM):
            raise CommandError(_("没有这个账号，或者没有设置二次验证。"))
        sessions.end(account, by=SYSTEM)
        self.stdout.write(_("已重置，本人下次登录时重新设置。"))
