"""Reading for the pages of follow-up: the queue, one call, a draw."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.access import visible_to as cases_visible_to
from mashang.cases.flow import Phase
from mashang.cases.models import DayRoot, Entry, Rating
from mashang.cases.order_timeline import Happening, timeline
from mashang.core.ids import parse_case_number
from mashang.followup import access, drawing
from mashang.followup.actions import TRIES
from mashang.followup.models import Draw, FollowUp
from mashang.people.actors import Staff
from mashang.places.models import Place

A_PAGE = 50
CALLS = ("contact_reached", "contact_missed", "contact_wrong")
LISTS: dict[str, Callable[[], str]] = {
    "mine": lambda: _("分给我的"),
    "waiting": lambda: _("还没打的"),
    "unreached": lambda: _("没打通的"),
    "done": lambda: _("已回访"),
}
COUNTED = ("mine", "waiting", "unreached")


@dataclass(frozen=True)
class Choice:
    name: str
    label: str
    count: int | None


def open_rows(actor: Staff) -> QuerySet[FollowUp]:
    """The calls still to be made; a matter that is handled again is not asked about."""
    return access.visible_to(actor).filter(done_at=None, case__phase=Phase.DONE)


class Queue:
    """The calls that one person may make, cut into lists."""

    def __init__(self, actor: Staff):
        self.actor = actor
        self._filters = {
            "mine": Q(assigned_to=actor.account),
            "waiting": Q(tries=0),
            "unreached": Q(tries__gt=0),
        }

    @cached_property
    def choices(self) -> list[Choice]:
        """The lists, with how many calls are to be made in each; one query."""
        counts = open_rows(self.actor).aggregate(
            **{name: Count("pk", filter=self._filters[name]) for name in COUNTED}
        )
        return [Choice(name, label(), counts.get(name)) for name, label in LISTS.items()]

    def page(self, name: str, number: object) -> Page:
        """Complaints first, then the oldest; what is done, newest first."""
        if name == "done":
            rows = access.visible_to(self.actor).exclude(done_at=None).order_by("-done_at", "-id")
        else:
            # Reasons in the alphabet: disputed, dissatisfied, reopened, sample.
            rows = open_rows(self.actor).filter(self._filters[name]).order_by("reason", "id")
        rows = rows.select_related("case__place", "unit", "assigned_to", "draw")
        return Paginator(rows, A_PAGE).get_page(number)


def find(actor: Staff, pk: int) -> FollowUp | None:
    """The call `pk` if the person may make it, or made it already."""
    rows = access.visible_to(actor).select_related(
        "case__place", "case__unit", "unit", "assigned_to", "called_by", "draw"
    )
    return rows.filter(pk=pk).first()


@dataclass(frozen=True)
class CallFacts:
    """What the caller has before them: what the unit claims, and how it came to the answer."""

    happenings: list[Happening]
    rating: Rating | None
    most_tries: int


def facts_of(row: FollowUp, *, at: datetime) -> CallFacts:
    entries: QuerySet[Entry] = row.case.entries.filter(
        move__in=(*CALLS, *drawing.ANSWERS, "follow_up")
    )
    return CallFacts(
        happenings=timeline(entries, {}),
        rating=Rating.objects.filter(case=row.case).first(),
        most_tries=rules.limit(TRIES, at=at).amount,
    )


# Draws -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lot:
    """A number that was drawn from; `number` is empty where the person may not see the matter."""

    number: str
    lot: str
    is_taken: bool


@dataclass(frozen=True)
class Explained:
    """A draw, done again from what was written down."""

    draw: Draw
    place: str
    lots: list[Lot]  # lowest first
    hidden: int
    seed_text: str
    faults: list[str]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Every group of the day's answers with its number, none left out."""
        counts = self.draw.counts
        return [(label(), counts.get(name, 0)) for name, label in COUNTS.items()]


COUNTS: dict[str, Callable[[], str]] = {
    "answers": lambda: _("当日答复和当日被评不满意的，共"),
    "disputed": lambda: _("说没有解决，全部回访"),
    "dissatisfied": lambda: _("不满意，全部回访"),
    "reopened": lambda: _("重办过，全部回访"),
    "anonymous": lambda: _("匿名，不能回访"),
    "erased": lambda: _("已删除个人信息，不能回访"),
    "no_phone": lambda: _("没有留电话，不能回访"),
    "moved_on": lambda: _("已重新办理，等下一次答复"),
    "already": lambda: _("这次答复已经列入回访"),
    "pool": lambda: _("其余，参加抽取"),
    "sample": lambda: _("抽中"),
}


def explain(draw: Draw, *, actor: Staff | None = None) -> Explained:
    """Do the draw again and say where it differs from what was written down.

    `actor` sees the numbers only of matters they may see; None, the operator, sees all.
    """
    taken = drawing.taken_from(draw.pool, seed=draw.seed, share=draw.share)
    seen = set(draw.pool) if actor is None else _visible_numbers(actor, draw.pool)
    lots = sorted(
        (
            Lot(number, drawing.lot_of(draw.seed, number), number in taken)
            for number in draw.pool
            if number in seen
        ),
        key=lambda lot: lot.lot,
    )
    place = Place.objects.filter(code=draw.county).first()
    text = drawing.seed_text(draw.day, draw.county, is_sealed=draw.is_sealed, root=draw.root)
    return Explained(
        draw=draw,
        place=place.name if place else draw.county,
        lots=lots,
        hidden=len(draw.pool) - len(lots),
        seed_text=text,
        faults=_faults(draw, taken),
    )


def _visible_numbers(actor: Staff, numbers: list[str]) -> set[str]:
    keys = {parsed[1] for number in numbers if (parsed := parse_case_number(number))}
    cases = cases_visible_to(actor).filter(pk__in=keys).only("pk", "received_at")
    return {case.number for case in cases}


def _faults(draw: Draw, taken: dict[str, str]) -> list[str]:
    found = []
    root = DayRoot.objects.filter(day=draw.day).values_list("root", flat=True).first()
    if root != draw.root:
        found.append(_("记下的根摘要与当日根摘要不同"))
    seed = drawing.seed_of(draw.day, draw.county, is_sealed=draw.is_sealed, root=draw.root)
    if seed != draw.seed:
        found.append(_("种子不是由日期、县区和根摘要算出的"))
    rows = draw.follow_ups.exclude(lot="").select_related("case")  # type: ignore[attr-defined]
    if {row.case.number: row.lot for row in rows} != taken:
        found.append(_("抽中的与重新计算的不同"))
    if draw.counts.get("pool") != len(draw.pool):
        found.append(_("参加抽取的件数与编号不符"))
    return found


def draws_of(actor: Staff, *, most: int) -> list[Draw]:
    rows = access.draws_visible_to(actor).annotate(calls=Count("follow_ups"))
    return list(rows[:most])


def find_draw(actor: Staff, day: date, county: str, *, is_sealed: bool) -> Draw | None:
    rows = access.draws_visible_to(actor)
    return rows.filter(day=day, county=county, is_sealed=is_sealed).first()
