"""What the worker does on days and at hours that people agreed on, case by case."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils import timezone

from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import TooLate
from mashang.cases.flow import State
from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.people.actors import SYSTEM

log = logging.getLogger(__name__)
BATCH = 100


def resume_deferred(*, at: datetime | None = None) -> int:
    """Bring back the cases whose day of deferral has come; returns how many."""
    at = at or timezone.now()
    due = Case.objects.filter(state=State.DEFERRED, deferred_until__lte=timezone.localdate(at))
    return _each(due.order_by("deferred_until")[:BATCH], lambda case: _resume(case, at))


def _resume(case: Case, at: datetime) -> None:
    advance(case, "resume_deferred", by=SYSTEM, at=at)


def _each(rows: Iterable[Case], act: Callable[[Case], None]) -> int:
    """Act on each in a transaction of its own: one that fails holds up nobody."""
    done = 0
    for row in rows:
        try:
            act(row)
            done += 1
        except (Refused, TooLate):
            pass  # somebody was faster
        except Exception:
            log.exception("%s of case %s failed; next try later", act, row.pk)
    return done
