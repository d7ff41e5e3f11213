"""The worker's step: each new report into its topic, within a minute.

A worker keeps the live clusters in memory and the rows say the same: another worker, or this one
after a start, reads what changed. One worker at a time does the work.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mashang.cases.models import Case
from mashang.knowledge.models import Topic, TopicMember, TopicsState
from mashang.knowledge.topics.clustering import Cluster, Clusters

LIVE = timedelta(days=30)  # a topic that nobody adds to for so long is over
LOOKED_BACK = timedelta(days=3)  # what is older was looked at, or came before there were topics
KEPT = timedelta(days=180)
LEARNED = 2000  # reports from which it is counted what is rare
MOST_LIVE = 20_000
BATCH = 500


class Kept:
    """The live clusters as one process has them."""

    def __init__(self, now: datetime) -> None:
        self.clusters = Clusters()
        self.last_at: dict[int, datetime] = {}
        self.until: datetime | None = None
        newest = _ordinary(now - LIVE).order_by("-pk").values_list("text", flat=True)[:LEARNED]
        for text in newest:
            self.clusters.learn(text)

    def catch_up(self, now: datetime) -> None:
        """Read what is new in the rows, and let go of what is over."""
        rows = Topic.objects.filter(last_at__gte=now - LIVE)
        if self.until is not None:
            rows = rows.filter(changed_at__gte=self.until)
        for topic in rows.order_by("-last_at")[:MOST_LIVE]:
            cluster = self.clusters.live.get(topic.pk) or Cluster(topic.pk, topic.place)
            cluster.count = topic.count
            self.clusters.put(cluster, topic.terms)
            self.last_at[topic.pk] = topic.last_at
        over = [key for key, last in self.last_at.items() if last < now - LIVE]
        for key in over:
            self.clusters.forget(key)
            del self.last_at[key]
        self.until = now


_kept: list[Kept] = []


def forget() -> None:
    """Read the rows anew at the next look."""
    _kept.clear()


def _ordinary(since: datetime) -> QuerySet[Case]:
    return Case.objects.filter(received_at__gte=since, is_sealed=False, is_confidential=False)


def take_in(
    *, now: datetime | None = None, since: datetime | None = None, batch: int = BATCH
) -> int:
    """Put up to `batch` reports into topics, oldest first; how many. `since`: how far back to
    look, three days unless told."""
    now = now or timezone.now()
    waiting = _ordinary(since or now - LOOKED_BACK).filter(topic_member=None)
    if not waiting.exists():
        return 0
    TopicsState.objects.get_or_create(pk=TopicsState.THE_ONE)
    try:
        with transaction.atomic():
            if not TopicsState.objects.select_for_update(skip_locked=True).first():
                return 0  # another worker is at it
            if not _kept:
                _kept.append(Kept(now))
            _kept[0].catch_up(now)
            cases = list(
                waiting.order_by("pk").values_list("pk", "text", "place_id", "received_at")[:batch]
            )
            _store(_kept[0], cases, now)
            return len(cases)
    except BaseException:
        forget()  # the rows are as they were; what is in memory is not
        raise


def _store(kept: Kept, cases: Sequence[tuple[int, str, str, datetime]], now: datetime) -> None:
    joined: list[tuple[int, Cluster | None]] = []
    touched: dict[int, Cluster] = {}
    for key, text, place, at in cases:
        found = kept.clusters.add(text, place)
        joined.append((key, found[0] if found else None))
        if found:
            cluster = found[0]
            touched[id(cluster)] = cluster
            kept.last_at[cluster.key] = max(at, kept.last_at.get(cluster.key, at))
    fresh = [cluster for cluster in touched.values() if cluster.key < 0]
    old = [cluster for cluster in touched.values() if cluster.key > 0]
    made = Topic.objects.bulk_create([_row(cluster, kept, now) for cluster in fresh])
    for cluster, row in zip(fresh, made, strict=True):
        kept.last_at[row.pk] = kept.last_at.pop(cluster.key)
        kept.clusters.rename(cluster, row.pk)
    Topic.objects.bulk_update(
        [_row(cluster, kept, now, pk=cluster.key) for cluster in old],
        ["terms", "count", "last_at", "changed_at"],
        batch_size=100,
    )
    TopicMember.objects.bulk_create(
        [
            TopicMember(case_id=key, topic_id=cluster.key if cluster else None)
            for key, cluster in joined
        ]
    )


def _row(cluster: Cluster, kept: Kept, now: datetime, **more: int) -> Topic:
    return Topic(
        place=cluster.place,
        terms={pair: round(weight, 4) for pair, weight in cluster.terms.items()},
        count=cluster.count,
        last_at=kept.last_at[cluster.key],
        changed_at=now,
        **more,
    )


def tidy(*, now: datetime | None = None) -> int:
    """Drop topics of long ago that nobody took up and residents never read of."""
    now = now or timezone.now()
    old = Topic.objects.filter(last_at__lt=now - KEPT, lead=None, public=None)
    return old.delete()[1].get("knowledge.Topic", 0)
