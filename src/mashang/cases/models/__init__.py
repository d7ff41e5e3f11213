"""The heart's rows: cases, what happened to them, their clocks, and what hangs on them."""

from mashang.cases.models.case import (
    AccusedLevel,
    Case,
    Category,
    Channel,
    Requester,
    Supervision,
    Urgency,
    name_index,
    new_salt,
)
from mashang.cases.models.catalogue import CatalogueRule
from mashang.cases.models.clocks import (
    Clock,
    LadderStep,
    Limit,
    TimeUnit,
)
from mashang.cases.models.history import (
    DayRoot,
    Entry,
    stamp,
)
from mashang.cases.models.parts import (
    Ask,
    AskKind,
    Assist,
    AssistKind,
    Conflict,
    OrderLink,
    Rating,
    Score,
)
from mashang.cases.models.types import CaseType

__all__ = [
    "AccusedLevel",
    "Ask",
    "AskKind",
    "Assist",
    "AssistKind",
    "Case",
    "CaseType",
    "CatalogueRule",
    "Category",
    "Channel",
    "Clock",
    "Conflict",
    "DayRoot",
    "Entry",
    "LadderStep",
    "Limit",
    "OrderLink",
    "Rating",
    "Requester",
    "Score",
    "Supervision",
    "TimeUnit",
    "Urgency",
    "name_index",
    "new_salt",
    "stamp",
]
