"""Telling an invented story: a report, and what people did with it, at times in the past."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mashang.cases.actions.filing import Filed, Report, file_report
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.messaging.models import Message, MessageState
from mashang.people.actors import Resident, Staff

DATA = Path(__file__).resolve().parent / "data"


@dataclass
class Told:
    """One invented report and the moment up to which its story has been told."""

    filed: Filed
    now: datetime

    @property
    def case(self) -> Case:
        return Case.objects.select_related("assignee").get(pk=self.filed.case.pk)

    def cadre(self, move: str, *, after: int, **facts: object) -> None:
        """The person who has the case makes a move, so many minutes later."""
        self.now += timedelta(minutes=after)
        case = self.case
        if case.assignee:
            advance(case, move, by=Staff(case.assignee), at=self.now, **facts)

    def resident(self, move: str, *, after: int, **facts: object) -> None:
        self.now += timedelta(minutes=after)
        case = self.case
        advance(case, move, by=Resident(frozenset({case.pk})), at=self.now, **facts)


def file_and_tell(report: Report, began: datetime, tell: Callable[[Told], None]) -> Told:
    """File the report and tell its story; its messages count as sent."""
    since = newest_message()
    story = Told(file_report(report, by=Resident(), at=began), began)
    tell(story)
    count_as_sent(since, at=story.now)
    return story


def newest_message() -> int:
    return Message.objects.order_by("-id").values_list("id", flat=True).first() or 0


def count_as_sent(since: int, *, at: datetime) -> None:
    """What was queued after the message `since` counts as sent at `at`."""
    Message.objects.filter(id__gt=since).update(state=MessageState.SENT, queued_at=at, sent_at=at)
