"""The day's draw: which answers are followed up, in a way that anybody can do again.

Followed up without exception are the answers that were disputed or called unsatisfactory on the
day, and those of matters that had been reopened. Of the rest of the day's answers a share is
drawn: each number gets a lot, sha256 of the seed and the number, and the lowest lots are taken.
The seed is sha256 over the day, the county and the day's chain root, which is fixed only when the
day is over and covers everything that happened in it.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from mashang.cases import rules
from mashang.cases.flow import ClockName, Phase
from mashang.cases.models import Case, Clock, DayRoot, Entry, Requester, Score
from mashang.followup.access import callers_of, may_follow_up
from mashang.followup.models import COUNTY_DIGITS, Draw, FollowUp, Reason
from mashang.people.actors import Staff
from mashang.people.models import Account
from mashang.places.models import Level, Place

SHARE = "follow_up_share"
CATCH_UP = timedelta(days=31)  # of missed days, the oldest that are still drawn
ANSWERS = ("answer", "answer_merged")  # a merged matter is answered with the one it joined
FIRST_LOOK = timedelta(days=8)  # how far back a system looks that begins with follow-up
BEGINS_ANEW = ("reopen", "rework")
# Why an answer is neither followed up nor drawn from; counted, never silent.
EXCLUSIONS = ("anonymous", "erased", "no_phone", "moved_on", "already")


# What anybody can do again -----------------------------------------------------------------------


def seed_of(day: date, county: str, *, is_sealed: bool, root: str) -> str:
    """The seed of a draw, from what is public once the day is over."""
    return _sha256(seed_text(day, county, is_sealed=is_sealed, root=root))


def seed_text(day: date, county: str, *, is_sealed: bool, root: str) -> str:
    return f"{day}:{county}:{'sealed' if is_sealed else 'ordinary'}:{root}"


def lot_of(seed: str, number: str) -> str:
    return _sha256(f"{seed}:{number}")


def size_of(share: int, pool: int) -> int:
    """How many are drawn: the share of the pool in percent, rounded up."""
    return -(-pool * share // 100)


def taken_from(pool: Iterable[str], *, seed: str, share: int) -> dict[str, str]:
    """number → lot of those that are drawn, lowest lot first."""
    lots = sorted((lot_of(seed, number), number) for number in pool)
    return {number: lot for lot, number in lots[: size_of(share, len(lots))]}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# The draw ----------------------------------------------------------------------------------------


@dataclass
class Answer:
    """One answer of a unit, as the draw looks at it."""

    case: Case
    seq: int = 0
    answered_by: int | None = None
    voice: str = ""  # what the resident said of it on the day: a Reason, or nothing
    voiced_at: datetime | None = None
    is_reopened: bool = False
    excluded: str = ""

    @property
    def reason(self) -> str:
        return self.voice or (Reason.REOPENED if self.is_reopened else Reason.SAMPLE)

    @property
    def group(self) -> tuple[str, bool]:
        return self.case.place_id[:COUNTY_DIGITS], self.case.is_sealed


@dataclass
class Sorted:
    """The answers of one county and day, by what becomes of them."""

    certain: list[Answer] = field(default_factory=list)
    pool: list[Answer] = field(default_factory=list)
    upgraded: list[Answer] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def draw_due(*, at: datetime | None = None) -> int:
    """Draw for every finished day that has a root and no draw yet; returns how many draws."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    first = Draw.objects.order_by("day").values_list("day", flat=True).first()
    begins = first or today - FIRST_LOOK
    roots = DayRoot.objects.filter(day__gt=max(begins, today - CATCH_UP)).order_by("day")
    drawn = set(
        Draw.objects.filter(day__in=[row.day for row in roots]).values_list("day", flat=True)
    )
    return sum(draw_day(row, at=at) for row in roots if row.day not in drawn)


def draw_day(root: DayRoot, *, at: datetime) -> int:
    """The draws of one day, all counties in one transaction; 0 where they were made already."""
    with transaction.atomic():
        # Two workers at once: the second waits here, then finds the first one's draws.
        DayRoot.objects.select_for_update().get(pk=root.pk)
        if Draw.objects.filter(day=root.day).exists():
            return 0
        groups: dict[tuple[str, bool], Sorted] = defaultdict(Sorted)
        for county in Place.objects.current(root.day).filter(level=Level.COUNTY):
            groups[county.code, False] = Sorted()
        for answer in _answers_of(root.day):
            _sort(answer, groups[answer.group])
        for (county, is_sealed), found in sorted(groups.items()):
            _draw(root, county, is_sealed, found, at=at)
        return len(groups)


def _sort(answer: Answer, into: Sorted) -> None:
    into.counts["answers"] += 1
    if answer.excluded:
        into.counts[answer.excluded] += 1
        if answer.excluded == "already" and answer.voice:
            into.upgraded.append(answer)
    elif answer.reason == Reason.SAMPLE:
        into.pool.append(answer)
    else:
        into.counts[answer.reason] += 1
        into.certain.append(answer)


def _draw(root: DayRoot, county: str, is_sealed: bool, found: Sorted, *, at: datetime) -> None:
    seed = seed_of(root.day, county, is_sealed=is_sealed, root=root.root)
    share = rules.limit(SHARE, at=at).amount
    pool = {answer.case.number: answer for answer in found.pool}
    lots = taken_from(pool, seed=seed, share=share)
    draw = Draw.objects.create(
        day=root.day,
        county=county,
        is_sealed=is_sealed,
        root=root.root,
        seed=seed,
        share=share,
        pool=sorted(pool),
        counts={**found.counts, "pool": len(pool), "sample": len(lots)},
        drawn_at=at,
    )
    claims = _claimed_contacts([answer.case for answer in (*found.certain, *found.pool)])
    rows = [
        FollowUp(
            draw=draw,
            case=answer.case,
            closing=answer.seq,
            unit_id=answer.case.unit_id,
            answered_by_id=answer.answered_by,
            reason=answer.reason,
            lot=lots.get(answer.case.number, ""),
            claimed_contact=claims.get(answer.case.pk),
        )
        for answer in (*found.certain, *(pool[number] for number in lots))
    ]
    _assign(rows, county)
    FollowUp.objects.bulk_create(rows)
    for answer in found.upgraded:
        FollowUp.objects.filter(case=answer.case, closing=answer.seq, done_at=None).update(
            reason=answer.voice
        )


# What is drawn from ------------------------------------------------------------------------------


def _answers_of(day: date) -> list[Answer]:
    """The answers given on `day`, and older ones of which the resident complained on `day`."""
    begins = datetime.combine(day, time.min, timezone.get_default_timezone())
    said = Entry.objects.filter(
        at__gte=begins, at__lt=begins + timedelta(days=1), move__in=(*ANSWERS, "confirm", "dispute")
    ).select_related("case")
    answers: dict[int, Answer] = {}
    for entry in said.order_by("case", "seq"):
        answer = answers.setdefault(entry.case_id, Answer(entry.case))
        voice = _voice(entry)
        if entry.move in ANSWERS:
            answer.seq, answer.voice = entry.seq, ""
        elif voice:
            answer.voice, answer.voiced_at = voice, entry.at
        elif not answer.seq and not answer.voice:
            del answers[entry.case_id]  # a word of praise about an answer of another day
    _read_histories(answers)
    _exclude(answers)
    return list(answers.values())


def _voice(entry: Entry) -> str:
    if entry.move == "dispute":
        return Reason.DISPUTED
    is_bad = entry.move == "confirm" and entry.data.get("score") == Score.DISSATISFIED
    return Reason.DISSATISFIED if is_bad else ""


def _read_histories(answers: dict[int, Answer]) -> None:
    """Which answer stands, who gave it, and whether the matter had begun anew before."""
    moves = Entry.objects.filter(case__in=answers, move__in=(*ANSWERS, *BEGINS_ANEW))
    for entry in moves.order_by("case", "seq"):
        answer = answers[entry.case_id]
        if entry.move in ANSWERS:
            answer.seq, answer.answered_by = entry.seq, entry.account_id
        else:
            answer.is_reopened = True


def _exclude(answers: dict[int, Answer]) -> None:
    requesters = Requester.objects.only("phone_index", "erased_at").in_bulk(answers)
    known: dict[tuple[int, int], FollowUp] = {}
    for row in FollowUp.objects.filter(case__in=answers).order_by("pk"):
        known[row.case_id, row.closing] = row
    for key, answer in answers.items():
        answer.excluded = _why_excluded(answer, requesters.get(key), known.get((key, answer.seq)))


def _why_excluded(answer: Answer, requester: Requester | None, known: FollowUp | None) -> str:
    if answer.case.phase != Phase.DONE:
        return "moved_on"
    if answer.case.is_anonymous:
        return "anonymous"
    if requester is None or requester.erased_at:
        return "erased"
    if not requester.phone_index:
        return "no_phone"
    if known is None:
        return ""
    complained_since = answer.voiced_at and known.done_at and known.done_at < answer.voiced_at
    return "" if complained_since else "already"


def _claimed_contacts(cases: Sequence[Case]) -> dict[int, bool]:
    """case → whether the unit's own records say that it reached the resident in time.

    Counted from the case's newest contact clock; a case that had none is not in it.
    """
    clocks: dict[int, Clock] = {}
    for clock in Clock.objects.filter(case__in=cases, name=ClockName.CONTACT).order_by(
        "started_at"
    ):
        clocks[clock.case_id] = clock
    reached: dict[int, list[datetime]] = defaultdict(list)
    for case, at in Entry.objects.filter(case__in=cases, move="contact_reached").values_list(
        "case", "at"
    ):
        reached[case].append(at)
    return {
        case: any(clock.started_at <= at <= clock.due_at for at in reached[case])
        for case, clock in clocks.items()
    }


# Who calls ---------------------------------------------------------------------------------------


def _assign(rows: list[FollowUp], county: str) -> None:
    """Give each call to whoever has the fewest and may make it; the nearest posts come first."""
    if not rows:
        return
    posts = callers_of(county)
    staff = {post.account_id: Staff(post.account) for post in posts}
    load: Counter[int] = Counter(
        dict(
            FollowUp.objects.filter(done_at=None, assigned_to__in=staff)
            .values_list("assigned_to")
            .annotate(Count("pk"))
        )
    )
    by_distance: dict[int, list[Account]] = defaultdict(list)
    for post in posts:
        by_distance[len(post.place_id)].append(post.account)
    for row in rows:
        for digits in sorted(by_distance, reverse=True):
            able = [a for a in by_distance[digits] if may_follow_up(staff[a.pk], row)]
            if able:
                row.assigned_to = min(able, key=lambda account: (load[account.pk], account.pk))
                load[row.assigned_to.pk] += 1
                break
