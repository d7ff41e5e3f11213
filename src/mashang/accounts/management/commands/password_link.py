"""`mashang password-link USERNAME`: a link for a password, where no SMS can bring it yet."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from mashang.accounts.actions import address_of, new_link
from mashang.audit.actions import record
from mashang.audit.receivers import about, system_user
from mashang.people.actors import SYSTEM
from mashang.people.models import Account


class Command(BaseCommand):
    help = "打印一个设置密码的链接，24 小时内有效。Print a link to set a password, good for a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: object, **options: object) -> None:
        account = Account.objects.filter(username=options["username"], is_active=True).first()
        if account is None:
            raise CommandError(_("没有这个账号，或者已经停用。"))
        with transaction.atomic():
            link = new_link(account)
            data = {"way": "command", "system_user": system_user()}
            record("password_link", by=SYSTEM, about=about(account), data=data)
        self.stdout.write(address_of(link))
