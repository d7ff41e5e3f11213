"""Reading rosters for pages: days with their turns, units side by side, what is open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

import chinese_calendar
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.cached import FreshByKey
from mashang.core.models import Day
from mashang.core.worktime import Calendar
from mashang.people.actors import Staff
from mashang.people.duty import ONE_DAY, Absences, begins_on, is_in_force, serves, turns
from mashang.people.models import Absence, Post, Shift, Unit
from mashang.rosters.access import arranged_by, arranges
from mashang.rosters.coverage import (
    AHEAD,
    Cover,
    Holes,
    Roster,
    Span,
    days,
    holes,
    midnight,
    rosters,
    turn,
)
from mashang.rosters.wording import day_name, say_hours

WEEK, MONTH = "week", "month"
VIEWS = (WEEK, MONTH)
FURTHEST = timedelta(days=800)


@dataclass(frozen=True)
class Note:
    """Something about a turn, in words; `is_open` where it means that the person is not called."""

    text: str
    is_open: bool = False


@dataclass(frozen=True)
class Turn:
    """One person's hours of one day."""

    shift: Shift
    notes: tuple[Note, ...]

    @property
    def hours(self) -> str:
        return say_hours(self.shift)

    @property
    def is_open(self) -> bool:
        return any(note.is_open for note in self.notes)


@dataclass(frozen=True)
class Gap:
    """Hours of one day that nobody covers, or only the lead."""

    hours: str
    cover: Cover

    @property
    def is_nobody(self) -> bool:
        return self.cover == Cover.NOBODY


@dataclass(frozen=True)
class DayCell:
    """One day of one unit. `label` says what the calendar makes of it: a holiday, made up for."""

    day: date
    label: str
    is_working: bool
    is_today: bool
    is_past: bool
    is_outside: bool = False  # of the month that is shown
    turns: list[Turn] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    is_dated: bool = False

    @property
    def name(self) -> str:
        return day_name(self.day)


@dataclass(frozen=True)
class Period:
    """The days that a page shows: one week from Monday, or one month in whole weeks."""

    view: str
    day: date

    @property
    def first(self) -> date:
        start = self.day.replace(day=1) if self.view == MONTH else self.day
        return start - timedelta(days=start.weekday())

    @property
    def last(self) -> date:
        if self.view == WEEK:
            return self.first + timedelta(days=6)
        end = (self.day.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
        return end + timedelta(days=6 - end.weekday())

    @property
    def days(self) -> list[date]:
        return days(self.first, self.last)

    @property
    def before(self) -> date:
        return (self.day.replace(day=1) if self.view == MONTH else self.first) - ONE_DAY

    @property
    def after(self) -> date:
        if self.view == WEEK:
            return self.last + ONE_DAY
        return (self.day.replace(day=28) + timedelta(days=4)).replace(day=1)

    @property
    def title(self) -> str:
        if self.view == MONTH:
            return _("{year} 年 {month} 月").format(year=self.day.year, month=self.day.month)
        return _("{first} 到 {last}").format(
            first=f"{self.first:%Y-%m-%d}", last=f"{self.last:%m-%d}"
        )

    def holds(self, day: date) -> bool:
        return self.view == WEEK or (day.year, day.month) == (self.day.year, self.day.month)


def period(view: str, written: str, *, today: date) -> Period:
    """The period of an address; nonsense and days too far away mean today."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = today
    if abs(day - today) > FURTHEST:
        day = today
    return Period(view if view in VIEWS else WEEK, day)


# The calendar -----------------------------------------------------------------------------------


class Holidays:
    """What the city's day table and the published notices say of days; one query."""

    def __init__(self, first: date, last: date):
        self._table = {day.date: day for day in Day.objects.filter(date__range=(first, last))}
        worked = {day: row.is_working for day, row in self._table.items()}
        self._calendar = Calendar(worked, timezone.get_current_timezone())  # type: ignore[arg-type]

    def is_working(self, day: date) -> bool:
        return self._calendar.is_working(day)[0]

    def label(self, day: date) -> str:
        """放假 and 补班 with their reason; nothing for a plain day of the week."""
        is_working, is_weekend = self.is_working(day), day.weekday() > 4
        name = self._name(day)
        if is_working and is_weekend:
            return _("补班（{name}）").format(name=name) if name else _("补班")
        if not is_working and (not is_weekend or name):
            return _("放假（{name}）").format(name=name) if name else _("放假")
        return ""

    def _name(self, day: date) -> str:
        if day in self._table:
            return self._table[day].name
        try:
            _is_holiday, english = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return ""
        return chinese_calendar.Holiday(english).chinese if english else ""


# One unit's days --------------------------------------------------------------------------------


@dataclass
class Board:
    """The days of some units, read together: five queries for any number of units."""

    units: Sequence[Unit]
    first: date
    last: date
    now: datetime

    @cached_property
    def _rosters(self) -> dict[int, Roster]:
        return rosters(self.units, midnight(self.first), midnight(self.last + ONE_DAY))

    @cached_property
    def _holidays(self) -> Holidays:
        return Holidays(self.first, self.last)

    def days_of(self, unit: Unit, *, shown: Period | None = None) -> list[DayCell]:
        roster = self._rosters[unit.pk]
        today = timezone.localdate(self.now)
        spans = roster.spans(midnight(self.first), midnight(self.last + ONE_DAY))
        cells = []
        for day in days(self.first, self.last):
            running = _turns(roster, day, now=self.now)
            cells.append(
                DayCell(
                    day=day,
                    label=self._holidays.label(day),
                    is_working=self._holidays.is_working(day),
                    is_today=day == today,
                    is_past=day < today,
                    is_outside=shown is not None and not shown.holds(day),
                    turns=running,
                    gaps=_gaps(spans, day) if day >= today else [],
                    is_dated=any(each.shift.is_dated for each in running),
                )
            )
        return cells


def _turns(roster: Roster, day: date, *, now: datetime) -> list[Turn]:
    """The day's turns as they are now, as they were when a past day ended, with those that were
    taken off during it."""
    begins, ends = midnight(day), midnight(day + ONE_DAY)
    as_of = min(max(now, begins), ends - timedelta(microseconds=1))
    rows = turns(roster.shifts, day, at=as_of)
    shown = {shift.pk for shift in rows}
    gone = [
        shift
        for shift in roster.shifts
        if shift.pk not in shown
        and begins_on(shift, day)
        and shift.withdrawn_at
        and begins < shift.withdrawn_at <= as_of
        and is_in_force(shift, shift.withdrawn_at - timedelta(microseconds=1))
    ]
    return [Turn(shift, tuple(_notes(shift, day, roster.absences))) for shift in [*rows, *gone]]


def _notes(shift: Shift, day: date, absences: Absences) -> Iterable[Note]:
    account, (starts, ends) = shift.account, turn(shift, day)
    if shift.withdrawn_at and shift.withdrawn_at < ends:
        time = timezone.localtime(shift.withdrawn_at)
        yield Note(_("到 {time} 为止").format(time=f"{time:%H:%M}"))
    if not account.is_active:
        yield Note(_("账号停用"), is_open=True)
    elif not serves(shift, day):
        yield Note(_("已离任"), is_open=True)
    elif not account.phone_index:
        yield Note(_("没有手机号"), is_open=True)
    for absence in absences.of.get(account.pk, ()):
        if absence.starts_at < ends and absence.ends_at > starts:
            yield _absence_note(shift, absence, (starts, ends), absences)


def _absence_note(
    shift: Shift, absence: Absence, whole: tuple[datetime, datetime], absences: Absences
) -> Note:
    since, until = max(absence.starts_at, whole[0]), min(absence.ends_at, whole[1])
    called = absences.called_for(shift.account, since)
    span = "" if (since, until) == whole else _between(since, until) + " "
    if called is None:
        return Note(_("{span}离岗，没有人代班").format(span=span), is_open=True)
    return Note(_("{span}离岗，{name}代班").format(span=span, name=called.name))


def _gaps(spans: Sequence[Span], day: date) -> list[Gap]:
    begins, ends = midnight(day), midnight(day + ONE_DAY)
    return [
        Gap(_between(max(span.starts, begins), min(span.ends, ends)), span.cover)
        for span in spans
        if span.cover != Cover.DUTY and span.starts < ends and span.ends > begins
    ]


def _between(starts: datetime, ends: datetime) -> str:
    first, last = timezone.localtime(starts), timezone.localtime(ends)
    if last - first >= ONE_DAY:
        return _("全天")
    closing = f"{last:%H:%M}"
    return f"{first:%H:%M}–{'24:00' if closing == '00:00' else closing}"


# Rows of a unit, for whoever arranges them ------------------------------------------------------


def standing_shifts(unit: Unit, *, today: date) -> list[Shift]:
    """The regular rows that run on or begin later, and the dated ones to come."""
    rows = Shift.objects.filter(unit=unit, withdrawn_at=None).exclude(valid_to__lt=today)
    return list(
        rows.select_related("account", "unit")
        .defer("account__phone", "account__password")
        .order_by("is_dated", "order", "valid_from", "id")
    )


def current_absences(unit: Unit, *, now: datetime) -> list[Absence]:
    """The absences of the unit's people that go on or are to come."""
    people = Post.objects.current().filter(unit=unit).values("account")
    return list(
        Absence.objects.filter(account__in=people, ends_at__gt=now)
        .select_related("account", "deputy")
        .defer("account__phone", "account__password", "deputy__phone", "deputy__password")
        .order_by("starts_at")
    )


_uncovered: FreshByKey[int] = FreshByKey(seconds=120)


def how_many_uncovered(actor: Staff, *, now: datetime) -> int:
    """At how many of those units there are hours of nobody; at most two minutes old, for it is
    read whenever the desk opens, and a county has hundreds of rosters."""
    return _uncovered.get(actor.account.pk, lambda: len(open_holes(actor, now=now).nobody))


def open_holes(actor: Staff, *, now: datetime) -> Holes:
    """What is open in the next fourteen days at the units that this person arranges."""
    units = list(arranged_by(actor)) if any(map(arranges, actor.posts)) else []
    return holes(units, now, now + AHEAD) if units else Holes()
