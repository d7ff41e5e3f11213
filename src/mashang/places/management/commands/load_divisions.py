"""`mashang load-divisions FILE`: divisions, grids and buildings."""

from mashang.core.loading import LoadCommand
from mashang.places.loading import load_divisions


class Command(LoadCommand):
    help = "导入区划、网格、楼栋：code/代码, name/名称 …… Load divisions from CSV or .xlsx."
    load = load_divisions
