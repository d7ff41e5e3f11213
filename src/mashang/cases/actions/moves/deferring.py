"""挂账: putting a case off to a day, agreed above the handling unit and told to the resident."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.access import stands_over
from mashang.cases.actions import clocks
from mashang.cases.actions.moves.asking import decide, open_ask
from mashang.cases.actions.step import Step
from mashang.cases.flow import ClockName
from mashang.cases.models import AskKind, Case
from mashang.cases.wording import say_day, say_limit
from mashang.core.errors import Refused
from mashang.core.worktime import HOURS


def _day(step: Step) -> date:
    """The day asked for: a later one, within what the city allows in all."""
    until = step.facts["until"]
    if not isinstance(until, date) or until <= timezone.localdate(step.at):
        raise Refused(_("请写今天以后的日期。"))
    if clocks.live(step.case, ClockName.CONTACT) is not None:
        raise Refused(_("请先打电话联系诉求人并登记结果，再挂账。"))
    rule = rules.limit("deferral", at=step.at)
    most = timedelta(hours=rule.amount) if rule.unit == HOURS else timedelta(days=rule.amount)
    left = most - deferred_before(step.case)
    if until > timezone.localdate(step.at + left):
        latest = timezone.localdate(step.at + left)
        if latest <= timezone.localdate(step.at):
            raise Refused(_("挂账累计最多 {most}，已经用完。").format(most=say_limit(rule)))
        raise Refused(
            _("挂账累计最多 {most}，最晚可以到 {latest}。").format(
                most=say_limit(rule), latest=say_day(latest)
            )
        )
    return until


def deferred_before(case: Case) -> timedelta:
    """How long the case has been put off in all, the times that are over."""
    total, began = timedelta(0), None
    rows = case.entries.filter(move__in=("defer", "resume_deferred")).order_by("seq")
    for move, at in rows.values_list("move", "at"):
        began, total = (at, total) if move == "defer" else (None, total + _span(began, at))
    return total


def _span(began: datetime | None, ended: datetime) -> timedelta:
    return ended - began if began else timedelta(0)


def _ask_deferral(step: Step) -> None:
    until = _day(step)
    step.data["until"] = until.isoformat()
    step.params["due"] = say_day(until)
    open_ask(step, AskKind.DEFERRAL, until=until)


def _defer(step: Step) -> None:
    """Somebody above the handling unit agrees; without a question they may do so by themselves."""
    until = _day(step)
    ask = decide(step, AskKind.DEFERRAL, granted=True, required=False)
    unit = step.case.unit
    if ask is None and (unit is None or not stands_over(step.by, unit, unit.parent or unit)):
        raise Refused(_("挂账要由承办单位的上级同意。"))
    step.changes["deferred_until"] = until
    step.params["due"] = say_day(until)


def _resume_deferred(step: Step) -> None:
    step.changes["deferred_until"] = None


PREPARE: dict[str, Callable[[Step], None]] = {
    "ask_deferral": _ask_deferral,
    "defer": _defer,
    "resume_deferred": _resume_deferred,
}
