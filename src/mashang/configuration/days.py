"""The city's table of days: planned changes, writing them, a year as its page shows it."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.checks import Warning
from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.configuration.changing import Change
from mashang.core.cached import forget_all
from mashang.core.models import Day

# Day → (worked?, name), or None for no entry of the city's own.
Plan = Mapping[date, tuple[bool, str] | None]
ENOUGH_DAYS = 60


def say(told: tuple[bool, str] | None, day: date) -> str:
    """上班（调休）, 休息（春节); without an entry what the published notices say."""
    if told is not None:
        works, name = told
        word = _("上班") if works else _("休息")
        return f"{word}（{name}）" if name else word
    works, known = rules.calendar().published(day)
    word = _("上班") if works else _("休息")
    return _("{word}（放假通知）").format(word=word) if known else _("{word}（平常的星期）").format(
        word=word
    )  # fmt: skip


def planned(plan: Plan) -> list[Change]:
    """What a plan changes, day by day."""
    known = _known(plan)
    return [
        Change(f"{day} {weekday(day)}", say(known.get(day), day), say(told, day))
        for day, told in sorted(plan.items())
        if known.get(day) != told
    ]


def weekday(day: date) -> str:
    return [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")][
        day.weekday()
    ]


def _known(plan: Plan) -> dict[date, tuple[bool, str]]:
    rows = Day.objects.filter(date__in=list(plan)).values_list("date", "is_working", "name")
    return {day: (works, name) for day, works, name in rows}


def bring_in_line(plan: Plan, *, by: models.Model | None) -> int:
    """Write a plan; how many days it changed. Days that are over, and today, stay."""
    today, known = timezone.localdate(), _known(plan)
    changed = {day: told for day, told in plan.items() if known.get(day) != told and day > today}
    with transaction.atomic():
        Day.objects.filter(date__in=list(changed)).delete()
        Day.objects.bulk_create(
            Day(date=day, is_working=told[0], name=told[1], made_by=by)
            for day, told in changed.items()
            if told is not None
        )
    transaction.on_commit(forget_all)
    return len(changed)


@dataclass(frozen=True)
class Square:
    """A day in a month's picture; `None` stands for the blanks before and after."""

    day: date
    works: bool
    known: bool
    name: str
    is_own: bool  # settled by the city's own table
    is_today: bool

    @property
    def said(self) -> str:
        """For who cannot see colours: 3日 休息 春节."""
        return f"{self.day.day} {_('上班') if self.works else _('休息')} {self.name}".strip()

    @property
    def is_special(self) -> bool:
        return self.works != (self.day.weekday() < 5)


def year_of(year: int) -> list[tuple[int, list[list[Square | None]]]]:
    """(month, weeks of squares) for a year, weeks beginning on Monday."""
    days, today = rules.calendar(), timezone.localdate()
    names = dict(Day.objects.filter(date__year=year).values_list("date", "name"))
    months = []
    for month in range(1, 13):
        weeks = []
        for week in calendar.Calendar().monthdatescalendar(year, month):
            weeks.append(
                [
                    Square(
                        day, *days.is_working(day), names.get(day, ""), day in names, day == today
                    )
                    if day.month == month
                    else None
                    for day in week
                ]
            )
        months.append((month, weeks))
    return months


def ends_soon() -> str:
    """A warning where the calendar is known for less than 60 days ahead; "" where it is."""
    today = timezone.localdate()
    until = rules.calendar().known_until(today)
    if until >= today + timedelta(days=ENOUGH_DAYS):
        return ""
    return _(
        "工作日历只到 {day}。以后的期限按平常的星期估算，可能不准。"
        "请导入国务院办公厅下一年的放假通知。"
    ).format(day=until.isoformat())


def check_calendar(*, databases: Sequence[str] | None = None, **_more: object) -> list[Warning]:
    """The same warning for `mashang check --database default`."""
    try:
        told = ends_soon() if databases else ""
    except DatabaseError:  # before the first migration there is no table yet
        told = ""
    return [Warning(told, id="mashang.calendar")] if told else []
