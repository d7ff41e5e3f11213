"""`mashang load-categories FILE`: the tree of categories."""

from mashang.configuration.loading.categories import load_categories
from mashang.core.loading import LoadCommand


class Command(LoadCommand):
    help = "导入事项类别（CSV 或 Excel）。Load the categories of matters from a table."
    load = staticmethod(load_categories)
