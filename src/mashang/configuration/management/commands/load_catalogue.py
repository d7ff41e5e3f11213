"""`mashang load-catalogue FILE`: which unit a category of matters belongs to, by place."""

from mashang.configuration.loading.catalogue import load_catalogue
from mashang.core.loading import LoadCommand


class Command(LoadCommand):
    help = "导入职责目录（CSV 或 Excel）。Load the responsibility catalogue from a table."
    load = staticmethod(load_catalogue)
