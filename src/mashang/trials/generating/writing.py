"""Stories into rows, a chunk a transaction, so that memory stays the same for any number."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from secrets import token_hex

from django.db import connection, transaction

from mashang.cases.actions.telling import LINK_LIFE
from mashang.cases.models import (
    Ask,
    Assist,
    AssistKind,
    Case,
    Clock,
    Entry,
    OrderLink,
    Rating,
    Requester,
    new_salt,
)
from mashang.cases.proving import make_roots
from mashang.trials.bulk import Table, next_keys
from mashang.trials.generating.city import City
from mashang.trials.generating.lives import Life
from mashang.trials.generating.residents import Residents
from mashang.trials.generating.story import Story, World
from mashang.trials.generating.times import Limits, moments
from mashang.workbench.grams import pairs
from mashang.workbench.indexing import tidy
from mashang.workbench.models import SearchRow

CHUNK = 2000
APART = 10**10  # seeds of stories
A_DAY = 45  # cases of a city of 1.5 million people
LONGEST = 3 * 365  # days
CASE = (
    *("id", "state", "phase", "version", "head", "submission", "fingerprint", "place_id", "spot"),
    *("code_id", "channel", "unit_id", "assignee_id", "text", "answer", "urgency"),
    *("is_confidential", "is_sealed", "accused_level", "is_anonymous", "reopenings"),
    *("returns_refused", "received_at", "moved_at", "closed_at", "category_id", "lead_id"),
    *("deferred_until", "due_at", "rung", "is_indexed", "has_assists", "supervision"),
)
REQUESTER = ("case_id", "name", "phone", "phone_index", "name_index", "salt")
ENTRY = ("case_id", "seq", "at", "move", "state", "actor", "account_id", "data", "digest")
CLOCK = (
    *("case_id", "name", "started_at", "warn_at", "due_at", "calendar_known", "next_look_at"),
    *("step", "paused_at", "stopped_at"),
)
ASK = (
    *("case_id", "kind", "asked_by_id", "asked_at", "words", "unit_id", "decider_id", "days"),
    *("until", "decided_at", "is_granted", "decision"),
)
HELP = (
    *("case_id", "unit_id", "kind", "asked_by_id", "asked_at", "words", "arrive_due_at", "due_at"),
    *("next_look_at", "step", "arrived_at", "replied_at", "reply"),
)
RATING = ("case_id", "is_solved", "score", "words", "rated_at")
LINK = ("case_id", "account_id", "created_at", "expires_at")


@dataclass(frozen=True)
class Order:
    """What is to be made: so many cases, received within so many days before `now`."""

    cases: int
    days: int
    seed: int
    now: datetime


def days_for(cases: int) -> int:
    """As long as a city takes for so many cases, at most three years; then it is a larger city."""
    return min(max(cases // A_DAY, 1), LONGEST)


def stories(
    order: Order, city: City, keys: Callable[[int], Iterable[int]]
) -> Iterator[list[Story]]:
    """Chunks of stories told up to now, oldest first; `keys` hands out so many keys."""
    chance = Random(order.seed)  # noqa: S311 - to repeat itself, no secret
    world = World(city, Limits(order.now), chance, order.now)
    life = Life(world)
    clock = Random(f"{order.seed} times")  # noqa: S311
    times = moments(order.cases, days=order.days, now=order.now, chance=clock)
    number = 0
    while chunk := list(islice(times, CHUNK)):
        begun: list[Story] = []
        for key, at in zip(keys(len(chunk)), chunk, strict=True):
            # Each story's own chance: the same whenever it is told, however far it has come.
            chance.seed(order.seed * APART + 2 * (number + len(begun)))
            begun.append(life.begin(key, at, begun))
        for place, story in enumerate(begun):
            chance.seed(order.seed * APART + 2 * (number + place) + 1)
            life.tell(story)
        number += len(begun)
        yield begun


def write(order: Order, progress: Callable[[int, Counter[str]], None]) -> Counter[str]:
    """Make the cases; how many there are of each state. `progress` hears of every chunk that is
    stored; stopped between or within two, the city holds whole cases only."""
    city = City(Random(order.seed), now=order.now)  # noqa: S311
    residents = Residents(order.cases, city.villages, seed=order.seed)
    chance = Random(f"{order.seed} residents")  # noqa: S311 - to repeat itself, no secret
    tables = Tables()
    states: Counter[str] = Counter()
    chunks = stories(order, city, lambda count: next_keys(Case, count))
    made = 0
    # Day by day as it grows: afterwards it would take the worker hours.
    has_roots_of_its_own = not Entry.objects.exists()
    while True:
        with transaction.atomic():
            chunk = next(chunks, None)
            if chunk is None:
                break
            tables.write(chunk, residents, chance)
        made += len(chunk)
        if has_roots_of_its_own:
            make_roots(now=chunk[-1].received_at)
        states.update(str(story.state) for story in chunk)
        progress(made, states)
    tidy()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return states


class Tables:
    """The tables that a case has rows in."""

    def __init__(self) -> None:
        self._case = Table(Case, CASE)
        self._requester = Table(Requester, REQUESTER, stored=("name", "phone"))
        self._entry = Table(Entry, ENTRY)
        self._clock = Table(Clock, CLOCK)
        self._ask = Table(Ask, ASK)
        self._help = Table(Assist, HELP)
        self._rating = Table(Rating, RATING)
        self._search = Table(SearchRow, ("case_id", "pairs"))
        self._link = Table(OrderLink, LINK)

    def write(self, chunk: list[Story], residents: Residents, chance: Random) -> None:
        self._case.write(map(_case, chunk))
        self._requester.write(_requester(story, residents, chance) for story in chunk)
        self._entry.write(
            (story.key, e.seq, e.at, e.move, e.state, e.actor, e.account, e.data, e.digest)
            for story in chunk
            for e in story.entries
        )
        self._clock.write(
            (
                *(story.key, c.name, c.started_at, c.warn_at, c.due_at, c.calendar_known),
                *(c.next_look_at, c.step, c.paused_at, c.stopped_at),
            )
            for story in chunk
            for c in story.clocks
        )
        self._ask.write(
            (
                *(story.key, a.kind, a.asked_by, a.asked_at, a.words, a.unit, a.decider, a.days),
                *(a.until, a.decided_at, a.is_granted, a.decision),
            )
            for story in chunk
            for a in story.asks
        )
        self._help.write(
            (
                *(story.key, h.unit.key, AssistKind.WHISTLE, h.asked_by, h.asked_at, h.words),
                *(h.arrive_due_at, h.due_at, h.next_look_at, h.step, h.arrived_at),
                *(h.replied_at, h.reply),
            )
            for story in chunk
            for h in story.helpers
        )
        self._rating.write((story.key, *story.rating) for story in chunk if story.rating)
        self._search.write(
            (story.key, pairs((story.text, story.spot, story.answer))) for story in chunk
        )
        self._link.write(
            (story.key, story.assignee.pk, story.received_at, story.received_at + LINK_LIFE)
            for story in chunk
            if story.assignee and story.has_link
        )


def _case(story: Story) -> tuple[object, ...]:
    return (
        *(story.key, story.state, story.phase, len(story.entries), story.head, story.submission),
        *(token_hex(32), story.place, story.spot, story.code, story.channel),
        *(story.desk.key if story.desk else None, story.assignee.pk if story.assignee else None),
        *(story.text, story.answer, story.urgency, story.is_confidential, story.is_sealed),
        *(story.accused_level, story.is_anonymous, story.reopenings, story.returns_refused),
        *(story.received_at, story.moved_at, story.closed_at, story.category),
        *(story.lead.key if story.lead else None, story.deferred_until),
        *(story.due_at, story.rung, True, bool(story.helpers), story.supervision),
    )


def _requester(story: Story, residents: Residents, chance: Random) -> tuple[object, ...]:
    if story.is_anonymous:
        return story.key, None, None, "", "", new_salt()
    return story.key, *residents.sealed(residents.somebody(story.place, chance)), new_salt()
