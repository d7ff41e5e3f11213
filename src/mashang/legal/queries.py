"""Reading guided flows for pages."""

from django.db.models import Q, QuerySet

from mashang.legal.flows import Topic
from mashang.legal.models import FlowVersion, Publication, PublicationState


def current(code: str) -> FlowVersion | None:
    """The version of a flow that is in use."""
    return (
        FlowVersion.objects.filter(code=code, is_current=True)
        .prefetch_related("signatures__account")
        .first()
    )


def by_topic() -> list[tuple[Topic, list[FlowVersion]]]:
    """The flows in use, by topic in the order of a page; topics without any are left out."""
    rows = list(
        FlowVersion.objects.filter(is_current=True).prefetch_related("signatures").order_by("code")
    )
    found = [(topic, [row for row in rows if row.topic == topic]) for topic in Topic]
    return [(topic, those) for topic, those in found if those]


def published(query: str = "", topic: str = "") -> QuerySet[Publication]:
    """What everybody may read, the newest first; every word of `query` must stand in it."""
    rows = Publication.objects.filter(state=PublicationState.PUBLISHED)
    if topic:
        rows = rows.filter(topic=topic)
    for word in query.split():
        rows = rows.filter(Q(question__icontains=word) | Q(answer__icontains=word))
    return rows
