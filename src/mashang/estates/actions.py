"""Putting a common matter before a meeting, and what was decided there."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.estates.models import Estate, MeetingTopic
from mashang.knowledge.models import Topic
from mashang.knowledge.topics.actions import Merged, merge
from mashang.people.actors import Staff

LEAST = 2  # owners that make a matter common


def raise_topic(
    estate: Estate,
    lead: Case,
    others: Sequence[Case],
    *,
    by: Staff,
    title: str,
    words: str,
    meets_on: date | None,
) -> tuple[MeetingTopic, Merged]:
    """Merge `others` into `lead`, by the cases' own move, and put it before a meeting.

    Every owner is told of the merger and answered with the lead. Raises Refused where fewer than
    two owners raised it, or where it stands before a meeting already.
    """
    if MeetingTopic.objects.filter(lead=lead).exists():
        raise Refused(_("{number} 已经列入议题了。").format(number=lead.number))
    merged = merge(_topic_of(lead), lead, others, by=by)
    if 1 + lead.members.count() < LEAST:
        reasons = "；".join(f"{number}：{reason}" for number, reason in merged.refused)
        raise Refused(reasons or _("请选两件以上：一件作主件，其余的并进去。"))
    with transaction.atomic():
        topic = MeetingTopic.objects.create(
            estate=estate, lead=lead, title=title, words=words, meets_on=meets_on,
            raised_by=by.account,
        )  # fmt: skip
        _record(topic, "raised", by=by, words=words)
    return topic, merged


def change_topic(
    topic: MeetingTopic, *, by: Staff, title: str, words: str, meets_on: date | None
) -> None:
    """Other words for everybody, or another day."""
    with transaction.atomic():
        MeetingTopic.objects.filter(pk=topic.pk).update(title=title, words=words, meets_on=meets_on)
        _record(topic, "changed", by=by, words=words)


def decide_topic(topic: MeetingTopic, *, by: Staff, outcome: str) -> None:
    """Write down what the meeting decided. The owners are answered with the case, by whoever has
    it: this is what everybody reads."""
    with transaction.atomic():
        MeetingTopic.objects.filter(pk=topic.pk).update(outcome=outcome, decided_at=timezone.now())
        _record(topic, "decided", by=by, words=outcome)


def _topic_of(case: Case) -> Topic | None:
    return Topic.objects.filter(members__case=case).first()


def _record(topic: MeetingTopic, what: str, *, by: Staff, words: str) -> None:
    data = {"what": what, "row": topic.title, "changes": {"words": words}}
    record("topic", by=by, about=f"meeting:{topic.pk}", data=data, place=topic.estate_id)
