"""An estate's figures and its common matters, as one person may see them; and as everybody may.

All numbers are parts of `insight.definitions` over the cases at the estate's place.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from mashang.cases.access import visible_to
from mashang.cases.flow import MOVES, Phase
from mashang.cases.models import Case
from mashang.codes.models import USABLE, Code
from mashang.estates import access
from mashang.estates.models import Estate, MeetingTopic
from mashang.insight import counting
from mashang.insight.counting import within
from mashang.insight.definitions import DURATIONS, PARTS, Basis
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope
from mashang.insight.sheet import Behind
from mashang.people.actors import Staff
from mashang.places.models import subtree

# 在办, 收到, 办结, 业主确认, 退单: what stands on the page, each a part with its list.
SHOWN = ("in_hand", "in_hand_late", "received", "closed", "confirmed", "returned")
COUNTED = (*SHOWN, "valid", "answer_timed")
TIME = DURATIONS["answer_time"]
MOST_CASES, MOST_TOPICS, MOST_CODES = 100, 50, 200


@dataclass(frozen=True)
class Cell:
    label: object
    number: int
    url: str


@dataclass(frozen=True)
class Row:
    """One unit's numbers at the estate, or those of all together. Without `behind`, for residents,
    no number leads anywhere."""

    what: object
    name: str
    counts: Counter[str]
    behind: Behind | None = None

    def _cell(self, part: str) -> Cell:
        url = self.behind.url(part) if self.behind else ""
        return Cell(PARTS[part].label, self.counts[part], url)

    @property
    def cells(self) -> list[Cell]:
        return [self._cell(part) for part in SHOWN]

    @property
    def valid(self) -> Cell:
        return self._cell("valid")

    @property
    def timed(self) -> Cell:
        return self._cell("answer_timed")

    @property
    def median(self) -> int | None:
        """Minutes from receipt to answer, in the middle; None of nothing."""
        return counting.percentile(self.counts, TIME.name, 0.5)


def by_unit(scope: Scope, period: Period) -> dict[int | None, Counter[str]]:
    """The counts at a place by the unit that has the cases, in few queries whatever the units."""
    by = {"unit": F("unit_id")}
    days = {basis: within(period, basis) for basis in Basis}
    found: dict[int | None, Counter[str]] = {}
    for groups in (
        counting.count(scope.condition, days, by=by, names=COUNTED),
        counting.count_splits(scope.condition, within(period, Basis.COHORT), by=by),
    ):
        for (unit,), numbers in groups.items():
            found.setdefault(unit, Counter()).update(numbers)
    return found


def rows(actor: Staff, estate: Estate, period: Period) -> list[Row]:
    """A row for each unit whose numbers the person reads; before them all together, where they
    read all."""
    whole = Scope(place=estate.place)
    counts = by_unit(whole, period)
    found = [
        Row(
            what,
            scope.unit.name if scope.unit else "",
            counts.get(scope.unit.pk if scope.unit else None, Counter()),
            Behind(scope, period),
        )
        for what, scope in access.scopes(actor, estate)
    ]
    if access.sees_all_of(actor, estate):
        found.insert(0, Row("", estate.place.name, _sum(counts.values()), Behind(whole, period)))
    return found


def public_row(estate: Estate, period: Period) -> Row:
    """The whole estate's numbers, as every resident may read them."""
    counts = by_unit(Scope(place=estate.place), period)
    return Row("", estate.place.name, _sum(counts.values()))


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counters:
        total.update(each)
    return total


@dataclass
class Common:
    """Open cases that are likely the same matter, newest first; the rest stand alone in the last
    group, without a topic."""

    topic: int | None
    cases: list[Case]


def open_cases(actor: Staff, estate: Estate) -> list[Common]:
    """The estate's open cases that may be merged, those of one hot topic together, largest first.
    Only what the person may see; nothing sealed or confidential goes before a meeting."""
    here = visible_to(actor).filter(
        subtree(estate.place_id, field="place_id"),
        is_sealed=False,
        is_confidential=False,
        state__in=MOVES["merge"].start,
        unit__isnull=False,
    )
    found = here.select_related("place", "unit", "category").annotate(
        topic_key=F("topic_member__topic"), joined=Count("members")
    )
    groups: dict[int | None, list[Case]] = {}
    for case in found.order_by("-pk")[:MOST_CASES]:
        groups.setdefault(case.topic_key, []).append(case)
    alone = list(groups.pop(None, []))
    alone += [cases[0] for cases in groups.values() if len(cases) == 1]
    common = [Common(key, cases) for key, cases in groups.items() if len(cases) > 1]
    common.sort(key=lambda group: -len(group.cases))
    alone.sort(key=lambda case: -case.pk)
    return [*common, Common(None, alone)] if alone else common


def topics(estate: Estate) -> QuerySet[MeetingTopic]:
    """What was put before a meeting, newest first, each with how many owners raised it."""
    members = Count("lead__members", filter=~Q(lead__members__phase=Phase.DROPPED))
    return estate.topics.select_related("lead", "raised_by").annotate(owners=members + 1)


def order_codes(estate: Estate) -> QuerySet[Code]:
    """The codes on the estate's buildings that open a form for owners."""
    return (
        Code.objects.filter(subtree(estate.place_id, field="place_id"), state__in=USABLE)
        .exclude(batch__opens="")
        .select_related("place", "batch")
        .order_by("place_id", "spot")[:MOST_CODES]
    )
