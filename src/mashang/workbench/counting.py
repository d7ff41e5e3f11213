"""How many cases are in each queue: one statement over all live cases, one for the others."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Value

from mashang.cases.models import Case
from mashang.people.actors import Staff
from mashang.workbench.filters import MOST_RUNGS
from mashang.workbench.queues import LIVE, QUEUES, queues_of


@dataclass(frozen=True)
class Counts:
    """Cases by queue, and those overdue by the rung of the ladder that was told; 0 is none yet."""

    queues: dict[str, int]
    rungs: dict[int, int] = field(default_factory=dict)


def count(actor: Staff, visible: QuerySet[Case], *, now: datetime) -> Counts:
    """The counts of the queues that a person has, of the cases in `visible`."""
    counted = [queue for queue in queues_of(actor) if queue.is_counted]
    overdue = QUEUES["overdue"].holds(actor, now)
    asked = {queue.name: queue.holds(actor, now) for queue in counted if queue.is_live}
    asked |= {f"rung{rung}": overdue & Q(rung=rung) for rung in range(MOST_RUNGS + 1)}
    found = visible.filter(LIVE).aggregate(
        **{name: Count("pk", filter=held) for name, held in asked.items()}
    )
    others = [
        visible.filter(queue.condition(actor, now))
        .order_by()
        .annotate(queue=Value(queue.name))
        .values("queue")
        .annotate(number=Count("pk"))
        for queue in counted
        if not queue.is_live
    ]
    if others:
        numbers = {row["queue"]: row["number"] for row in others[0].union(*others[1:], all=True)}
        found |= {q.name: numbers.get(q.name, 0) for q in counted if not q.is_live}
    rungs = {rung: found.pop(f"rung{rung}") for rung in range(MOST_RUNGS + 1)}
    return Counts(found, {rung: number for rung, number in rungs.items() if number})
