"""Stretches of the city's calendar: chosen by name or by two days, and what each is compared to."""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DAY = timedelta(days=1)
LONGEST = 3 * 366  # days
BY_DAY = 62  # days; what is longer is drawn and added up by month


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both counted."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def ends_month(self) -> bool:
        return (self.last + DAY).day == 1

    @property
    def is_month(self) -> bool:
        return self.first.day == 1 and (self.last + DAY) == next_month(self.first)

    @property
    def label(self) -> str:
        """2026年11月; 2026年11月24日; 2026年11月1日—24日."""
        if self.is_month:
            return dateformat.format(self.first, _("Y年n月"))
        whole = _("Y年n月j日")
        if self.first == self.last:
            return dateformat.format(self.first, whole)
        same_year = self.first.year == self.last.year
        last = dateformat.format(self.last, _("n月j日") if same_year else whole)
        return f"{dateformat.format(self.first, whole)}—{last}"

    @property
    def before(self) -> "Period":
        """As long a stretch right before this one; before a month, the month."""
        if self.is_month:
            return month_of(self.first - DAY)
        return Period(self.first - timedelta(days=self.days), self.first - DAY)

    @property
    def year_before(self) -> "Period":
        """The same days of the year before."""
        if self.is_month:
            return month_of(_a_year_before(self.first))
        return Period(_a_year_before(self.first), _a_year_before(self.last))

    @property
    def query(self) -> str:
        return f"from={self.first:%Y-%m-%d}&to={self.last:%Y-%m-%d}"

    def each_day(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]


def next_month(day: date) -> date:
    """The first of the month after."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1]) + DAY


def month_of(day: date) -> Period:
    return Period(day.replace(day=1), next_month(day) - DAY)


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - 1, day=28)


def _this_quarter(today: date) -> Period:
    return Period(today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1), today)


NAMED: dict[str, tuple[Promise, Callable[[date], Period]]] = {
    "today": (gettext_lazy("今天"), lambda today: Period(today, today)),
    "yesterday": (gettext_lazy("昨天"), lambda today: Period(today - DAY, today - DAY)),
    "week": (
        gettext_lazy("本周"), lambda today: Period(today - today.weekday() * DAY, today),
    ),
    "last_week": (
        gettext_lazy("上周"),
        lambda today: Period(
            today - (today.weekday() + 7) * DAY, today - (today.weekday() + 1) * DAY
        ),
    ),
    "days30": (gettext_lazy("最近 30 天"), lambda today: Period(today - 29 * DAY, today)),
    "month": (gettext_lazy("本月"), lambda today: Period(today.replace(day=1), today)),
    "last_month": (
        gettext_lazy("上月"), lambda today: month_of(today.replace(day=1) - DAY),
    ),
    "quarter": (gettext_lazy("本季度"), _this_quarter),
    "year": (
        gettext_lazy("今年"), lambda today: Period(today.replace(month=1, day=1), today),
    ),
}  # fmt: skip
USUAL = "days30"


@dataclass(frozen=True)
class Chosen:
    """The period of a page, and the name it was chosen by, if by one. `problem` says what could
    not be understood."""

    period: Period
    name: str = ""
    problem: str = ""


def read(query: Mapping[str, str], *, today: date, usual: str = USUAL) -> Chosen:
    """`period=` names one; `from=` and `to=` are two days. The usual one for anything else."""
    first, last = query.get("from", ""), query.get("to", "")
    name = query.get("period", "")
    fallback = NAMED[usual][1](today)
    if name in NAMED:
        return Chosen(NAMED[name][1](today), name)
    if not first and not last:
        return Chosen(fallback, usual)
    try:
        found = Period(date.fromisoformat(first or last), date.fromisoformat(last or first))
    except ValueError:
        return Chosen(fallback, usual, _("日期看不懂，请写成 2026-11-24 这样。"))
    if found.first > found.last:
        return Chosen(fallback, usual, _("开始的日子比结束的晚，请改过来。"))
    if found.days > LONGEST or found.first.year < 2000 or found.last.year > 2200:
        return Chosen(fallback, usual, _("时间太长了，最多三年。"))
    return Chosen(found)
