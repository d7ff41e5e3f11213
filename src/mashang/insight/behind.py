"""The list behind a number: the cases of one part, as far as the person may see them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from mashang.cases import categories
from mashang.cases.access import visible_to
from mashang.cases.flow import State
from mashang.cases.models import Case, Channel
from mashang.insight.counting import rows_of
from mashang.insight.definitions import PARTS, Part
from mashang.insight.models import Fact
from mashang.insight.periods import Period
from mashang.insight.scopes import Scope
from mashang.people.actors import Staff

A_PAGE = 50
WITH = ("place", "unit", "category")
WEEKDAYS = {
    1: lambda: _("星期一"),
    2: lambda: _("星期二"),
    3: lambda: _("星期三"),
    4: lambda: _("星期四"),
    5: lambda: _("星期五"),
    6: lambda: _("星期六"),
    7: lambda: _("星期日"),
}


@dataclass(frozen=True)
class Narrowing:
    """A further condition of the number, and how it is said."""

    said: str
    condition: Q


def narrowings(query: Mapping[str, str]) -> list[Narrowing] | None:
    """Channel, category, state, weekday and hour of an address; None where one is unknown."""
    found = []
    for name, reader in READERS.items():
        if value := query.get(name, ""):
            read = reader(value)
            if read is None:
                return None
            found.append(read)
    return found


def _channel(value: str) -> Narrowing | None:
    known = dict(Channel.choices)
    return Narrowing(str(known[value]), Q(channel=value)) if value in known else None


def _category(value: str) -> Narrowing | None:
    if value == "none":
        return Narrowing(_("还没有分类"), Q(category=None))
    node = categories.node(int(value)) if value.isdecimal() and len(value) < 19 else None
    return node and Narrowing(node.full_name, Q(category=node.category.pk))


def _state(value: str) -> Narrowing | None:
    return Narrowing(str(State(value).label), Q(state=value)) if value in State else None


def _weekday(value: str) -> Narrowing | None:
    day = int(value) if value.isdecimal() and len(value) == 1 else 0
    return Narrowing(WEEKDAYS[day](), Q(weekday=day)) if day in WEEKDAYS else None


def _hour(value: str) -> Narrowing | None:
    hour = int(value) if value.isdecimal() and len(value) < 3 else 24
    said = _("{hour} 时到 {next} 时").format(hour=hour, next=hour + 1)
    return Narrowing(said, Q(received_hour=hour)) if hour < 24 else None


def _unassigned(_value: str) -> Narrowing:
    return Narrowing(_("还没有承办单位"), Q(unit=None))


READERS = {
    "unassigned": _unassigned,
    "channel": _channel,
    "category": _category,
    "state": _state,
    "weekday": _weekday,
    "hour": _hour,
}


@dataclass(frozen=True)
class Listed:
    """One page of the list. `number` is the number on the page it came from; `hidden` of them the
    person may not see, and they are not in `cases`."""

    part: Part
    number: int
    hidden: int
    cases: list[Case]
    after: int | None


def behind(
    actor: Staff,
    part_name: str,
    scope: Scope,
    period: Period,
    *,
    more: list[Narrowing],
    after: int | None = None,
) -> Listed | None:
    """The newest cases first, after a key where one is given; None where there is no such part."""
    part = PARTS.get(part_name)
    if part is None:
        return None
    condition = Q()
    for each in more:
        condition &= each.condition
    facts: QuerySet[Fact] = rows_of(part, scope.condition, period, condition)
    number = facts.count()
    cases = visible_to(actor).filter(pk__in=facts.values("case"))
    shown = cases.count()
    rows = cases.filter(pk__lt=after) if after else cases
    found = list(
        rows.select_related(*WITH).defer("text", "answer", "answers").order_by("-pk")[: A_PAGE + 1]
    )
    page = found[:A_PAGE]
    return Listed(part, number, number - shown, page, page[-1].pk if len(found) > A_PAGE else None)
