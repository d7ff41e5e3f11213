"""Loading the responsibility catalogue."""

from datetime import date
from pathlib import Path

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.models import CatalogueRule, Category
from mashang.configuration.loading import Loaded
from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import Column, Faults, Row, Say, read_table
from mashang.core.versions import in_force, write
from mashang.people.models import Unit
from mashang.places.models import Place
from mashang.places.naming import LONGEST, short_code

COLUMNS = (
    Column("category_code", ("类别代码",), is_required=True),
    Column("place_code", ("地点代码", "区划代码"), is_required=True),
    Column("unit_code", ("承办单位代码", "单位代码")),
    Column("keeps_above", ("不下沉",)),
    Column("is_ended", ("取消", "取消本条")),
    Column("valid_from", ("启用日期", "自何日起")),
    Column("reason", ("修改原因", "依据")),
)


def load_catalogue(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally:
    """Bring the catalogue in line with a table; rules that it does not name stay.

    A line that says what is in force on its day anyway changes nothing. Raises BadTable with every
    fault, and then writes nothing.
    """
    return read_catalogue(path, dry_run=dry_run, say=say).tally


def read_catalogue(
    path: Path, *, dry_run: bool = False, say: Say | None = None, by: models.Model | None = None
) -> Loaded:
    """`load_catalogue`, with every change named; `by` is the account that asked for it."""
    faults = Faults()
    rows = read_table(path, COLUMNS, faults, say=say)
    with all_or_nothing(dry_run=dry_run):
        loading = Loading()
        for row in rows:
            loading.read(row)
        faults.stop_if_any()
        if loading.new:
            write(loading.new, by=by)
    return loading.loaded


class Loading:
    """One load: first everything in memory, so that all faults are found."""

    def __init__(self) -> None:
        self.today = timezone.localdate()
        self.categories = {each.code: each for each in Category.objects.all()}
        self.places = {place.code: place for place in Place.objects.current(self.today)}
        self.units = {unit.code: unit for unit in Unit.objects.filter(is_active=True)}
        self.known = list(
            CatalogueRule.objects.standing().select_related("category", "place", "unit")
        )
        self.new: list[CatalogueRule] = []
        self.loaded = Loaded()
        self._lines: dict[tuple[object, ...], int] = {}
        self._in_force: dict[date, dict[tuple[object, ...], list[CatalogueRule]]] = {}

    def read(self, row: Row) -> None:
        category = self.categories.get(row.code("category_code", most=40, is_needed=True))
        place = self.places.get(short_code(row.code("place_code", most=LONGEST, is_needed=True)))
        unit_code = row.code("unit_code", most=40)
        unit = self.units.get(unit_code)
        day = row.day("valid_from") or self.today
        for name, found in (("category_code", category), ("place_code", place)):
            if found is None and row.cells.get(name):
                row.complain(name, _("没有，或已停用：%(code)s") % {"code": row.cells[name]})
        if unit_code and unit is None:
            row.complain("unit_code", _("没有，或已停用：%(code)s") % {"code": unit_code})
        if day < self.today:
            row.complain("valid_from", _("只能从今天或以后开始，不能改过去"))
        keeps_above, is_ended = row.yes_no("keeps_above"), row.yes_no("is_ended")
        reason = row.text("reason", most=200)
        if row.is_bad or category is None or place is None:
            return
        self._take(
            row,
            CatalogueRule(
                category=category,
                place=place,
                unit=None if is_ended else unit,
                keeps_above=bool(keeps_above) and not is_ended,
                is_ended=bool(is_ended),
                valid_from=day,
                reason=reason,
            ),
        )

    def _take(self, row: Row, rule: CatalogueRule) -> None:
        same = (rule.key, rule.valid_from)
        if same in self._lines:
            row.refuse(_("与第 %(line)d 行重复") % {"line": self._lines[same]})
            return
        self._lines[same] = row.line
        if rule.valid_from not in self._in_force:
            self._in_force[rule.valid_from] = in_force(self.known, rule.valid_from)
        before = self._in_force[rule.valid_from].get(rule.key, [None])[0]
        if said(before) == said(rule):
            self.loaded.tally.unchanged += 1
            return
        self.new.append(rule)
        name = f"{rule.category.name} · {rule.place.full_name}"
        what = _("修改目录") if before else _("新增目录")
        self.loaded.count(what, name, said(before), f"{said(rule)}（{rule.valid_from}）")


def said(rule: CatalogueRule | None) -> str:
    """What a rule decides, in words; "" for none."""
    if rule is None or rule.is_ended:
        return ""
    if rule.unit is not None:
        unit = rule.unit.name
    elif rule.keeps_above:
        unit = _("县区综治中心分派")
    else:
        unit = _("当地的村（社区）或乡镇（街道）")
    return f"{unit}，{_('不下沉')}" if rule.keeps_above else unit
