"""The monthly table as cities publish it: one row a unit, of the matters received in the period."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from django.db.models import F
from django.utils.translation import gettext as _

from mashang.core.excel import write_workbook
from mashang.insight import counting
from mashang.insight.counting import within
from mashang.insight.definitions import FIGURES, Basis
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope
from mashang.insight.sheet import Behind, Shown
from mashang.people.models import Unit, UnitKind
from mashang.places.models import TOWNSHIP_DIGITS

# The columns of cases, in their order; what each means says the page of definitions.
COLUMNS = ("valid", "on_time", "late", "untimed", "open", "open_late", "returned")
RATES = ("closure", "on_time", "dissatisfied")
PARTS = sorted({*COLUMNS, *(p for name in RATES for p in (FIGURES[name].counts, FIGURES[name].of))})
WIDTHS = (36, 14, *[11] * 13)
VILLAGES = UnitKind.COMMUNITY


@dataclass(frozen=True)
class Row:
    """A unit's numbers; `unit` is None for what no unit has, and `is_total` for all rows."""

    unit: Unit | None
    counts: Counter[str]
    behind: Behind
    is_total: bool = False

    @property
    def name(self) -> str:
        if self.is_total:
            return _("合计")
        return self.unit.name if self.unit else _("还没有承办单位")

    @property
    def cells(self) -> list[tuple[int, str]]:
        return [(self.counts[name], self.behind.url(name)) for name in COLUMNS]

    @property
    def rates(self) -> list[Shown]:
        return [Shown(FIGURES[name], self.counts, {}, self.behind) for name in RATES]


@dataclass(frozen=True)
class Table:
    """The rows by the unit's code, and their total. `kinds` are those of all units with cases."""

    rows: list[Row]
    total: Row | None
    kinds: list[tuple[str, str, int]]
    kind: str


def kind_wanted(asked: str, scope: Scope) -> str:
    """Which kind of units is shown: of a county or the city all but villages, unless asked."""
    if asked in UnitKind or asked == "all":
        return asked
    is_wide = scope.place is not None and len(scope.place.pk) < TOWNSHIP_DIGITS
    return "above" if is_wide else "all"


def table(scope: Scope, period: Period, kind: str) -> Table:
    """Matters received in the period, by the unit that has them now."""
    counts = counting.count(
        scope.condition,
        {Basis.COHORT: within(period, Basis.COHORT)},
        by={"unit": F("unit_id")},
        names=PARTS,
    )
    by_key = {key: numbers for (key,), numbers in counts.items()}
    units = Unit.objects.filter(pk__in=[key for key in by_key if key]).order_by("code")
    found: Counter[str] = Counter(unit.kind for unit in units)
    rows = [
        Row(unit, by_key[unit.pk], Behind(Scope(place=scope.place, unit=unit), period))
        for unit in units
        if _is_of(unit, kind)
    ]
    if None in by_key and kind in ("all", "above"):
        rows.append(Row(None, by_key[None], Behind(scope, period, "unassigned=1")))
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row.counts)
    is_whole = kind == "all" or (kind == "above" and not found[VILLAGES])
    behind = Behind(scope, period) if is_whole else _NoLinks(scope, period)
    shown = Row(None, total, behind, is_total=True) if rows else None
    kinds = [(each.value, str(each.label), found[each]) for each in UnitKind if found[each]]
    return Table(rows, shown, kinds, kind)


def _is_of(unit: Unit, kind: str) -> bool:
    if kind == "above":
        return unit.kind != VILLAGES
    return kind in ("all", unit.kind)


class _NoLinks(Behind):
    """Of a total over some of the units there is no one list."""

    def url(self, part: str, **more: object) -> str:
        return ""


def heads() -> list[str]:
    return [
        _("单位"), _("单位代码"), _("有效受理"), _("按时办结"), _("超期办结"), _("办结但无期限"),
        _("还在办"), _("其中已超期"), _("申请过退单"), _("办结"), _("办结率 %"), _("按时办结率 %"),
        _("已评价"), _("不满意"), _("不满意率 %"),
    ]  # fmt: skip


def cells(rows: Sequence[Row]) -> Iterator[Sequence[object]]:
    """The table's rows as numbers, for a workbook."""
    for row in rows:
        counts, (closure, on_time, dissatisfied) = row.counts, row.rates
        yield (
            row.name, row.unit.code if row.unit else "", *(counts[name] for name in COLUMNS),
            counts["closed"], closure.percent, on_time.percent, counts["rated"],
            counts["dissatisfied"], dissatisfied.percent,
        )  # fmt: skip


def workbook(table: Table, period: Period) -> IO[bytes]:
    """The table as an Excel file, at its beginning."""
    rows = [*table.rows, *([table.total] if table.total else [])]
    return write_workbook(period.label, heads(), cells(rows), widths=WIDTHS)
