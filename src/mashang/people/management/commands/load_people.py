"""`mashang load-people FILE`: units, accounts, posts and duty."""

from mashang.core.loading import LoadCommand
from mashang.people.loading import load_people


class Command(LoadCommand):
    help = "导入单位、人员、任职、值班，一行一个任职。Load units, people, posts and duty."
    load = load_people
