"""Loading the State Council's yearly notice on days off: a row a holiday."""

from datetime import date, timedelta
from pathlib import Path

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.configuration.days import bring_in_line, planned
from mashang.configuration.loading import Loaded
from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import DAY, Column, Faults, Row, Say, narrow, read_table

COLUMNS = (
    Column("name", ("节日", "名称"), is_required=True),
    Column("rest_from", ("放假自", "放假开始"), is_required=True),
    Column("rest_to", ("放假至", "放假结束")),
    Column("worked", ("上班日", "调休上班")),
)
LONGEST_HOLIDAY = 16
BETWEEN = "、,，;；"


def load_calendar(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally:
    """Bring the table of days in line with a notice; days that it does not name stay.

    Days that are over are left as they are. Raises BadTable with every fault, and then writes
    nothing.
    """
    return read_calendar(path, dry_run=dry_run, say=say).tally


def read_calendar(
    path: Path, *, dry_run: bool = False, say: Say | None = None, by: models.Model | None = None
) -> Loaded:
    """`load_calendar`, with every day named; `by` is the account that asked for it."""
    faults, plan = Faults(), {}
    for row in read_table(path, COLUMNS, faults, say=say):
        _read(row, plan)
    faults.stop_if_any()
    loaded, today = Loaded(), timezone.localdate()
    ahead = {day: told for day, told in plan.items() if day > today}
    loaded.changes = planned(ahead)
    loaded.tally[_("改动天数")] = len(loaded.changes)
    loaded.tally[_("已过去的天数（不改）")] = len(plan) - len(ahead)
    loaded.tally.unchanged = len(ahead) - len(loaded.changes)
    with all_or_nothing(dry_run=dry_run):
        bring_in_line(ahead, by=by)
    return loaded


def _read(row: Row, plan: dict[date, tuple[bool, str] | None]) -> None:
    name = row.text("name", most=40, is_needed=True)
    first, last = row.day("rest_from"), row.day("rest_to")
    if first is None and not row.cells.get("rest_from"):
        row.complain("rest_from", _("没有填"))
    if first is None:
        return
    last = last or first
    if last < first:
        row.complain("rest_to", _("早于放假开始"))
        return
    if (last - first).days >= LONGEST_HOLIDAY:
        row.complain("rest_to", _("一个假期最多 %(count)d 天，请核对") % {"count": LONGEST_HOLIDAY})
        return
    for number in range((last - first).days + 1):
        _put(row, plan, first + timedelta(days=number), (False, name))
    for day in _worked(row):
        _put(row, plan, day, (True, _("{name}调休上班").format(name=name)))


def _put(
    row: Row, plan: dict[date, tuple[bool, str] | None], day: date, told: tuple[bool, str]
) -> None:
    known = plan.get(day)
    if known is not None and known[0] != told[0]:
        row.refuse(_("%(day)s 又放假又上班，请核对") % {"day": day})
    plan[day] = told


def _worked(row: Row) -> list[date]:
    """The days of a cell such as 2027-01-02、2027-01-09."""
    written = narrow(row.cells.get("worked", ""))
    for sign in BETWEEN:
        written = written.replace(narrow(sign), " ")
    days = []
    for part in written.split():
        found = DAY.fullmatch(part)
        try:
            if found is None:
                raise ValueError(part)
            days.append(date(*(int(number) for number in found.groups() if number)))
        except ValueError:
            row.complain("worked", _("不是日期：%(value)s（应写成 2024-01-31）") % {"value": part})
    return days
