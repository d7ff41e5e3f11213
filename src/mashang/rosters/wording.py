"""Duty in words: 每天, 周一至周五, 18:00–次日 08:00."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.people.models import EVERY_DAY, Shift

DAY_NAMES = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)


def day_name(day: date) -> str:
    return str(DAY_NAMES[day.weekday()])


def say_weekdays(digits: str) -> str:
    """12345 as 周一至周五; a row of three or more is shortened, others are listed."""
    if digits == EVERY_DAY:
        return _("每天")
    names = [str(DAY_NAMES[int(digit) - 1]) for digit in digits]
    if len(digits) > 2 and digits in EVERY_DAY:
        return _("{first}至{last}").format(first=names[0], last=names[-1])
    return _("、").join(names)


def say_hours(shift: Shift) -> str:
    if shift.starts == shift.ends:
        return _("全天")
    times = f"{shift.starts:%H:%M}–"
    return times + (
        f"{shift.ends:%H:%M}"
        if shift.starts < shift.ends
        else _("次日 {time}").format(time=f"{shift.ends:%H:%M}")
    )


def say_days(shift: Shift) -> str:
    """When the shift runs: one day, or the weekdays with the time in which they hold."""
    if shift.is_dated:
        return say_day(shift.valid_from)
    span = _("从 {first} 起").format(first=say_day(shift.valid_from))
    if shift.valid_to:
        span = _("{first} 到 {last}").format(
            first=say_day(shift.valid_from), last=say_day(shift.valid_to)
        )
    return f"{say_weekdays(shift.weekdays)}（{span}）"


def say_shift(shift: Shift) -> str:
    """A whole row, for the register and the dry run."""
    return _("{unit} {name} {days} {hours} 第 {order} 个叫").format(
        unit=shift.unit.name,
        name=shift.account.name,
        days=say_days(shift),
        hours=say_hours(shift),
        order=shift.order,
    )


def say_day(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def say_moment(at: datetime, *, ends: bool = False) -> str:
    """11-25（周三）18:00; midnight as the end of a stretch is 24:00 of the day before."""
    local = timezone.localtime(at)
    clock = f"{local:%H:%M}"
    if ends and clock == "00:00":
        local, clock = timezone.localtime(at) - timedelta(days=1), "24:00"
    return f"{local:%m-%d}（{day_name(local.date())}）{clock}"


def say_start(at: datetime, *, now: datetime) -> str:
    """现在, 22:00, 明天 08:00: within two days of now, short enough for an SMS."""
    if at <= now:
        return _("现在")
    local, today = timezone.localtime(at), timezone.localdate(now)
    clock = f"{local:%H:%M}"
    return clock if local.date() == today else _("明天 {time}").format(time=clock)


def say_stretch(starts: datetime, ends: datetime) -> str:
    """From when to when; the second day is left out where it is the same."""
    first, last = say_moment(starts), say_moment(ends, ends=True)
    day = first[: first.index("）") + 1]
    return f"{first}–{last.removeprefix(day)}"
