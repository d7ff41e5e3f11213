"""What single moves add to the rule in the table, by subject.

`PREPARE` checks a move and says what it changes; `CLOCKS` changes clocks beyond what the table
says and returns those it changed. Both by the name of the move.
"""

from collections.abc import Callable

from mashang.cases.actions.moves import (
    asking,
    assisting,
    conflicts,
    contacting,
    deferring,
    merging,
    promising,
    rating,
    watching,
    working,
)
from mashang.cases.actions.step import Step
from mashang.cases.models import Clock

ROOMS = (
    *(working, contacting, promising, asking, assisting, deferring, merging, watching, conflicts),
    rating,
)
PREPARE: dict[str, Callable[[Step], None]] = {
    name: prepare for room in ROOMS for name, prepare in room.PREPARE.items()
}
CLOCKS: dict[str, Callable[[Step], list[Clock]]] = {
    name: change
    for room in (working, promising, asking, merging, watching)
    for name, change in room.CLOCKS.items()
}
