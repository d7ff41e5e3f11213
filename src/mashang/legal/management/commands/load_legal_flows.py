"""`mashang load-legal-flows FILE`: guided flows of legal help, as counsel wrote them."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from mashang.core.loading import LoadCommand
from mashang.legal.loading import SHIPPED, load_flows


class Command(LoadCommand):
    help = "导入法律引导流程；不写文件就用随产品的十个。Load guided flows of legal help."
    load = load_flows

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for action in parser._actions:
            if action.dest == "file":
                action.nargs, action.default = "?", SHIPPED

    def handle(self, *args: Any, **options: Any) -> None:
        options["file"] = Path(options["file"])
        super().handle(*args, **options)
