"""How a case climbed to somebody: which limit passed, since when it is theirs, who heard before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mashang.cases.models import Clock, Entry
from mashang.people.models import Position


@dataclass(frozen=True)
class Told:
    """A rung of the ladder that was told."""

    at: datetime
    position: str
    names: str

    @property
    def label(self) -> str:
        known = self.position in Position.values
        return str(Position(self.position).label) if known else self.position


@dataclass(frozen=True)
class Climb:
    """A limit still running that has climbed to a person."""

    clock: Clock
    since: datetime
    position: str  # the rung as which they were told
    before: list[Told]


def climbs_to(
    account: int, *, clocks: Iterable[Clock], entries: Iterable[Entry], names: Mapping[int, str]
) -> list[Climb]:
    """The running limits of one case that climbed to `account`, the one longest with them first.

    `entries` are the case's, those of other moves do no harm; `names` by account.
    """
    told = sorted((e for e in entries if e.move == "escalate"), key=lambda e: e.seq)
    found = []
    for clock in clocks:
        steps = [
            entry
            for entry in told
            if entry.data.get("clock") == clock.name and entry.at >= clock.started_at
        ]
        mine = next((e for e in steps if account in e.data.get("told", ())), None)
        if clock.stopped_at is None and mine is not None:
            before = [_told(entry, names) for entry in steps if entry.seq < mine.seq]
            found.append(Climb(clock, mine.at, str(mine.data.get("position", "")), before))
    return sorted(found, key=lambda climb: climb.since)


def _told(entry: Entry, names: Mapping[int, str]) -> Told:
    said = "、".join(names.get(key, "") for key in entry.data.get("told", ()))
    return Told(entry.at, str(entry.data.get("position", "")), said)
