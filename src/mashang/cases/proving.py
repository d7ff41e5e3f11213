"""Proving that nothing was altered: every chain, every case against its chain, every day's root."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from mashang.audit import proving as register
from mashang.cases.actions.moves.working import BEGINNINGS
from mashang.cases.actions.moving import VOUCHED
from mashang.cases.flow import FILED
from mashang.cases.models import Case, Clock, DayRoot, Entry, Rating, stamp
from mashang.core import chain

SETTLING = timedelta(minutes=10)  # a transaction begun before midnight may commit after it
BATCH = 500


@dataclass(frozen=True)
class Fault:
    """Something in the database that its chain does not bear out."""

    case: str
    what: str


@contextmanager
def _at_one_moment() -> Iterator[None]:
    """Read several tables as they were at one moment, so that a city at work shows no faults."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def verify(*, since: int = 0) -> Iterator[Fault | int]:
    """Check all cases after key `since`: yields faults, and after each batch the count so far."""
    checked, last = 0, since
    while True:
        with _at_one_moment():
            cases = list(Case.every.filter(pk__gt=last).order_by("pk")[:BATCH])
            keys = [case.pk for case in cases]
            rows = list(Entry.objects.filter(case__in=keys).order_by("case", "seq"))
            clocks = list(Clock.objects.filter(case__in=keys).order_by("case", "pk"))
            ratings = Rating.objects.in_bulk(keys)
        if not cases:
            break
        chains = {key: list(group) for key, group in groupby(rows, key=attrgetter("case_id"))}
        running: dict[int, list[Clock]] = {}
        for clock in clocks:
            running.setdefault(clock.case_id, []).append(clock)
        for case in cases:
            for what in faults(
                case, chains.get(case.pk, []), running.get(case.pk, []), ratings.get(case.pk)
            ):
                yield Fault(case.number, what)
        checked, last = checked + len(cases), keys[-1]
        yield checked


def faults(
    case: Case, entries: list[Entry], running: list[Clock], rating: Rating | None
) -> list[str]:
    """What does not fit between a case, its clocks, its rating and its entries."""
    found: list[str] = []
    previous = chain.START
    for place, entry in enumerate(entries, start=1):
        if entry.seq != place:
            found.append(f"第 {place} 条经过缺失")
            return found
        if not chain.holds(previous, entry.content(case.submission), entry.digest):
            found.append(f"第 {place} 条经过被改动")
            return found
        previous = entry.digest
    if not entries or len(entries) != case.version or entries[-1].digest != case.head:
        found.append("最后的经过被删除，或件上的摘要被改动")
        return found
    return found + _against_chain(case, entries, running, rating)


def _against_chain(
    case: Case, entries: list[Entry], running: list[Clock], rating: Rating | None
) -> list[str]:
    """The columns that entries vouch for, checked one by one."""
    known: dict[str, Any] = {}
    due: dict[str, str] = {}
    for entry in entries:
        due |= entry.data.get("clocks", {})
        known |= {name: entry.data[name] for name in VOUCHED if name in entry.data}
        if entry.move == FILED:
            known |= entry.data
        if entry.move in BEGINNINGS:
            known["answer_digest"], known["rating"] = "", None
        elif "answer_digest" in entry.data:
            known["answer_digest"] = entry.data["answer_digest"]
        if entry.move in ("confirm", "dispute") and "score" in entry.data:
            known["rating"] = (entry.move == "confirm", entry.data["score"])
    name = known["text"].partition(":")[0]
    answer = known.get("answer_digest", "")
    checks = {
        "状态": case.state == entries[-1].state,
        "反映内容": chain.digest(case.text, name=name) == known["text"],
        "地点": (case.place_id, case.spot) == (known["place"], known["spot"]),
        "承办单位": case.unit_id == known["unit"],
        "经办人": case.assignee_id == known["assignee"],
        "紧急程度": case.urgency == known["urgency"],
        "保密标记": (case.is_sealed, case.is_confidential, case.is_anonymous)
        == (known["is_sealed"], known["is_confidential"], known["is_anonymous"]),
        "事项类别": case.category_id == known.get("category"),
        "并入": case.lead_id == known.get("lead"),
        "挂账": case.deferred_until == _day(known.get("deferred_until")),
        "督办": case.supervision == known.get("supervision", ""),
        "公开答复": _same_digest(case.answer, answer),
        "回答": _same_answers(case, known),
        "评价": known.get("rating") == (rating and (rating.is_solved, rating.score)),
        "时限": due == {str(clock.name): stamp(clock.due_at) for clock in running},
    }
    return [f"{what}与经过不符" for what, fits in checks.items() if not fits]


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _same_answers(case: Case, known: Mapping[str, Any]) -> bool:
    """Whether a type's own answers are those that were sent; the plain request has none."""
    claimed = known.get("answers")
    if claimed is None:
        return not case.answers
    name = claimed.partition(":")[0]
    same = chain.digest(chain.canonical(case.answers), name=name) == claimed
    return same and case.type == known["type"]


def _same_digest(text: str, claimed: str) -> bool:
    if not text or not claimed:
        return not text and not claimed
    return chain.digest(text, name=claimed.partition(":")[0]) == claimed


# Roots ------------------------------------------------------------------------------------------


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, timezone.get_default_timezone())


def root_over(previous: str, *, after: int, upto: int, record: int = 0) -> tuple[str, int]:
    """(root, number of entries) over the digests of the entries with these keys, in their order.

    Record `record` of the register, where there is one, comes last; its digest stands for all
    before it.
    """
    digests = list(
        Entry.objects.filter(pk__gt=after, pk__lte=upto)
        .order_by("pk")
        .values_list("digest", flat=True)
    )
    count = len(digests)
    if record:
        digests.append(register.digest_of(record))
    return chain.root(previous, digests), count


def make_roots(*, now: datetime | None = None) -> int:
    """Write the roots of all finished days that have none yet; returns how many."""
    now = now or timezone.now()
    last = DayRoot.objects.order_by("-day").first()
    if last:
        day, previous, after = last.day + timedelta(days=1), last.root, last.last_entry
        record = last.last_record
    else:
        first = Entry.objects.order_by("at").values_list("at", flat=True).first()
        if first is None:
            return 0
        day, previous, after, record = timezone.localdate(first), chain.START, 0, 0
    made = 0
    while _end_of(day) + SETTLING <= now:
        later = Entry.objects.filter(pk__gt=after, at__lt=_end_of(day))
        upto = later.aggregate(key=Max("pk"))["key"] or after
        record = max(register.upto(_end_of(day)), record)
        root, count = root_over(previous, after=after, upto=upto, record=record)
        row, _made = DayRoot.objects.get_or_create(
            day=day,
            defaults={
                "root": root,
                "entries": count,
                "last_entry": upto,
                "last_record": record,
                "made_at": now,
            },
        )
        previous, after, record = row.root, row.last_entry, row.last_record
        day, made = day + timedelta(days=1), made + 1
    return made


def verify_roots() -> Iterator[Fault]:
    """Days whose entries no longer give the root that was written down."""
    previous, after = chain.START, 0
    for row in DayRoot.objects.order_by("day"):
        root, _count = root_over(previous, after=after, upto=row.last_entry, record=row.last_record)
        if root != row.root:
            yield Fault(str(row.day), "当日根摘要与经过或审计记录不符")
        previous, after = row.root, row.last_entry
