"""A time that the unit agreed with the resident: no later than the limit, told to the resident, and
a clock of its own. The unit above hears where it is not kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from mashang.cases.actions import clocks
from mashang.cases.actions.step import MISSING, Step
from mashang.cases.flow import ClockName
from mashang.cases.models import Clock, stamp
from mashang.cases.wording import say_time
from mashang.core.errors import Refused

REMIND_BEFORE = timedelta(hours=1)


def _promise(step: Step) -> None:
    promised = step.facts["promised"]
    if not isinstance(promised, datetime):
        raise Refused(MISSING["promised"]())
    if promised <= step.at:
        raise Refused(_("约定的时间已经过了，请写以后的时间。"))
    handling = clocks.live(step.case, ClockName.HANDLING)
    if handling is not None and promised > handling.due_at:
        raise Refused(
            _("约定的时间不能晚于办理期限 {due}。办不完的，请先申请延期。").format(
                due=say_time(handling.due_at, today=step.at)
            )
        )
    step.data["promised"] = stamp(promised)
    step.params["due"] = say_time(promised, today=step.at)


def _run(step: Step) -> list[Clock]:
    """The clock of the promise; a new time takes the place of the one before."""
    clocks.stop(step.case, [ClockName.PROMISE], at=step.at)
    due = step.facts["promised"]
    warn = due - REMIND_BEFORE
    clock = Clock(
        case=step.case,
        name=ClockName.PROMISE,
        started_at=step.at,
        warn_at=warn if warn > step.at else None,
        due_at=due,
        next_look_at=warn if warn > step.at else due,
    )
    clock.save(force_insert=True)
    return [clock]


MOVES = ("take_on", "promise")
PREPARE: dict[str, Callable[[Step], None]] = dict.fromkeys(MOVES, _promise)
CLOCKS: dict[str, Callable[[Step], list[Clock]]] = dict.fromkeys(MOVES, _run)
