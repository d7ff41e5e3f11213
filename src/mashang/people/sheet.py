"""Reading the sheet of units, people and posts: one row per post, repeated words must agree."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from mashang.core.phones import WrongPhone, clean_phone, is_mobile
from mashang.core.tables import Column, Faults, Row, Say, read_table
from mashang.people.hours import Hours, WrongHours, read_hours
from mashang.people.models import Position, Role, UnitKind
from mashang.places.naming import LONGEST, short_code

COLUMNS = (
    Column("unit_code", ("单位代码",), is_required=True),
    Column("unit_name", ("单位名称", "单位")),
    Column("unit_kind", ("单位类别",)),
    Column("unit_place", ("单位所在地代码", "单位所在地")),
    Column("unit_parent", ("上级单位代码", "上级单位")),
    Column("username", ("用户名", "账号")),
    Column("name", ("姓名",)),
    Column("phone", ("手机", "手机号", "电话")),
    Column("role", ("角色",)),
    Column("position", ("职级",)),
    Column("title", ("职务",)),
    Column("scope", ("管辖范围代码", "管辖范围")),
    Column("lead", ("单位负责人", "负责人")),
    Column("starts", ("任职日期", "任职")),
    Column("ends", ("离任日期", "离任")),
    Column("duty", ("值班",)),
)
PERSONAL = ("name", "phone", "role", "position", "title", "scope", "lead", "starts", "ends", "duty")
CODE_FORM = re.compile(r"[\w.@+-]*")


@dataclass
class Said:
    """What the rows say about one unit or account, by column; they may repeat, not contradict."""

    row: Row
    values: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def hear(self, row: Row, **values: str) -> None:
        for column, value in values.items():
            if not value:
                continue
            if self.values.setdefault(column, value) != value:
                first = self.rows[column].line
                row.complain(column, _("与第 %(line)d 行不一致") % {"line": first})
            self.rows.setdefault(column, row)


@dataclass(frozen=True)
class Office:
    """A row's post: whose, where, and its duty hours (None where the row says nothing)."""

    row: Row
    unit: str
    username: str
    role: str
    position: str
    title: str
    scope: str
    is_lead: bool | None
    starts: date | None
    ends: date | None
    duty: list[Hours] | None


@dataclass
class Sheet:
    """What a whole sheet says, by unit code, by username and by post."""

    rows: int = 0
    units: dict[str, Said] = field(default_factory=dict)
    accounts: dict[str, Said] = field(default_factory=dict)
    offices: list[Office] = field(default_factory=list)


def read_sheet(path: Path, faults: Faults, *, say: Say | None = None) -> Sheet:
    """The sheet in `path`; what is wrong with single rows goes to `faults`."""
    sheet = Sheet()
    for row in read_table(path, COLUMNS, faults, say=say):
        sheet.rows += 1
        unit = _identifier(row, "unit_code", is_needed=True)
        if unit:
            _hear_unit(sheet, unit, row)
        username = _identifier(row, "username")
        if username and unit:
            _hear_person(sheet, unit, username, row)
        elif not username and any(row.cells.get(name) for name in PERSONAL):
            row.complain("username", _("没有填"))
    return sheet


def _hear_unit(sheet: Sheet, code: str, row: Row) -> None:
    sheet.units.setdefault(code, Said(row)).hear(
        row,
        unit_name=row.text("unit_name", most=80),
        unit_kind=row.choice("unit_kind", UnitKind),
        unit_place=short_code(row.code("unit_place", most=LONGEST)),
        unit_parent=_identifier(row, "unit_parent"),
    )


def _hear_person(sheet: Sheet, unit: str, username: str, row: Row) -> None:
    sheet.accounts.setdefault(username, Said(row)).hear(
        row, name=row.text("name", most=40), phone=_phone(row)
    )
    office = Office(
        row=row,
        unit=unit,
        username=username,
        role=row.choice("role", Role, is_needed=True),
        position=row.choice("position", Position),
        title=row.text("title", most=60),
        scope=short_code(row.code("scope", most=LONGEST)),
        is_lead=row.yes_no("lead"),
        starts=row.day("starts"),
        ends=row.day("ends"),
        duty=_duty(row),
    )
    if office.starts and office.ends and office.ends < office.starts:
        row.refuse(_("离任日期早于任职日期"))
    sheet.offices.append(office)


def _identifier(row: Row, name: str, *, is_needed: bool = False) -> str:
    value = row.code(name, most=40, is_needed=is_needed)
    if not CODE_FORM.fullmatch(value):
        row.complain(name, _("只能用字母、汉字、数字和 . @ + - _：%(value)s") % {"value": value})
        return ""
    return value


def _phone(row: Row) -> str:
    """The national digits of a mobile: duty and sign-in both need an SMS."""
    written = row.text("phone", most=40)
    if not written:
        return ""
    try:
        phone = clean_phone(written)
    except WrongPhone:
        row.complain("phone", _("不是正确的手机号"))
        return ""
    if not is_mobile(phone):
        row.complain("phone", _("要写手机号，座机收不到短信"))
        return ""
    return phone


def _duty(row: Row) -> list[Hours] | None:
    written = row.text("duty", most=200)
    if not written:
        return None
    try:
        return read_hours(written)
    except WrongHours:
        row.complain(
            "duty",
            _(
                "看不懂：%(value)s（可写：是、否、1-5 08:30-18:00、"
                "周六、周日 9:00-17:00，几段用；隔开）"
            )
            % {"value": written},
        )
        return None
