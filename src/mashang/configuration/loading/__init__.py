"""Tables of the settings, CSV or Excel: all of a table or nothing, again and again."""

from dataclasses import dataclass, field

from mashang.configuration.changing import Change
from mashang.core.loading import Tally


@dataclass
class Loaded:
    """What a load did or, as a dry run, would do."""

    tally: Tally = field(default_factory=Tally)
    changes: list[Change] = field(default_factory=list)

    def count(self, what: str, name: str, before: str, after: str) -> None:
        self.tally[what] += 1
        self.changes.append(Change(f"{what}：{name}", before, after))
