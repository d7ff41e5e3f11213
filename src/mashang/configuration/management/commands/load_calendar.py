"""`mashang load-calendar FILE`: the yearly notice on days off."""

from mashang.configuration.loading.calendar import load_calendar
from mashang.core.loading import LoadCommand


class Command(LoadCommand):
    help = "导入放假通知（CSV 或 Excel）。Load the yearly notice on days off from a table."
    load = staticmethod(load_calendar)
