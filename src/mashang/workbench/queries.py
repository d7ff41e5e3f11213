"""The lists of the desk: which cases, in which order, and what stands beside each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from mashang.cases.access import visible_to
from mashang.cases.flow import ClockName, Phase, State
from mashang.cases.models import Ask, AskKind, Case, Clock, Entry
from mashang.cases.order_access import same_number
from mashang.cases.wording import say_time, say_waited
from mashang.core.ids import parse_case_number
from mashang.people.actors import Staff
from mashang.people.models import Role
from mashang.places.models import subtree

A_PAGE = 50
OPEN = Q(phase__in=(Phase.OPEN, Phase.WAITING))
LIMITS = (ClockName.CONTACT, ClockName.ACKNOWLEDGE, ClockName.HANDLING)
WORKING_ROLES = (Role.HANDLER, Role.DISPATCHER, Role.LEADER, Role.INSPECTOR)

TABS: dict[str, Callable[[], str]] = {
    "mine": lambda: _("我经办的"),
    "unit": lambda: _("本单位"),
    "overdue": lambda: _("超时"),
    "triage": lambda: _("待分拨"),
    "asks": lambda: _("等我决定"),
    "all": lambda: _("全部"),
}
COUNTED = ("mine", "unit", "overdue", "triage", "asks")
# Lists that only some roles have anything in.
ONLY_FOR = {"triage": (Role.DISPATCHER,), "asks": (Role.DISPATCHER, Role.LEADER)}


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    count: int | None  # open cases in it, None where they are not counted


@dataclass(frozen=True)
class Row:
    """A case in a list, with its nearest limit."""

    case: Case
    now: datetime

    @property
    def due_at(self) -> datetime | None:
        return self.case.due_at  # type: ignore[attr-defined]

    @property
    def due(self) -> str:
        return say_time(self.due_at, today=self.now) if self.due_at else ""

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.due_at < self.now

    @property
    def has_nobody(self) -> bool:
        """Whether a unit has it and nobody there does."""
        case = self.case
        is_open = case.phase in (Phase.OPEN, Phase.WAITING) and case.state != State.MERGED
        return bool(is_open and case.unit_id and not case.assignee_id)

    @property
    def age(self) -> str:
        """How long ago it was received."""
        return say_waited(max(0, (self.now - self.case.received_at) // timedelta(minutes=1)))


def works_on_cases(actor: Staff) -> bool:
    """Whether any of the person's posts has to do with cases at all."""
    return any(post.is_lead or post.role in WORKING_ROLES for post in actor.posts)


class Desk:
    """What one person may see, cut into lists."""

    def __init__(self, actor: Staff, *, now: datetime):
        self.actor = actor
        self.now = now
        self._visible = visible_to(actor)

    @cached_property
    def tabs(self) -> list[Tab]:
        """The lists this person has, with the open cases in each; one query."""
        roles = {post.role for post in self.actor.posts}
        names = [name for name in TABS if roles & set(ONLY_FOR.get(name, roles))]
        counts = self._visible.filter(OPEN).aggregate(
            **{name: Count("pk", filter=self._filters[name]) for name in names if name in COUNTED}
        )
        return [Tab(name, TABS[name](), counts.get(name)) for name in names]

    @property
    def first_tab(self) -> str:
        """Leaders have nothing on their own hands; everybody else begins there."""
        works = any(post.is_lead or post.role != Role.LEADER for post in self.actor.posts)
        return "mine" if works else "all"

    def page(self, tab: str, number: object) -> Page:
        """A page of a list, open cases first and among them the one due soonest."""
        rows = (
            self._visible.filter(self._filters[tab])
            .select_related("place", "unit", "assignee")
            .annotate(is_unheard=_asked_in_vain())
            .annotate(due_at=_nearest_limit(), is_over=models.Case(models.When(OPEN, 0), default=1))
            .order_by("is_over", F("due_at").asc(nulls_last=True), "-id")
        )
        page = Paginator(rows, A_PAGE).get_page(number)
        page.object_list = [Row(case, self.now) for case in page.object_list]
        return page

    def find(self, typed: str) -> Case | None:
        """The case of a typed number; None alike where there is none or it may not be seen."""
        parsed = parse_case_number(typed)
        case = self._visible.filter(pk=parsed[1]).first() if parsed else None
        return case if case is not None and same_number(case, typed) else None

    @cached_property
    def _filters(self) -> dict[str, Q]:
        asks = Ask.objects.filter(case=OuterRef("pk"), decided_at=None)
        decides = Exists(asks) & self._scope(Role.DISPATCHER)
        helps = Exists(asks.filter(kind=AskKind.HELP)) & self._scope(Role.LEADER)
        return {
            "mine": Q(assignee_id=self.actor.account.pk),
            "unit": Q(unit__in=[post.unit_id for post in self.actor.posts]),
            "overdue": OPEN & Exists(_running().filter(due_at__lt=self.now)),
            # What nobody could be given either: no unit, or nobody on duty anywhere above.
            "triage": Q(state=State.TO_TRIAGE) | (OPEN & Q(assignee=None) & ~Q(state=State.MERGED)),
            "asks": OPEN & (decides | helps),
            "all": Q(),
        }

    def _scope(self, role: str) -> Q:
        """The cases of the places over which the person holds `role`."""
        found = Q(pk__in=[])
        for post in self.actor.posts:
            if post.role == role:
                found |= subtree(post.place_id, field="place_id")
        return found


def _running() -> QuerySet[Clock]:
    """The limits that run on the case of the outer query."""
    return Clock.objects.filter(
        case=OuterRef("pk"), name__in=LIMITS, stopped_at=None, paused_at=None
    )


def _asked_in_vain() -> Exists:
    """Whether something is asked of those above that nobody was told of, none being on duty."""
    unheard = Entry.objects.filter(
        case=OuterRef("case"), at__gte=OuterRef("asked_at"), data__unheard=True
    )
    return Exists(Ask.objects.filter(Exists(unheard), case=OuterRef("pk"), decided_at=None))


def _nearest_limit() -> models.Case:
    """When the nearest limit ends; asked only for open cases, for others have none."""
    nearest = _running().order_by("due_at").values("due_at")[:1]
    return models.Case(models.When(OPEN, then=Subquery(nearest)))
