"""Duty hours as people write them: 是, 1-5 08:30-18:00, 周六、周日 9:00-17:00；每天 18:00-8:00."""

import re
from dataclasses import dataclass
from datetime import time

from mashang.core.tables import NO, YES, narrow
from mashang.people.models import EVERY_DAY

HOURS = re.compile(r"(?:(.+?) ?(?<!\d))?(\d{1,2}):(\d\d) ?[-~至到] ?(\d{1,2}):(\d\d)")
SIGNS = str.maketrans({"一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6"})
WHOLE_DAY = time(0, 0)


class WrongHours(ValueError):
    """What was written is no duty time."""


@dataclass(frozen=True)
class Hours:
    """Weekdays (1 is Monday) and hours; equal times mean the whole day."""

    weekdays: str = EVERY_DAY
    starts: time = WHOLE_DAY
    ends: time = WHOLE_DAY


def read_hours(written: str) -> list[Hours]:
    """The duty times that a cell names: none for 否, always for 是. Raises WrongHours."""
    text = narrow(written).lower()
    if text in NO:
        return []
    if text in YES:
        return [Hours()]
    return [_hours(part) for part in re.split(" ?; ?", text)]


def _hours(text: str) -> Hours:
    found = HOURS.fullmatch(text)
    if not found:
        return Hours(_weekdays(text))
    days, *clock = found.groups()
    starts_hour, starts_minute, ends_hour, ends_minute = map(int, clock)
    return Hours(
        _weekdays(days) if days else EVERY_DAY,
        _time(starts_hour, starts_minute),
        _time(ends_hour, ends_minute),
    )


def _time(hour: int, minute: int) -> time:
    if (hour, minute) == (24, 0):
        return WHOLE_DAY
    try:
        return time(hour, minute)
    except ValueError as error:
        raise WrongHours(f"{hour}:{minute:02d}") from error


def _weekdays(text: str) -> str:
    """每天, 12345, 1-5, 6-1, 周一至周五, 周六、周日, 星期天 as digits in their order."""
    if text == "每天":
        return EVERY_DAY
    plain = re.sub("周(?=[一二三四五六日天])|星期|礼拜", "", text)
    digits = re.sub("[日天]", "7", re.sub("[至到~]", "-", plain)).translate(SIGNS)
    span = re.fullmatch("([1-7])-([1-7])", digits)
    if span:
        first, last = map(int, span.groups())
        days = range(first, last + 1) if first <= last else (*range(first, 8), *range(1, last + 1))
        return "".join(sorted(map(str, days)))
    chosen = re.sub("[、, ]", "", digits)
    if not chosen or not set(chosen) <= set(EVERY_DAY):
        raise WrongHours(text)
    return "".join(sorted(set(chosen)))
