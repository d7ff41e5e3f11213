"""Taking a topic up: its cases merged into one, which is supervised, by the cases' own moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere
from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.knowledge.models import PublicTopic, Topic
from mashang.people.actors import Staff


@dataclass(frozen=True)
class Merged:
    """How many were merged, and of the others why not: (number, reason)."""

    done: int
    refused: list[tuple[str, str]]


def merge(
    topic: Topic | None,
    lead: Case,
    others: Sequence[Case],
    *,
    by: Staff,
    at: datetime | None = None,
) -> Merged:
    """Merge cases into `lead`: those of a topic, or of none that was found by itself.

    Each is a move of its own: one that is refused holds up none of the others, and doing it again
    merges what is left.
    """
    at = at or timezone.now()
    done, refused = 0, []
    for case in others:
        if case.pk == lead.pk:
            continue
        try:
            advance(case, "merge", by=by, at=at, lead=lead, words=_("同一热点，并案办理。"))
        except NotThere:
            refused.append((case.number, _("这一件不由您办理。")))
        except Refused as reason:
            refused.append((case.number, str(reason)))
        else:
            done += 1
    if done and topic is not None:
        _take_up(topic, lead, by=by, at=at)
    return Merged(done, refused)


def supervise(
    topic: Topic, lead: Case, *, by: Staff, until: date | None, words: str, listed: bool = False
) -> None:
    """Have the topic's one case reported on until a day. Raises what the move raises."""
    name = "list_supervision" if listed else "supervise"
    advance(lead, name, by=by, until=until, words=words)
    _take_up(topic, lead, by=by, at=timezone.now())


def publish(
    topic: Topic, *, by: Staff, title: str, words: str, place: str, count: int
) -> PublicTopic:
    """Show residents what became of a topic; the newest words take the place of those before."""
    with transaction.atomic():
        public, _is_new = PublicTopic.objects.update_or_create(
            topic=topic,
            defaults={
                "title": title, "words": words, "place": place, "count": count,
                "published_at": timezone.now(), "published_by": by.account, "withdrawn_at": None,
            },
        )  # fmt: skip
        data = {"what": "published", "row": title, "changes": {"words": words}}
        record("topic", by=by, about=f"topic:{topic.pk}", data=data)
    return public


def withdraw(public: PublicTopic, *, by: Staff) -> None:
    """Residents read it no more; done once, however often it is asked for."""
    with transaction.atomic():
        shown = PublicTopic.objects.filter(pk=public.pk, withdrawn_at=None)
        if not shown.update(withdrawn_at=timezone.now()):
            return
        data = {"what": "withdrawn", "row": public.title}
        record("topic", by=by, about=f"topic:{public.topic_id}", data=data)


def _take_up(topic: Topic, lead: Case, *, by: Staff, at: datetime) -> None:
    Topic.objects.filter(pk=topic.pk).update(lead=lead)
    Topic.objects.filter(pk=topic.pk, taken_up_at=None).update(
        taken_up_at=at, taken_up_by=by.account
    )
