"""Loading the tree of categories."""

from collections.abc import Mapping
from pathlib import Path

from django.utils.translation import gettext as _

from mashang.cases.models import Category
from mashang.configuration.loading import Loaded
from mashang.core.cached import forget_all
from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import Column, Faults, Row, Say, read_table

COLUMNS = (
    Column("code", ("代码", "类别代码"), is_required=True),
    Column("name", ("名称", "类别名称"), is_required=True),
    Column("parent_code", ("上级代码", "上级类别代码")),
    Column("order", ("次序", "顺序")),
    Column("is_active", ("在用",)),
)
MOST_CODE, MOST_NAME, DEEPEST = 40, 40, 5
Told = tuple[str, str, int, bool]  # name, parent's code, order, in use


def load_categories(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally:
    """Bring the categories in line with a table; those that it does not name stay.

    Raises BadTable with every fault, and then writes nothing.
    """
    return read_categories(path, dry_run=dry_run, say=say).tally


def read_categories(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Loaded:
    """`load_categories`, with every change named."""
    faults = Faults()
    rows = read_table(path, COLUMNS, faults, say=say)
    with all_or_nothing(dry_run=dry_run):
        loading = Loading(rows)
        faults.stop_if_any()
        loading.write()
    forget_all()
    return loading.loaded


class Loading:
    """One load: first everything in memory, so that all faults are found, then the writing."""

    def __init__(self, rows: list[Row]):
        self.loaded = Loaded()
        self.categories = {each.code: each for each in Category.objects.select_related("parent")}
        self.told: dict[str, Told] = {
            code: (c.name, c.parent.code if c.parent else "", c.order, c.is_active)
            for code, c in self.categories.items()
        }
        self.before = dict(self.told)
        self.lines: dict[str, Row] = {}
        for row in rows:
            self._read(row)
        for code, row in self.lines.items():
            self._check(code, row)

    def _read(self, row: Row) -> None:
        code = row.code("code", most=MOST_CODE, is_needed=True)
        name = row.text("name", most=MOST_NAME, is_needed=True)
        parent = row.code("parent_code", most=MOST_CODE)
        order = self._order(row, code)
        in_use = row.yes_no("is_active")
        if code in self.lines:
            line = self.lines[code].line
            row.complain("code", _("与第 %(line)d 行重复：%(code)s") % {"line": line, "code": code})
        if row.is_bad:
            return
        known = self.told.get(code, ("", "", 0, True))
        self.lines[code] = row
        self.told[code] = (
            name,
            parent if "parent_code" in row.cells else known[1],
            order,
            known[3] if in_use is None else in_use,
        )

    def _order(self, row: Row, code: str) -> int:
        """As written; else as it is, and new ones in the order of the table."""
        written = row.code("order", most=5)
        if not written:
            known = self.told.get(code)
            return known[2] if known else len(self.lines) + 1
        if not (written.isascii() and written.isdigit() and int(written) < 32768):
            row.complain("order", _("应写数字：%(value)s") % {"value": written})
            return 0
        return int(written)

    def _check(self, code: str, row: Row) -> None:
        fault = why_not(code, {each: told[1] for each, told in self.told.items()})
        if fault:
            row.refuse(fault)

    def write(self) -> None:
        for code in self.lines:
            told, before = self.told[code], self.before.get(code)
            if told == before:
                self.loaded.tally.unchanged += 1
                continue
            category = self.categories.setdefault(code, Category(code=code))
            category.name, _parent, category.order, category.is_active = told
            category.save()
            what = _("修改类别") if before else _("新增类别")
            self.loaded.count(what, code, described(before), described(told))
        for code in self.lines:
            category, parent = self.categories[code], self.categories.get(self.told[code][1])
            if category.parent_id != (parent.pk if parent else None):
                category.parent = parent
                category.save(update_fields=["parent"])


def described(told: Told | None) -> str:
    """A category in a line, for whoever looks at a change."""
    if told is None:
        return ""
    name, parent, order, in_use = told
    above = _("上级 {code}").format(code=parent) if parent else _("最上级")
    return f"{name}，{above}，{_('次序')} {order}，{_('在用') if in_use else _('停用')}"


def why_not(code: str, parents: Mapping[str, str]) -> str:
    """Why this tree cannot stand at `code`; `parents` holds the code above each code."""
    depth, step, seen = 0, parents[code], {code}
    while step:
        if step not in parents:
            return _("没有上级类别：%(code)s") % {"code": step}
        if step in seen:
            return _("上级类别绕成了圈：%(code)s") % {"code": code}
        seen.add(step)
        depth, step = depth + 1, parents[step]
    if depth >= DEEPEST:
        return _("类别最多 %(count)d 层") % {"count": DEEPEST}
    return ""
