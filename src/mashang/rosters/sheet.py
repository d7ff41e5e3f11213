"""Rosters from a table: one row a person and date, or a person and weekdays. All or nothing.

What the table names is brought in line, what it does not name stays: of a date that it names, the
dated duty of that unit; of a person with weekdays, their regular hours at that unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.core.errors import Refused
from mashang.core.excel import write_workbook
from mashang.core.tables import BadTable, Column, Fault, Faults, Row, read_table
from mashang.people.actors import Staff
from mashang.people.duty import ONE_DAY
from mashang.people.hours import Hours, WrongHours, read_hours
from mashang.people.models import Account, Shift, Unit
from mashang.rosters.access import arranged_by, members
from mashang.rosters.actions import FURTHEST, Plan, end_row, made_row, next_order, rows_of
from mashang.rosters.wording import say_shift

COLUMNS = (
    Column("unit", ("单位代码",), is_required=True),
    Column("unit_name", ("单位名称", "单位")),
    Column("username", ("用户名", "账号")),
    Column("name", ("姓名",)),
    Column("date", ("日期",)),
    Column("weekdays", ("星期",)),
    Column("hours", ("时间",)),
    Column("order", ("次序",)),
    Column("first", ("从哪天起",)),
    Column("last", ("到哪天止",)),
)
MOST_ROWS = 2000
MOST_ORDER = 99
SALT, KEPT_SECONDS = "mashang.rosters.sheet", 24 * 3600
TEMPLATE_ROWS = 500
NOTED = 100  # changes that the register keeps word for word; it counts them all


@dataclass(frozen=True)
class Wanted:
    """One row that was understood."""

    row: Row
    unit: Unit
    account: Account
    hours: Hours
    day: date | None
    order: int | None
    first: date
    last: date | None


@dataclass
class Proposal:
    """What a table would change."""

    made: list[Shift] = field(default_factory=list)
    ended: list[tuple[Shift, date | None]] = field(default_factory=list)
    unchanged: int = 0
    empty: int = 0

    @property
    def begun(self) -> list[str]:
        return [say_shift(shift) for shift in self.made]

    @property
    def gone(self) -> list[str]:
        return [say_shift(shift) for shift, _last in self.ended]

    @property
    def changes_something(self) -> bool:
        return bool(self.made or self.ended)


# Reading ----------------------------------------------------------------------------------------


def cells_of(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a file as (line, cells by column). Raises BadTable where it cannot be read."""
    faults = Faults()
    rows = read_table(path, COLUMNS, faults)
    if len(rows) > MOST_ROWS:
        faults.add(0, _("一次最多导入 {count} 行，请分开导入。").format(count=MOST_ROWS))
    faults.stop_if_any()
    return [(row.line, {k: v for k, v in row.cells.items() if k and v}) for row in rows]


def signed(cells: Sequence[tuple[int, Mapping[str, str]]]) -> str:
    """The rows as a page carries them from the dry run to the press that applies them."""
    return signing.dumps(cells, salt=SALT, compress=True)


def unsigned(text: str) -> list[tuple[int, dict[str, str]]]:
    """Raises BadTable where it is not what `signed` made within a day."""
    try:
        return [
            (line, cells) for line, cells in signing.loads(text, salt=SALT, max_age=KEPT_SECONDS)
        ]
    except signing.BadSignature as error:
        raise BadTable([Fault(0, _("页面放得太久了，请重新选文件。"))]) from error


class Reading:
    """Understands rows one by one, with every fault kept."""

    def __init__(self, by: Staff, *, at: datetime):
        self.today = timezone.localdate(at)
        self.units = {unit.code: unit for unit in arranged_by(by)}
        self.people: dict[int, list[Account]] = {}
        self.faults = Faults()
        self.empty = 0

    def read(self, cells: Iterable[tuple[int, Mapping[str, str]]]) -> list[Wanted]:
        titles = {column.name: column.titles[0] for column in COLUMNS}
        found = [self._read(Row(line, row, titles, self.faults)) for line, row in cells]
        return [wanted for wanted in found if wanted is not None]

    def _read(self, row: Row) -> Wanted | None:
        if not any(row.cells.get(name) for name in ("date", "weekdays", "hours")):
            self.empty += 1
            return None
        unit = self.units.get(row.code("unit", most=40, is_needed=True))
        if unit is None:
            row.complain("unit", _("没有这个单位，或不归您排班"))
            return None
        account = self._person(row, unit)
        hours, day = self._when(row)
        order = self._order(row)
        first, last = row.day("first"), row.day("last")
        if day and (first or last):
            row.complain("first", _("写了日期就不用写从哪天起、到哪天止"))
        begins = day or first or self.today
        if begins < self.today:
            row.refuse(_("过去的日子不能再改"))
        if begins > self.today + FURTHEST:
            row.refuse(_("日子太远了，请核对"))
        if last and last < begins:
            row.complain("last", _("早于开始的日子"))
        if row.is_bad or account is None or hours is None:
            return None
        return Wanted(row, unit, account, hours, day, order, begins, last)

    def _person(self, row: Row, unit: Unit) -> Account | None:
        if unit.pk not in self.people:
            self.people[unit.pk] = list(members(unit))
        username, name = row.code("username", most=40), row.text("name", most=40)
        found = [
            person
            for person in self.people[unit.pk]
            if (not username or person.username == username) and (not name or person.name == name)
        ]
        if not username and not name:
            row.complain("username", _("没有填"))
        elif not found:
            row.refuse(_("{unit}没有这个人：{name}").format(unit=unit.name, name=name or username))
        elif len(found) > 1:
            row.complain("username", _("要写：这个单位有几个人同名"))
        return found[0] if len(found) == 1 else None

    def _when(self, row: Row) -> tuple[Hours | None, date | None]:
        day = row.day("date")
        weekdays, hours = row.text("weekdays", most=40), row.text("hours", most=40)
        if day and weekdays:
            row.complain("weekdays", _("日期和星期只写一个"))
        elif not day and not weekdays:
            row.complain("weekdays", _("没有填：写日期，或写星期（如 1-5、周六、每天）"))
        try:
            read = read_hours(" ".join(part for part in (weekdays, hours) if part) or "是")
        except WrongHours:
            read = []
        if len(read) != 1:
            row.complain("hours", _("看不懂：写成 08:30-18:00，不写就是全天"))
            return None, day
        return (Hours(starts=read[0].starts, ends=read[0].ends) if day else read[0]), day

    def _order(self, row: Row) -> int | None:
        written = row.code("order", most=4)
        if not written:
            return None
        if written.isascii() and written.isdigit() and 1 <= int(written) <= MOST_ORDER:
            return int(written)
        row.complain("order", _("要写 1 到 99 的数"))
        return None


# Comparing --------------------------------------------------------------------------------------


def propose(
    cells: Sequence[tuple[int, Mapping[str, str]]], *, by: Staff, at: datetime | None = None
) -> Proposal:
    """What the rows would change. Raises BadTable with every fault."""
    at = at or timezone.now()
    reading = Reading(by, at=at)
    wanted = reading.read(cells)
    found = Proposal(empty=reading.empty)
    groups: dict[tuple[object, ...], list[Wanted]] = defaultdict(list)
    for each in wanted:
        whose = each.day or each.account.pk
        groups[each.unit.pk, each.day is not None, whose].append(each)
    orders: dict[int, int] = {}
    for rows in groups.values():
        _compare(rows, found, orders, at=at)
    reading.faults.stop_if_any()
    return found


def _compare(rows: list[Wanted], found: Proposal, orders: dict[int, int], *, at: datetime) -> None:
    """Bring one day's dated duty, or one person's regular hours, in line with its rows."""
    unit, day, account = rows[0].unit, rows[0].day, rows[0].account
    first = min(row.first for row in rows)
    last = day or first + FURTHEST
    today = timezone.localdate(at)
    before = first - ONE_DAY if day is None and first > today else None
    current: dict[tuple[object, ...], Shift] = {}
    for shift in rows_of(unit, first, last):
        if shift.is_dated != (day is not None) or (not day and shift.account_id != account.pk):
            continue
        key = (shift.account_id, shift.weekdays, shift.starts, shift.ends)
        if key in current:
            found.ended.append((current[key], before))
        current[key] = shift
    seen: dict[tuple[object, ...], int] = {}
    for place, row in enumerate(rows, start=1):
        key = (row.account.pk, row.hours.weekdays, row.hours.starts, row.hours.ends)
        if key in seen:
            row.row.refuse(_("与第 {line} 行重复").format(line=seen[key]))
            continue
        seen[key] = row.row.line
        standing = current.pop(key, None)
        order = row.order or (place if day else None)
        if standing and _is_same(standing, row, order):
            found.unchanged += 1
            continue
        if standing:
            found.ended.append((standing, before))
            order = order or standing.order
        if order is None:
            orders[unit.pk] = orders.get(unit.pk, next_order(unit) - 1) + 1
            order = orders[unit.pk]
        plan = Plan(row.account, row.hours, order, day=row.day, first=row.first, last=row.last)
        try:
            found.made.append(made_row(unit, plan, at=at))
        except Refused as refusal:
            row.row.refuse(str(refusal))
    found.ended += [(shift, before) for shift in current.values()]


def _is_same(standing: Shift, row: Wanted, order: int | None) -> bool:
    """Whether the roster says already what the row says."""
    return (
        standing.valid_from <= row.first
        and standing.valid_to == (row.day or row.last)
        and order in (None, standing.order)
    )


# Applying ---------------------------------------------------------------------------------------


def apply(
    cells: Sequence[tuple[int, Mapping[str, str]]], *, by: Staff, at: datetime | None = None
) -> Proposal:
    """Change the rosters as the rows say: all of it or nothing. Raises BadTable."""
    at = at or timezone.now()
    with transaction.atomic():
        # Everything this person arranges is held, so that nobody changes a roster half read.
        list(arranged_by(by).select_for_update().order_by("pk").values_list("pk"))
        found = propose(cells, by=by, at=at)
        for shift, last in found.ended:
            end_row(shift, last, at=at)
        Shift.objects.bulk_create(found.made)
        if found.changes_something:
            rows = [*found.begun, *(_("停：{shift}").format(shift=text) for text in found.gone)]
            data = {"what": _("导入值班表"), "row": rows[:NOTED], "count": len(rows)}
            record("duty", by=by, data=data)
    return found


# The template -----------------------------------------------------------------------------------


def template(by: Staff) -> IO[bytes]:
    """A workbook with everybody who can be put on a roster; what is not filled in counts for
    nothing."""
    rows: list[list[object]] = []
    for unit in arranged_by(by).order_by("code"):
        if len(rows) >= TEMPLATE_ROWS:
            break
        rows += [[unit.code, unit.name, person.username, person.name] for person in members(unit)]
    head = [column.titles[0] for column in COLUMNS]
    head.append("说明")
    remarks = (
        "写日期（2026-10-01）就只排那一天，那天不按固定班；写星期（1-5、周六、每天）就是固定班",
        "时间写 08:30-18:00，过夜写 18:00-08:00，不写就是全天；没有填的行不算",
        "导入后，表里写到的日期、写到的人以表为准，没写到的不变",
    )
    for remark, row in zip(remarks, rows, strict=False):
        row.extend([""] * (len(COLUMNS) - len(row)) + [remark])
    return write_workbook("值班表", head, rows, widths=(16, 24, 16, 12, 12, 12, 14, 8, 12, 12, 60))
