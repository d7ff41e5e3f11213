"""`mashang load-estates FILE`: housing estates with their units."""

from mashang.core.loading import LoadCommand
from mashang.estates.loading import load_estates


class Command(LoadCommand):
    help = "导入小区。Load housing estates."
    load = load_estates
