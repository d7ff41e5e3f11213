"""What stands around an order on its page: where it is, what else it may have to do with, who
looked at the requester's phone.

Everything here is read as the person who looks: another case is named only where that person may
see it, and never counted where they may not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Q

from mashang.cases.access import may_see_identity, visible_to
from mashang.cases.flow import Who
from mashang.cases.models import Assist, Case, Conflict, Entry, Requester
from mashang.cases.order_access import Order
from mashang.cases.order_timeline import who_did
from mashang.cases.schematic import Schematic, schematic
from mashang.cases.similar import Similar, similar_cases

MOST_OTHERS, MOST_NEAR = 10, 40
SAME_CODE_MOST = 5
OF_ANOTHER = ("place",)


@dataclass(frozen=True)
class Look:
    """Somebody looked at the requester's phone."""

    at: datetime
    who: str


@dataclass(frozen=True)
class Around:
    drawing: Schematic
    lead: Case | None  # the case this one was merged into
    members: list[Case]  # those merged into this one
    others: list[Case]  # the same requester's
    similar: list[Similar]
    same_code: list[Case]
    looks: list[Look] | None  # None for whoever may not know
    assists: list[Assist]
    conflicts: list[Conflict]  # in force; for dispatchers and inspectors

    @property
    def is_alone(self) -> bool:
        return not (self.lead or self.members or self.others or self.similar or self.same_code)


def around(order: Order, *, requester: Requester | None, entries: Iterable[Entry]) -> Around:
    """Read all of it, in a fixed number of queries. `requester` is given for whoever may see who
    asked."""
    case = order.case
    near = _joined_or_of_the_same_code(order)
    joined = {other.pk for other in near if other.is_joined}  # type: ignore[attr-defined]
    similar = [one for one in similar_cases(order.actor, case) if one.case.pk not in joined]
    others = _of_the_same_requester(order, requester)
    known = joined | {one.case.pk for one in similar} | {other.pk for other in others}
    return Around(
        drawing=schematic(case.place, case.spot),
        lead=next((other for other in near if other.pk == case.lead_id), None),
        members=[other for other in near if other.lead_id == case.pk],
        others=others,
        similar=similar,
        same_code=[other for other in near if other.pk not in known][:SAME_CODE_MOST],
        looks=_looks(order, entries),
        assists=_assists(case) if case.has_assists else [],
        conflicts=_conflicts(order) if case.has_conflicts else [],
    )


def _joined_or_of_the_same_code(order: Order) -> list[Case]:
    """The lead and the members of a merged case, then the newest from the same code."""
    case = order.case
    joined = Q(pk=case.lead_id) | Q(lead=case.pk)
    same_code = Q(code=case.code_id, code__isnull=False, is_sealed=case.is_sealed)
    rows = (
        visible_to(order.actor)
        .filter(joined | same_code)
        .exclude(pk=case.pk)
        .annotate(is_joined=models.Case(models.When(joined, then=True), default=False))
        .select_related(*OF_ANOTHER)
    )
    return list(rows.order_by("-is_joined", "-id")[:MOST_NEAR])


def _of_the_same_requester(order: Order, requester: Requester | None) -> list[Case]:
    """The requester's other cases whose requester the person may know, newest first.

    To list a case here tells who asked in it. So it must be one of which the person may see the
    identity, not only the words; an anonymous or erased one has no phone to be found by.
    """
    if requester is None or not requester.phone_index:
        return []
    rows = (
        visible_to(order.actor)
        .filter(requester__phone_index=requester.phone_index, is_anonymous=False)
        .exclude(pk=order.case.pk)
        .select_related(*OF_ANOTHER)
        .order_by("-id")[: 2 * MOST_OTHERS]
    )
    return [other for other in rows if may_see_identity(order.actor, other)][:MOST_OTHERS]


def _looks(order: Order, entries: Iterable[Entry]) -> list[Look] | None:
    """Newest first; for whoever may see the identity too, and for inspectors."""
    may_know = may_see_identity(order.actor, order.case) or Who.INSPECTOR in order.relations
    if not may_know:
        return None
    looks: Sequence[Entry] = [entry for entry in entries if entry.move == "look"]
    return [Look(entry.at, who_did(entry)) for entry in sorted(looks, key=lambda e: -e.seq)]


def _assists(case: Case) -> list[Assist]:
    return list(case.assists.select_related("unit", "asked_by"))


def _conflicts(order: Order) -> list[Conflict]:
    if not order.relations & {Who.DISPATCHER, Who.INSPECTOR}:
        return []
    rows = order.case.conflicts.filter(lifted_at=None)
    return list(rows.select_related("account", "unit", "found_by"))
