"""Days on which a right ends, computed from an answer, and the file that a calendar takes."""

import calendar
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _

from mashang.legal.flows import Limit, Way

REMIND_BEFORE = (30, 7, 1)  # days
FOLDED_AT = 73  # bytes of a line, of the 75 that RFC 5545 allows


@dataclass(frozen=True)
class Deadline:
    """A limit with its last day; None where the person does not remember when it began."""

    limit: Limit
    since: date | None
    last: date | None
    is_over: bool = False


def last_day(since: date, amount: int, unit: str) -> date:
    """The last day of a period of days, months or years that begins with what happened on `since`.

    The first day does not count (Civil Code, article 201), and months and years end on the day of
    the same number, or on the month's last (article 202). That a last day on a holiday is put off
    to the next working day (article 203) is not counted: whoever comes a day early loses nothing.
    """
    if unit == "日":
        return since + timedelta(days=amount)
    months = since.month - 1 + amount * (12 if unit == "年" else 1)
    year, month = since.year + months // 12, months % 12 + 1
    return date(year, month, min(since.day, calendar.monthrange(year, month)[1]))


def deadlines(way: Way, *, today: date) -> list[Deadline]:
    """The limits of a result, counted from the days that were answered, the nearest first."""
    found = []
    for limit in way.here.limits:
        since = way.days.get(limit.since)
        last = last_day(since, limit.amount, limit.unit) if since else None
        found.append(Deadline(limit, since, last, is_over=last is not None and last < today))
    return sorted(found, key=lambda each: each.last or date.max)


def as_calendar(title: str, found: Iterable[Deadline], *, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545) of whole days, each with reminders ahead."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//mashang//legal//ZH", "METHOD:PUBLISH"]
    for each in found:
        if each.last is None or each.is_over:
            continue
        name = f"{title}{each.limit.text}{each.last}"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{hashlib.sha256(name.encode()).hexdigest()[:32]}@mashang",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{each.last:%Y%m%d}",
            f"DTEND;VALUE=DATE:{each.last + timedelta(days=1):%Y%m%d}",
            "SUMMARY:" + _escaped(_("最后一天：{what}").format(what=each.limit.text)),
            "DESCRIPTION:" + _escaped(f"{title}。{each.limit.basis}"),
        ]
        for days in REMIND_BEFORE:
            lines += [
                "BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{days}D",
                "DESCRIPTION:" + _escaped(each.limit.text), "END:VALARM",
            ]  # fmt: skip
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) + "\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in pieces that are short enough, none of which ends within a character."""
    pieces, piece = [], ""
    for char in line:
        if len((piece + char).encode()) > FOLDED_AT:
            pieces.append(piece)
            piece = ""
        piece += char
    return "\r\n ".join([*pieces, piece])
