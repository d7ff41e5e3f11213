"""`mashang load-services FILE`: the services of the portal."""

from mashang.core.loading import LoadCommand
from mashang.directory.loading import load_services


class Command(LoadCommand):
    help = "导入服务目录。Load the directory of services."
    load = load_services
