"""Telling whoever can mend it: one SMS a unit and day where the coming 24 hours have a hole."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone, translation

from mashang.messaging.actions import Draft, queue
from mashang.messaging.models import Message
from mashang.messaging.registry import register_check
from mashang.people.duty import who_is_on_call
from mashang.people.models import Account, Post, Unit
from mashang.rosters.coverage import Hole, holes
from mashang.rosters.wording import say_start

TEMPLATE = "duty_hole"
AHEAD = timedelta(hours=24)
LONGEST_NAME = 20  # characters of a value in an SMS
AT_ONCE = 100  # units whose rosters are in memory together


def warn_of_holes(*, at: datetime | None = None) -> int:
    """Queue the day's warnings; returns how many units have a hole. The key of a message names
    unit and day, so however often and from however many workers it is called, one is sent."""
    at = at or timezone.now()
    units = list(Unit.objects.filter(is_active=True).select_related("parent"))
    open_units = [
        hole
        for first in range(0, len(units), AT_ONCE)
        for hole in holes(units[first : first + AT_ONCE], at, at + AHEAD).nobody
    ]
    drafts = [draft for hole in open_units if (draft := _draft(hole, at=at))]
    queue(drafts)
    return len(open_units)


def _draft(hole: Hole, *, at: datetime) -> Draft | None:
    """To the unit's lead; where it has none with a phone, to whoever is on duty above it."""
    person = _lead(hole.unit, at=at)
    if person is None and hole.unit.parent:
        found = who_is_on_call(hole.unit.parent, at=at)
        person = found.account if found else None
    if person is None:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        due = say_start(hole.first.starts, now=at)
    return Draft(
        template=TEMPLATE,
        phone=person.phone,
        params={
            "unit": hole.unit.name[:LONGEST_NAME],
            "due": due,
            "link": f"{settings.BASE_URL}/desk/duty/units/{hole.unit.code}",
        },
        key=f"duty-hole:{hole.unit.pk}:{timezone.localdate(at):%Y-%m-%d}",
        subject=f"unit:{hole.unit.pk}",
    )


def _lead(unit: Unit, *, at: datetime) -> Account | None:
    posts = Post.objects.current(timezone.localdate(at)).filter(unit=unit, is_lead=True)
    leads = posts.exclude(account__phone_index="").select_related("account").order_by("id")
    first = leads.first()
    return first.account if first else None


def is_mended(messages: Sequence[Message]) -> dict[int, str]:
    """Warnings whose unit has somebody by now for the whole time: they are not sent."""
    at = timezone.now()
    keys = {message.pk: int(message.subject.partition(":")[2]) for message in messages}
    units = list(Unit.objects.filter(pk__in=keys.values(), is_active=True))
    open_units = {hole.unit.pk for hole in holes(units, at, at + AHEAD).nobody}
    return {pk: "已经有人值班" for pk, unit in keys.items() if unit not in open_units}


def register() -> None:
    register_check((TEMPLATE,), is_mended)
