"""One list of the desk: which cases of a queue, through which filters, in which order, as rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Left
from django.http import QueryDict

from mashang.cases.access import visible_to
from mashang.cases.flow import Phase, State
from mashang.cases.models import Ask, Case, Entry
from mashang.cases.wording import say_time, say_waited
from mashang.people.actors import Staff
from mashang.people.models import Unit
from mashang.workbench import grams
from mashang.workbench.filters import NAMES, Chip, Choice, Filters, read
from mashang.workbench.ordering import A_PAGE, ORDERS, SORTS, Order, Page, keys, page
from mashang.workbench.queues import QUEUES, Queue, first_queue
from mashang.workbench.searching import find

SHOWN = 80  # characters of a case's words in a list
SOON = timedelta(hours=1)
LONG_NUMBER = re.compile(r"\d{7,}")
WITH = ("place", "unit", "assignee", "category")
UNREAD = ("text", "answer", "answers", "head", "submission", "fingerprint")


@dataclass(frozen=True)
class Row:
    """A case in a list."""

    case: Case
    now: datetime
    words: Sequence[str] = ()

    @cached_property
    def is_overdue(self) -> bool:
        return self.case.due_at is not None and self.case.due_at < self.now

    @property
    def is_due_soon(self) -> bool:
        return self.case.due_at is not None and self.now <= self.case.due_at < self.now + SOON

    @property
    def has_nobody(self) -> bool:
        """Whether a unit has it and nobody there does."""
        case = self.case
        is_live = case.phase in (Phase.OPEN, Phase.WAITING) and case.state != State.MERGED
        return bool(is_live and case.unit_id and not case.assignee_id)

    @cached_property
    def due(self) -> str:
        return say_time(self.case.due_at, today=self.now) if self.case.due_at else ""

    @property
    def left(self) -> str:
        """How long until the limit, or since it."""
        return self._span(self.case.due_at) if self.case.due_at else ""

    @cached_property
    def received(self) -> str:
        return say_time(self.case.received_at, today=self.now)

    @property
    def closed(self) -> str:
        return say_time(self.case.closed_at, today=self.now) if self.case.closed_at else ""

    def _span(self, moment: datetime) -> str:
        return say_waited(abs(self.now - moment) // timedelta(minutes=1))

    @property
    def is_hidden(self) -> bool:
        """Whether the words stay off the list: they are read on the case's own page only."""
        return self.case.is_sealed or self.case.is_confidential

    @property
    def summary(self) -> list[tuple[str, bool]]:
        """The beginning of the words, or where what was looked for stands: (words, is a hit).

        Numbers long enough to be somebody's are cut short: who may see them sees them there.
        """
        if self.is_hidden:
            return []
        if not self.words:
            begins = getattr(self.case, "begins", None) or self.case.text[:SHOWN]
            return [(shortened(" ".join(begins.split())), False)]
        texts = (self.case.text, self.case.spot, self.case.answer)
        hit = next((text for text in texts if grams.holds([text], self.words[:1])), texts[0])
        return [
            (part if is_hit else shortened(part), is_hit)
            for part, is_hit in grams.snippet(hit, self.words)
        ]


@dataclass(frozen=True)
class Sort:
    """A column's head: the address that sorts by it or turns it round, and how it is sorted now
    (`ascending`, `descending` or "")."""

    address: str
    state: str


def _asked_in_vain() -> Exists:
    """Whether something is asked of those above that nobody was told of, none being on duty."""
    unheard = Entry.objects.filter(
        case=OuterRef("case"), at__gte=OuterRef("asked_at"), data__unheard=True
    )
    return Exists(Ask.objects.filter(Exists(unheard), case=OuterRef("pk"), decided_at=None))


def shortened(text: str) -> str:
    """`text` with long numbers cut: 13912345678 → 139****."""
    return LONG_NUMBER.sub(lambda found: f"{found.group()[:3]}****", text)


class Listing:
    """What one person asked to see, by the parameters of an address:

    `queue`, the filters, `sort`, and `after` or `before`, the key of a page.
    """

    def __init__(self, actor: Staff, query: QueryDict, *, now: datetime):
        self.actor = actor
        self.query = query
        self.now = now
        self.visible = visible_to(actor)

    @cached_property
    def queue(self) -> Queue:
        queue = QUEUES.get(self.query.get("queue", ""))
        return queue if queue and queue.has(self.actor) else first_queue(self.actor)

    @cached_property
    def filters(self) -> Filters:
        return read(self.query, now=self.now)

    @cached_property
    def order(self) -> Order:
        if self.filters.words:
            return ORDERS["newest"]
        return ORDERS.get(self.query.get("sort", ""), ORDERS[self.queue.order])

    @cached_property
    def matching(self) -> QuerySet[Case]:
        """All cases of the list but for the words looked for; without order."""
        held = self.queue.condition(self.actor, self.now)
        return self.visible.filter(held, self.filters.condition)

    @cached_property
    def page(self) -> Page:
        rows = self.matching.select_related(*WITH).annotate(is_unheard=_asked_in_vain())
        if not self.filters.words:
            rows = rows.annotate(begins=Left("text", SHOWN)).defer(*UNREAD)
            return page(
                rows, self.order,
                after=self.query.get("after", ""), before=self.query.get("before", ""),
            )  # fmt: skip
        start = self.query.get("after", "")
        below = int(start) if start.isascii() and start.isdigit() and len(start) < 19 else None
        found = find(self.matching, self.filters.words, most=A_PAGE, below=below)
        cases = sorted(rows.filter(pk__in=found.keys), key=lambda case: -case.pk)
        return Page(cases, "", str(found.rest or ""))

    @cached_property
    def rows(self) -> list[Row]:
        return [Row(case, self.now, self.filters.words) for case in self.page.cases]

    def keys(self, most: int) -> list[int]:
        """The keys of the whole list in its order, at most so many."""
        if self.filters.words:
            return find(self.matching, self.filters.words, most=most).keys
        return keys(self.matching, self.order, most=most)

    def said(self) -> str:
        """The list in words, as the register of what was done keeps it."""
        return "；".join([str(self.queue.label), *(chip.label for chip in self.filters.chips)])

    # Addresses ------------------------------------------------------------------------------

    def address(self, *without: str, **changes: str) -> str:
        """The list's own address but for some parameters; always from its first page."""
        query = QueryDict(mutable=True)
        for name in ("queue", "sort", *NAMES):
            value = changes.get(name, self.query.get(name, ""))
            if value and name not in without:
                query[name] = value
        for name in ("after", "before"):
            if changes.get(name):
                query[name] = changes[name]
        return f"?{query.urlencode()}"

    @property
    def next(self) -> str:
        return self.address(after=self.page.after)

    @property
    def previous(self) -> str:
        return self.address(before=self.page.before)

    @property
    def is_first_page(self) -> bool:
        return not (self.query.get("after") or self.query.get("before"))

    @property
    def is_where_the_desk_opens(self) -> bool:
        """Whether this is what the person sees first, before choosing anything."""
        opens = self.queue == first_queue(self.actor)
        return opens and self.is_first_page and not self.filters.is_on

    @property
    def chips(self) -> list[tuple[Chip, str]]:
        """Each filter that is on, with the address without it."""
        return [(chip, self.address(*chip.names)) for chip in self.filters.chips]

    @property
    def choices(self) -> list[tuple[Choice, str]]:
        """What a typed name may have meant, with the address that means it."""
        return [
            (choice, self.address(f"{choice.name}_name", **{choice.name: choice.value}))
            for choice in self.filters.choices
        ]

    @property
    def units(self) -> list[Unit]:
        """The person's own, with which a view can be shared."""
        return list({post.unit_id: post.unit for post in self.actor.posts}.values())

    def sorted_by(self, column: str) -> Sort:
        first, second = SORTS[column]
        is_first, is_second = self.order.name == first, self.order.name == second
        state = ""
        if is_first or is_second:
            state = "descending" if self.order.is_descending else "ascending"
        return Sort(self.address(sort=second if is_first else first), state)
