"""`mashang welcome`: prepare the demonstration and say what to open."""

import unicodedata

import segno
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from mashang.demo.city import RIDERS_CODE, SHOWN_CODE, demo_people

INDENT = "  "


def shown_width(text: str) -> int:
    """How many columns of a terminal `text` takes; Chinese characters take two each."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def table(rows: list[tuple[str, str]]) -> list[str]:
    """Rows of two cells, the second ones below each other."""
    widest = max(shown_width(first) for first, _second in rows)
    return [
        f"{INDENT}{first}{' ' * (widest - shown_width(first))}  {second}" for first, second in rows
    ]


class Command(BaseCommand):
    help = "准备演示城市，并说明打开什么。Prepare the demonstration and say what to open."

    def handle(self, *args: object, **options: object) -> None:
        call_command("prepare", stdout=self.stdout)
        scanned = f"{settings.BASE_URL}/q/{SHOWN_CODE}"
        people = demo_people()
        if self.stdout.isatty():
            self.stdout.write("")
            segno.make(scanned, micro=False).terminal(compact=True)
        lines = [
            "",
            "码上办演示已就绪，请打开 · The demonstration is ready, open:",
            *table(
                [
                    ("居民扫码后的页面 A resident's page", scanned),
                    ("骑手扫自己的码 A rider's own code", f"{settings.BASE_URL}/q/{RIDERS_CODE}"),
                    ("看短信的“手机” The phone", f"{settings.BASE_URL}/phone"),
                    ("工作人员登录 Staff sign-in", f"{settings.BASE_URL}/staff/sign-in"),
                    ("系统管理 Administration", f"{settings.BASE_URL}/admin/"),
                ]
            ),
            "",
            f"工作人员的密码都是 · Staff all have the password: {people[0].password}",
            *table([(person.username, person.what) for person in people]),
            "",
            f"数据在 {settings.DATA_DIR}，下次启动仍在 · The data stay for the next start.",
            "按 Ctrl-C 停止 · Ctrl-C stops.",
        ]
        self.stdout.write("\n".join(lines))
