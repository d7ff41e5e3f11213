"""Answers, what residents say of them, and the draw of the morning after."""

from datetime import UTC, datetime, timedelta

from builders import requester_of
from mashang.cases.actions.filing import Filed
from mashang.cases.actions.moving import advance
from mashang.cases.proving import make_roots
from mashang.followup.drawing import draw_due
from mashang.followup.models import FollowUp

MORNING = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)  # 09:00 in the city, a Wednesday
DAY, COUNTY, FAR_COUNTY = "2026-03-04", "620402", "620422"
NEXT_MORNING = MORNING + timedelta(days=1)


def say(filed: Filed, move: str, *, at: datetime | None = None, **facts: object) -> None:
    """The requester's own word on the answer."""
    advance(
        filed.case, move, by=requester_of(filed), at=at or MORNING + timedelta(hours=2), **facts
    )


def draw(*, at: datetime = NEXT_MORNING) -> int:
    """What the worker does the morning after."""
    make_roots(now=at)
    return draw_due(at=at)


def follow_up_of(filed: Filed) -> FollowUp:
    return FollowUp.objects.get(case=filed.case)
