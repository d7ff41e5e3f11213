"""The figures of one scope in one period, ready to be printed, each with what it leads to."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from django.db.models import Count, Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mashang.cases import categories
from mashang.cases.flow import State
from mashang.cases.models import Channel
from mashang.insight import charts, counting, tallies
from mashang.insight.counting import DAY, within
from mashang.insight.definitions import (
    DURATIONS,
    EVERYWHERE,
    FIGURES,
    PARTS,
    Basis,
    Duration,
    Figure,
    Part,
)
from mashang.insight.models import Fact
from mashang.insight.periods import BY_DAY, Period
from mashang.insight.scopes import Scope
from mashang.places.models import TOWNSHIP_DIGITS, Place

HUNDREDTH = Decimal("0.01")
# The rates that stand on the first page, beside each place and on the wall.
RATES = ("contact", "closure", "confirmed", "on_time", "rated", "satisfied")


def percent(part: int, whole: int) -> Decimal | None:
    """Percent to two places, from whole numbers of cases and never from anything rounded; None
    of nothing. 21,320 of 22,000 is 96.91."""
    if not whole:
        return None
    return (Decimal(100 * part) / Decimal(whole)).quantize(HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class Behind:
    """The address of the list behind a number; `also` is a further condition of all of them."""

    scope: Scope
    period: Period
    also: str = ""

    @cached_property
    def _before(self) -> str:
        parts = (self.scope.key, self.period.query, self.also, "part=")
        return f"{reverse('figure_cases')}?{'&'.join(part for part in parts if part)}"

    def url(self, part: str, **more: object) -> str:
        return self._before + part + "".join(f"&{name}={value}" for name, value in more.items())


@dataclass(frozen=True)
class Line:
    """A part with its number and where its cases are listed."""

    part: Part
    number: int
    url: str


@dataclass(frozen=True)
class Shown:
    """A figure as printed: its number, of how many, and the same in the period compared to."""

    figure: Figure
    counts: Mapping[str, int]
    before: Mapping[str, int]
    behind: Behind

    def _line(self, name: str) -> Line:
        return Line(PARTS[name], self.counts.get(name, 0), self.behind.url(name))

    @cached_property
    def numerator(self) -> Line:
        return self._line(self.figure.counts)

    @cached_property
    def denominator(self) -> Line | None:
        return self._line(self.figure.of) if self.figure.of else None

    @cached_property
    def leaves_out(self) -> list[Line]:
        return [self._line(name) for name in self.figure.leaves_out]

    @property
    def percent(self) -> Decimal | None:
        return percent(self.numerator.number, self.counts.get(self.figure.of, 0))

    @property
    def percent_before(self) -> Decimal | None:
        return percent(self.before.get(self.figure.counts, 0), self.before.get(self.figure.of, 0))

    @property
    def number_before(self) -> int:
        return self.before.get(self.figure.counts, 0)

    @property
    def of_before(self) -> int:
        return self.before.get(self.figure.of, 0)

    @property
    def change(self) -> Decimal | None:
        """Percentage points for a rate, cases for a number."""
        if not self.figure.is_rate:
            return Decimal(self.numerator.number - self.number_before)
        if self.percent is None or self.percent_before is None:
            return None
        return self.percent - self.percent_before

    @property
    def change_said(self) -> str:
        """多 3, 低 0.42 个百分点, 持平."""
        change = self.change
        if change is None:
            return ""
        if not change:
            return _("持平")
        said = _("多 {size}") if change > 0 else _("少 {size}")
        if self.figure.is_rate:
            said = _("高 {size} 个百分点") if change > 0 else _("低 {size} 个百分点")
        return said.format(size=abs(change))


@dataclass(frozen=True)
class Timing:
    """How long a step took: in the middle, and for nine of ten."""

    duration: Duration
    number: Line
    median: int | None
    ninth: int | None
    median_before: int | None
    ninth_before: int | None


@dataclass
class Sheet:
    """What one page shows. `days` are the counts of each day of the period."""

    scope: Scope
    period: Period
    than: Period | None
    days: dict[date, Counter[str]]
    before_days: dict[date, Counter[str]] = field(default_factory=dict)

    @cached_property
    def behind(self) -> Behind:
        return Behind(self.scope, self.period)

    @cached_property
    def counts(self) -> Counter[str]:
        return total(self.days.values())

    @cached_property
    def before(self) -> Counter[str]:
        return total(self.before_days.values())

    def shown(self, name: str) -> Shown:
        return Shown(FIGURES[name], self.counts, self.before, self.behind)

    def line(self, name: str) -> Line:
        return Line(PARTS[name], self.counts[name], self.behind.url(name))

    @property
    def rates(self) -> list[Shown]:
        return [self.shown(name) for name in RATES]

    @cached_property
    def figures(self) -> list[Shown]:
        return [self.shown(name) for name, each in FIGURES.items() if each.basis != Basis.STOCK]

    @property
    def timings(self) -> list[Timing]:
        now, before = self.counts, self.before
        return [
            Timing(
                each,
                self.line(each.part),
                *(counting.percentile(now, each.name, share) for share in (0.5, 0.9)),
                *(counting.percentile(before, each.name, share) for share in (0.5, 0.9)),
            )
            for each in DURATIONS.values()
        ]

    @property
    def channels(self) -> list[tuple[str, int, str]]:
        found = dict(counting.split(self.counts, "channel"))
        return [
            (str(label), found.get(value, 0), self.behind.url("received", channel=value))
            for value, label in Channel.choices
        ]

    @property
    def chosen_categories(self) -> list[tuple[str, int, str]]:
        """By name, in the order of the city's tree."""
        found = dict(counting.split(self.counts, "category"))
        return [
            (node.full_name, found[key], self.behind.url("received", category=key))
            for node in categories.tree()
            if (key := str(node.category.pk)) in found
        ]

    @property
    def categories(self) -> list[tuple[str, int, str]]:
        """The same; those that have none yet come last."""
        rows = self.chosen_categories
        if number := self.counts["category:"]:
            rows.append((_("还没有分类"), number, self.behind.url("received", category="none")))
        return rows

    @property
    def hours(self) -> list[tuple[int, list[charts.Cell]]]:
        """By weekday (1 is Monday), the 24 hours with their numbers."""
        found = Counter(dict(counting.split(self.counts, "hour")))
        return [
            (
                day,
                [
                    charts.Cell(
                        found[f"{day}:{hour}"], self.behind.url("received", weekday=day, hour=hour)
                    )
                    for hour in range(24)
                ],
            )
            for day in range(1, 8)
        ]


def total(counts: Iterable[Counter[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in counts:
        tallies.add(found, each)
    return found


def read(scope: Scope, period: Period, *, than: Period | None = None) -> Sheet:
    """The figures of a scope in a period, and of the one that it is compared to."""
    return Sheet(scope, period, than, by_day(scope, period), by_day(scope, than) if than else {})


def _days(period: Period) -> dict[Basis, Q]:
    return {basis: within(period, basis) for basis in (Basis.COHORT, Basis.FLOW)}


def by_day(scope: Scope, period: Period) -> dict[date, Counter[str]]:
    """All counts of each day that has any: from the tallies, of small scopes from the facts."""
    place = scope.place if scope.unit is None else None
    if place is not None and len(place.pk) <= TOWNSHIP_DIGITS:
        return tallies.days_of(place.pk, period)
    by = {DAY: None}
    found = counting.count(scope.condition, _days(period), by=by)
    splits = counting.count_splits(scope.condition, within(period, Basis.COHORT), by=by)
    days: dict[date, Counter[str]] = {}
    for counts in (found, splits):
        for (day,), numbers in counts.items():
            days.setdefault(day, Counter()).update(numbers)
    return days


COMPARED = sorted(
    {"received"} | {part for name in RATES for part in (FIGURES[name].counts, FIGURES[name].of)}
)


@dataclass(frozen=True)
class Below:
    """A place right below the scope's, with its figures; in the order of the codes, no ranking."""

    place: Place
    scope: Scope
    counts: Counter[str]
    period: Period

    def shown(self, name: str) -> Shown:
        return Shown(FIGURES[name], self.counts, {}, Behind(self.scope, self.period))

    @property
    def received(self) -> Shown:
        return self.shown("received")

    @property
    def rates(self) -> list[Shown]:
        return [self.shown(name) for name in RATES]


def below(scope: Scope, period: Period) -> list[Below]:
    """The places right below, each with its figures, those that have none too."""
    if scope.place is None or not scope.digits:
        return []
    places = list(Place.objects.filter(parent=scope.place).order_by("code"))
    found = by_place(scope, period, [place.pk for place in places])
    return [
        Below(place, Scope(place=place), found.get(place.pk, Counter()), period)
        for place in places
        if place.pk in found or _was_there(place, period)
    ]


def _was_there(place: Place, period: Period) -> bool:
    return place.valid_from <= period.last and (
        place.valid_to is None or place.valid_to > period.first
    )


def by_place(
    scope: Scope, period: Period, codes: Collection[str], names: Iterable[str] = COMPARED
) -> dict[str, Counter[str]]:
    """The named parts at each of these places: divisions below the scope's, or the villages of a
    township."""
    if scope.digits <= TOWNSHIP_DIGITS:
        return tallies.sums_of(codes, period, names)
    by = {"place": Left("place", scope.digits)}
    counts = counting.count(scope.condition, _days(period), by=by, names=names)
    return {place: numbers for (place,), numbers in counts.items() if place in codes}


def in_hand(scope: Scope) -> list[tuple[str, str, int]]:
    """How many are in hand now, by state: (state, its label, number), as cases travel."""
    rows = Fact.objects.filter(EVERYWHERE, scope.condition, PARTS["in_hand"].condition)
    found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    return [
        (str(state), str(State(state).label), found[state]) for state in State if state in found
    ]


def overdue(scope: Scope) -> int:
    """How many in hand now are past their handling limit, whenever they were received."""
    return Fact.objects.filter(EVERYWHERE, scope.condition, PARTS["in_hand_late"].condition).count()


def over_time(shown: Sheet) -> list[tuple[str, int, int]]:
    """How many came and went, by day or, of a long period, by month: (label, in, out)."""
    is_daily = shown.period.days <= BY_DAY
    sums: dict[str, Counter[str]] = {}
    for day in shown.period.each_day():
        label = f"{day:%m-%d}" if is_daily else f"{day:%Y-%m}"
        sums.setdefault(label, Counter()).update(shown.days.get(day, Counter()))
    return [(label, n["received"], n["flow_closed"]) for label, n in sums.items()]


@dataclass(frozen=True)
class Trend:
    """How many came and went, by day or by month: drawn, and as rows of a table."""

    drawing: SafeString
    rows: list[tuple[str, int, int]]


def trend(shown: Sheet) -> Trend:
    """By day up to two months, else by month."""
    rows = over_time(shown)
    is_daily = shown.period.days <= BY_DAY
    title = _("{period}每天收到和办结") if is_daily else _("{period}每月收到和办结")
    drawing = charts.lines(
        [label for label, _received, _closed in rows],
        [
            charts.Series(_("收到"), [received for _label, received, _closed in rows]),
            charts.Series(_("办结"), [closed for _label, _received, closed in rows]),
        ],
        title=title.format(period=shown.period.label),
        says=_("收到 {received} 件，办结 {closed} 件。").format(
            received=shown.counts["received"], closed=shown.counts["flow_closed"]
        ),
    )
    return Trend(drawing, rows)
