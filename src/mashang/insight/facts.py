"""From a case and what hangs on it to its row of facts: the one place that says what each means.

Many cases at once, in six queries. The same function keeps the facts up and checks them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from mashang.cases import contact as contacts
from mashang.cases.flow import ClockName, Phase
from mashang.cases.models import Ask, AskKind, Case, Clock, Entry, Rating, Requester
from mashang.insight.models import Fact, Kept
from mashang.places.models import TOWNSHIP_DIGITS

MINUTE = timedelta(minutes=1)
CASE = (
    *("pk", "version", "place_id", "unit_id", "category_id", "channel", "state"),
    *("phase", "received_at", "closed_at", "is_sealed", "is_anonymous", "lead_id"),
    *("reopenings", "reworks"),
)
COUNTED = (ClockName.CONTACT, ClockName.ACKNOWLEDGE, ClockName.HANDLING)
COLUMNS = [each.attname for each in Fact._meta.concrete_fields]


@dataclass
class _Around:
    """What hangs on one case."""

    clocks: dict[str, list[Clock]] = field(default_factory=lambda: defaultdict(list))
    moves: list[str] = field(default_factory=list)  # that tell of a contact
    returns: int = 0
    erased_at: datetime | None = None
    rating: tuple[bool, str] | None = None


def derive(keys: Iterable[int], *, at: datetime) -> tuple[list[Fact], dict[int, int]]:
    """The facts of these cases as of `at`, and the version of each case that was read."""
    keys = list(keys)
    cases = list(Case.objects.filter(pk__in=keys).order_by("pk").values(*CASE))
    around = _around(keys)
    facts = [_fact(case, around[case["pk"]], at) for case in cases]
    return facts, {case["pk"]: case["version"] for case in cases}


def _around(keys: Sequence[int]) -> dict[int, _Around]:
    found: dict[int, _Around] = defaultdict(_Around)
    clocks = Clock.objects.filter(case__in=keys, name__in=COUNTED).order_by("started_at", "pk")
    for clock in clocks:
        found[clock.case_id].clocks[clock.name].append(clock)
    told = Entry.objects.filter(case__in=keys, move__in=contacts.TELLING).order_by("seq")
    for key, move in told.values_list("case", "move"):
        found[key].moves.append(move)
    returned = Ask.objects.filter(case__in=keys, kind=AskKind.RETURN).order_by()
    for key, number in returned.values_list("case").annotate(Count("pk")):
        found[key].returns = number
    erased = Requester.objects.filter(case__in=keys, erased_at__isnull=False)
    for key, erased_at in erased.values_list("case", "erased_at"):
        found[key].erased_at = erased_at
    rated = Rating.objects.filter(case__in=keys)
    for key, is_solved, score in rated.values_list("case", "is_solved", "score"):
        found[key].rating = is_solved, score
    return found


def _fact(case: dict[str, Any], around: _Around, at: datetime) -> Fact:
    received = timezone.localtime(case["received_at"])
    is_done = case["phase"] == Phase.DONE
    closed_at = case["closed_at"] if is_done else None
    contact = around.clocks[ClockName.CONTACT][:1]
    if contact and around.erased_at and contact[0].stopped_at == around.erased_at:
        contact = []  # whoever is to be called had their number deleted before
    acknowledge = around.clocks[ClockName.ACKNOWLEDGE]
    handling = around.clocks[ClockName.HANDLING][-1:]
    running = [
        clock.due_at
        for clock in (*contact, *acknowledge, *handling)
        if clock.stopped_at is None and clock.paused_at is None and clock.due_at >= at
    ]
    is_solved, score = around.rating or (None, "")
    return Fact(
        case_id=case["pk"],
        place=case["place_id"],
        township=case["place_id"][:TOWNSHIP_DIGITS],
        unit_id=case["unit_id"],
        category_id=case["category_id"],
        channel=case["channel"],
        state=case["state"],
        phase=case["phase"],
        received_on=received.date(),
        received_hour=received.hour,
        weekday=received.isoweekday(),
        closed_on=timezone.localtime(closed_at).date() if closed_at else None,
        is_sealed=case["is_sealed"],
        is_anonymous=case["is_anonymous"],
        is_erased=around.erased_at is not None,
        is_member=case["lead_id"] is not None,
        contact=kept(contact, at),
        acknowledge=kept(acknowledge, at),
        handling=kept(handling, at),
        contact_proof=contacts.first_proof(around.moves),
        contact_minutes=_took(contact),
        acknowledge_minutes=_took(acknowledge[:1]),
        answer_minutes=(closed_at - case["received_at"]) // MINUTE if closed_at else None,
        returns=around.returns,
        redos=case["reopenings"] + case["reworks"],
        is_solved=is_solved,
        score=score,
        looks_at=min(running, default=None),
    )


def kept(clocks: Sequence[Clock], at: datetime) -> str:
    """Whether these limits were kept: late where one was not; "" where there is none."""
    if not clocks:
        return ""
    if any(clock.is_overdue(at) for clock in clocks):
        return Kept.LATE.value
    is_running = any(clock.stopped_at is None for clock in clocks)
    return (Kept.RUNNING if is_running else Kept.MET).value


def _took(clocks: Sequence[Clock]) -> int | None:
    """Whole minutes from the start to the end of the first of them, once it has ended."""
    if not clocks or clocks[0].stopped_at is None:
        return None
    return (clocks[0].stopped_at - clocks[0].started_at) // MINUTE


def values(fact: Fact) -> dict[str, Any]:
    """Its columns, to be compared."""
    return {name: getattr(fact, name) for name in COLUMNS}
