"""Times and places as people say them, in messages and on pages."""

from datetime import date, datetime

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mashang.cases.models import Case, Limit
from mashang.core.worktime import HOURS, WORKING_DAYS
from mashang.places.models import Place

VARIABLE_LENGTH = 20  # what SMS operators let a template's variable carry
# Stands above what a machine drafted; an answer goes out only once a person took it away.
MACHINE = "【机器起草"
MACHINE_MARK = f"{MACHINE}，核对改好以后，请删去这一行】"


def say_time(at: datetime, *, today: datetime | None = None) -> str:
    """15:42 for today, 11月25日 18:00 for another day; city time."""
    local, now = timezone.localtime(at), timezone.localtime(today or timezone.now())
    if local.date() == now.date():
        return f"{local:%H:%M}"
    # The letters are those of Django's `date` filter: every language orders a date its own way.
    return dateformat.format(local, _("n月j日 H:i"))


def say_day(day: date) -> str:
    """11月25日; with the year where it is another one."""
    this_year = day.year == timezone.localdate().year
    return dateformat.format(day, _("n月j日") if this_year else _("Y年n月j日"))


def say_waited(minutes: int) -> str:
    """35 分钟, 3 小时, 2 天: whole units, rounded down."""
    if minutes < 60:
        return ngettext("{count} 分钟", "{count} 分钟", minutes).format(count=minutes)
    hours = minutes // 60
    if hours < 48:
        return ngettext("{count} 小时", "{count} 小时", hours).format(count=hours)
    days = hours // 24
    return ngettext("{count} 天", "{count} 天", days).format(count=days)


def say_limit(limit: Limit) -> str:
    """30 分钟, 24 小时, 15 天, 5 个工作日: a limit of the city's as it is promised on a page."""
    if limit.unit == WORKING_DAYS:
        days = limit.amount
        return ngettext("{count} 个工作日", "{count} 个工作日", days).format(count=days)
    return say_waited(limit.amount * (60 if limit.unit == HOURS else 1))


def shorten(text: str, length: int = VARIABLE_LENGTH) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def sms_place(case: Case) -> str:
    """The community's name for an SMS; of a sealed case no more than the county's."""
    if case.is_sealed:
        county = Place.objects.filter(code=case.place_id[:6]).first()
        return shorten(county.name if county else "")
    return shorten(case.place.name)


def numbers(keys: list[int]) -> dict[int, str]:
    """The numbers of cases by their keys, for lists that know no more of them."""
    rows = Case.every.filter(pk__in=keys).only("pk", "received_at")
    return {case.pk: case.number for case in rows}
