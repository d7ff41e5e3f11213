"""Topics as one person sees them: of the cases that they may see, and of no other.

How many there are, since when, where, and the words for a title are all read from those cases; so
the same topic may be larger for the city than for a township.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from mashang.cases.access import visible_to
from mashang.cases.models import Case
from mashang.cases.similar import letters, pairs
from mashang.knowledge.models import Topic
from mashang.people.actors import Staff
from mashang.places.models import Place

DIGITS = (4, 6, 9, 12, 15)  # of places' codes, from prefecture to grid
LEAST = 3  # reports that make a topic
SHOWN = 40
LONGEST_TITLE = 24
RISING = 1.5  # so many times as many in the second half of a period as in the first
CLAUSE = re.compile(r"[，。！？；：、\n,.!?;:（）()]+")
A_NUMBER = re.compile(r"\d{5,}")  # a phone or an identity card; no title has one


@dataclass(frozen=True)
class Shown:
    """A topic in a period: how many reports, of them in its second half, and where. `lead` is the
    case that the others were merged into, where the person may see it."""

    topic: Topic
    lead: Case | None
    title: str
    place: str
    count: int
    late: int
    first_at: datetime
    last_at: datetime

    @property
    def is_rising(self) -> bool:
        return self.late >= LEAST and self.late > RISING * (self.count - self.late)


def cases_for(actor: Staff) -> QuerySet[Case]:
    """The cases of topics that a person may see."""
    return visible_to(actor).filter(
        is_sealed=False, is_confidential=False, topic_member__topic__isnull=False
    )


def hot(actor: Staff, *, days: int, now: datetime) -> list[Shown]:
    """What most report in the last `days`, most first; a few queries."""
    since, middle = now - timedelta(days=days), now - timedelta(days=days / 2)
    rows = _counted(cases_for(actor).filter(received_at__gte=since), middle)
    rows = rows.filter(count__gte=LEAST).order_by("-count", "-last_at")[:SHOWN]
    return _shown(actor, list(rows))


def one(actor: Staff, key: int, *, days: int, now: datetime) -> Shown | None:
    """One topic with all its cases that a person may see; None where there are none."""
    middle = now - timedelta(days=days / 2)
    rows = _counted(cases_for(actor).filter(topic_member__topic=key), middle)
    return next(iter(_shown(actor, list(rows))), None)


def _counted(cases: QuerySet[Case], middle: datetime) -> QuerySet[Case, dict[str, object]]:
    return cases.order_by().values("topic_member__topic").annotate(
        count=Count("pk"),
        late=Count("pk", filter=Q(received_at__gte=middle)),
        first_at=Min("received_at"),
        last_at=Max("received_at"),
        example=Min("pk"),
        low=Min("place"),
        high=Max("place"),
    )  # fmt: skip


def _shown(actor: Staff, rows: list[dict]) -> list[Shown]:
    topics = Topic.objects.in_bulk([row["topic_member__topic"] for row in rows])
    leads = cases_for(actor).in_bulk({topic.lead_id for topic in topics.values() if topic.lead_id})
    examples = Case.objects.filter(pk__in=[row["example"] for row in rows])
    texts = dict(examples.values_list("pk", "text"))
    codes = {row["example"]: _common(row["low"], row["high"]) for row in rows}
    places = Place.objects.in_bulk(codes.values())
    return [
        Shown(
            topic=(topic := topics[row["topic_member__topic"]]),
            lead=leads.get(topic.lead_id),
            title=title(texts[row["example"]], topic.terms),
            place=places[code].full_name if (code := codes[row["example"]]) in places else "",
            count=row["count"],
            late=row["late"],
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in rows
    ]


def _common(low: str, high: str) -> str:
    """The code of the smallest division that holds both, and so all between them."""
    fitting = (digits for digits in DIGITS if low[:digits] == high[:digits] and digits <= len(low))
    return low[: max(fitting, default=0)]


def title(text: str, terms: Mapping[str, float]) -> str:
    """The clause of a report that says most of what the topic is about."""

    def worth(clause: str) -> float:
        found = pairs(clause)
        return sum(terms.get(pair, 0.0) for pair in found) / sqrt(len(found) + 4)

    clauses = [clause.strip() for clause in CLAUSE.split(text) if len(letters(clause)) >= 4]
    best = max((c for c in clauses if not A_NUMBER.search(c)), key=worth, default="")
    return best[:LONGEST_TITLE] or _("（没有合适的标题）")
