"""Times and places as people say them, in messages and on pages."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.models import Case, Limit
from mashang.core.worktime import HOURS, WORKING_DAYS
from mashang.places.models import Place

VARIABLE_LENGTH = 20  # what SMS operators let a template's variable carry


def say_time(at: datetime, *, today: datetime | None = None) -> str:
    """15:42 for today, 11月25日 18:00 for another day; city time."""
    local, now = timezone.localtime(at), timezone.localtime(today or timezone.now())
    clock = f"{local:%H:%M}"
    if local.date() == now.date():
        return clock
    return _("{month}月{day}日 {clock}").format(month=local.month, day=local.day, clock=clock)


def say_waited(minutes: int) -> str:
    """35 分钟, 3 小时, 2 天: whole units, rounded down."""
    if minutes < 60:
        return _("{count} 分钟").format(count=minutes)
    if minutes < 48 * 60:
        return _("{count} 小时").format(count=minutes // 60)
    return _("{count} 天").format(count=minutes // (24 * 60))


def say_limit(limit: Limit) -> str:
    """30 分钟, 24 小时, 15 天, 5 个工作日: a limit of the city's as it is promised on a page."""
    if limit.unit == WORKING_DAYS:
        return _("{count} 个工作日").format(count=limit.amount)
    return say_waited(limit.amount * (60 if limit.unit == HOURS else 1))


def shorten(text: str, length: int = VARIABLE_LENGTH) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def sms_place(case: Case) -> str:
    """The community's name for an SMS; of a sealed case no more than the county's."""
    if case.is_sealed:
        county = Place.objects.filter(code=case.place_id[:6]).first()
        return shorten(county.name if county else "")
    return shorten(case.place.name)
