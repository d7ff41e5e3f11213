"""What the worker does on days and at hours that people agreed on, case by case."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import TooLate
from mashang.cases.flow import State
from mashang.cases.models import Ask, Assist, Case
from mashang.core.errors import Refused
from mashang.people.actors import SYSTEM

log = logging.getLogger(__name__)
BATCH = 100


def resume_deferred(*, at: datetime | None = None) -> int:
    """Bring back the cases whose day of deferral has come; returns how many."""
    at = at or timezone.now()
    due = Case.objects.filter(state=State.DEFERRED, deferred_until__lte=timezone.localdate(at))
    return _each(
        due.order_by("deferred_until")[:BATCH],
        lambda case: advance(case, "resume_deferred", by=SYSTEM, at=at),
    )


def remind_deciders(*, at: datetime | None = None) -> int:
    """Remind whoever is to decide what is still undecided; returns how often."""
    at = at or timezone.now()
    due = Ask.objects.filter(remind_at__lte=at, decided_at=None).select_related("case")
    return _each(
        due.order_by("remind_at")[:BATCH],
        lambda ask: advance(ask.case, "remind_decider", by=SYSTEM, at=at, ask=ask),
    )


def tell_of_late_assists(*, at: datetime | None = None) -> int:
    """Tell of units that were called in and have not come or replied; returns how often."""
    at = at or timezone.now()
    due = Assist.objects.filter(next_look_at__lte=at).select_related("case")
    return _each(
        due.order_by("next_look_at")[:BATCH],
        lambda assist: advance(assist.case, "assist_late", by=SYSTEM, at=at, assist=assist),
    )


def _each(rows: Iterable[models.Model], act: Callable[[Any], object]) -> int:
    """Act on each in a transaction of its own: one that fails holds up nobody."""
    done = 0
    for row in rows:
        try:
            act(row)
            done += 1
        except (Refused, TooLate):
            pass  # somebody was faster
        except Exception:
            log.exception("%r could not be dealt with; next try later", row)
    return done
