"""批示, 督办, 提级办理 and 回访重办: how those above watch, steer and take up a case."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.actions import clocks
from mashang.cases.actions.moves.rating import begin_anew
from mashang.cases.actions.step import NotThere, Step
from mashang.cases.flow import Audience, ClockName
from mashang.cases.models import Case, Clock, Supervision
from mashang.cases.redispatching import is_higher
from mashang.cases.wording import say_day, say_time
from mashang.core.errors import Refused
from mashang.core.worktime import END_OF_DAY
from mashang.people.actors import Staff
from mashang.people.models import Account

# Which moves make somebody wait for a report, by the clock that runs for it.
ASKED_BY = {
    ClockName.INSTRUCTION: ("instruct",),
    ClockName.SUPERVISION: ("supervise", "list_supervision"),
}


def waiting_for_report(case: Case, clock: str) -> list[Account]:
    """Who asked for the report that this clock runs for."""
    running = clocks.live(case, clock)
    if running is None:
        return []
    asked = case.entries.filter(move__in=ASKED_BY[ClockName(clock)], at__gte=running.started_at)
    rows = asked.select_related("account").order_by("seq")
    return list({entry.account_id: entry.account for entry in rows if entry.account}.values())


def _instructed(step: Step) -> list[Clock]:
    """One limit runs for all instructions that wait; the earliest counts."""
    if clocks.live(step.case, ClockName.INSTRUCTION) is not None:
        return []
    return clocks.start(step.case, [ClockName.INSTRUCTION], at=step.at)


def _instruct(step: Step) -> None:
    running = clocks.live(step.case, ClockName.INSTRUCTION)
    due = running.due_at if running else rules.run(ClockName.INSTRUCTION, start=step.at).due.at
    step.params["due"] = say_time(due, today=step.at)


def _report(step: Step, clock: ClockName) -> None:
    asked = waiting_for_report(step.case, clock)
    if not asked:
        raise Refused(_("没有等您报告的事，可能已经报告过了。"))
    step.tell[Audience.ASKER] = asked


def _supervise(step: Step, how: Supervision) -> None:
    until = step.facts["until"]
    if not isinstance(until, date) or until < timezone.localdate(step.at):
        raise Refused(_("请写今天或以后的日期。"))
    if _due(until) <= step.at:
        raise Refused(_("今天已经下班，请写明天或以后的日期。"))
    step.changes["supervision"] = str(how)
    step.data["until"] = until.isoformat()
    step.params["due"] = say_day(until)


def _due(day: date) -> datetime:
    return datetime.combine(day, END_OF_DAY, timezone.get_default_timezone())


def _supervised(step: Step) -> list[Clock]:
    """The report's limit; a new date takes the place of the one before."""
    case = step.case
    clocks.stop(case, [ClockName.SUPERVISION], at=step.at)
    due = _due(step.facts["until"])
    warn = due - timedelta(days=1)
    clock = Clock(
        case=case,
        name=ClockName.SUPERVISION,
        started_at=step.at,
        warn_at=warn if warn > step.at else None,
        due_at=due,
        next_look_at=warn if warn > step.at else due,
    )
    clock.save(force_insert=True)
    return [clock]


def _end_supervision(step: Step) -> None:
    """Whoever began it ends it, or somebody at their level or above."""
    case = step.case
    if not case.supervision:
        raise Refused(_("这件事没有在督办。"))
    moves = ASKED_BY[ClockName.SUPERVISION]
    began = case.entries.filter(move__in=moves).select_related("account").latest("seq")
    if not isinstance(step.by, Staff):
        raise NotThere
    if began.account and began.account != step.by.account:
        theirs = Staff(began.account).posts
        level = min((len(post.unit.place_id) for post in theirs), default=0)
        mine = min(len(post.unit.place_id) for post in step.by.posts)
        if theirs and mine > level:
            raise Refused(
                _("督办由{name}发起，请由本人或更上级结束。").format(name=began.account.name)
            )
    step.changes["supervision"] = ""


def _elevate(step: Step) -> None:
    unit = step.changes["unit"]
    if not is_higher(unit, step.case):
        raise Refused(_("只能提到更上级的单位。"))


def _rework(step: Step) -> None:
    """Counted apart from the resident's own one reopening, which stays theirs."""
    step.changes["reworks"] = step.case.reworks + 1
    begin_anew(step)


PREPARE: dict[str, Callable[[Step], None]] = {
    "instruct": _instruct,
    "report_instruction": lambda step: _report(step, ClockName.INSTRUCTION),
    "supervise": lambda step: _supervise(step, Supervision.SUPERVISED),
    "list_supervision": lambda step: _supervise(step, Supervision.LISTED),
    "report_supervision": lambda step: _report(step, ClockName.SUPERVISION),
    "end_supervision": _end_supervision,
    "elevate": _elevate,
    "rework": _rework,
}
CLOCKS: dict[str, Callable[[Step], list[Clock]]] = {
    "instruct": _instructed,
    "supervise": _supervised,
    "list_supervision": _supervised,
}
