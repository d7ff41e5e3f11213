"""What has climbed to a leader: which matters, why, since when, who heard of them before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from mashang.cases.access import visible_to
from mashang.cases.climbs import Climb, climbs_to
from mashang.cases.flow import ClockName, Phase, moves_from
from mashang.cases.forms_staff import MoveForm, move_form
from mashang.cases.models import Case, Clock, Entry, OrderLink
from mashang.cases.order_access import OF_A_CASE, Order
from mashang.cases.order_page import WORDS, TimeLeft, say_span, time_left
from mashang.cases.order_timeline import names_in
from mashang.cases.sentences import chosen
from mashang.cases.wording import say_time
from mashang.people.actors import Staff
from mashang.people.models import Role

INSTRUCT = "instruct"
REPORT = "report_instruction"
MOST = 200
REPORTED_WITHIN = timedelta(days=14)  # a report stays on the leader's page so long
OPEN_PHASES = (Phase.OPEN, Phase.WAITING)
FIRST_RUNG_DONE = 2  # a clock's step once a rung was told


@dataclass(frozen=True)
class Row:
    """A matter that climbed to this person, with a way to open it and to instruct."""

    order: Order
    climbs: list[Climb]
    times: list[TimeLeft]
    form: MoveForm | None  # to instruct with; None where they may not
    now: datetime
    is_open: bool = False  # its form is shown unfolded

    @property
    def case(self) -> Case:
        return self.order.case

    @property
    def since(self) -> datetime:
        return self.climbs[0].since

    @property
    def waited(self) -> str:
        """How long it has been theirs."""
        return say_span(self.now - self.since)

    @property
    def instruct_url(self) -> str:
        link, case = self.order.link, self.order.case
        if link is not None:
            return reverse("order_climbed", args=[link.token])
        return reverse("climbed_case", args=[case.number])


@dataclass(frozen=True)
class Instruction:
    """What somebody instructed, with the limit that runs for the report, or with the report."""

    given: Entry
    now: datetime
    clock: Clock | None = None
    report: Entry | None = None

    @property
    def is_late(self) -> bool:
        return self.clock is not None and self.clock.is_overdue(self.now)

    @property
    def due(self) -> str:
        return say_time(self.clock.due_at, today=self.now) if self.clock else ""

    @property
    def case(self) -> Case:
        return self.given.case


def leads(actor: Staff) -> bool:
    """Whether anything can climb to this person: they hold a rung, or a leader's post."""
    return any(post.position or post.role == Role.LEADER for post in actor.posts)


def climbed_to(
    actor: Staff,
    *,
    now: datetime,
    by_link: bool = False,
    tried: MoveForm | None = None,
    sentence: tuple[str, str] = ("", ""),
) -> list[Row]:
    """The open matters that climbed to `actor`, the one longest with them first.

    A rung is told by an SMS with a link of the person's own, so links say where to look; with
    `by_link` the rows lead to those links and not to the desk. `tried` is an instruction that was
    sent and not accepted, `sentence` (number of a case, number of a prepared sentence) one that
    was tapped.
    """
    found = {case.pk: case for case in _cases(actor)}
    entries: dict[int, list[Entry]] = defaultdict(list)
    for entry in Entry.objects.filter(case__in=found, move="escalate").order_by("case", "seq"):
        entries[entry.case_id].append(entry)
    clocks: dict[int, list[Clock]] = defaultdict(list)
    for clock in Clock.objects.filter(case__in=found, stopped_at=None):
        clock.case = found[clock.case_id]
        clocks[clock.case_id].append(clock)
    links = _links(actor, found) if by_link else {}
    names = names_in([entry for rows in entries.values() for entry in rows])
    rows = []
    for case in found.values():
        climbs = climbs_to(
            actor.account.pk, clocks=clocks[case.pk], entries=entries[case.pk], names=names
        )
        if climbs:
            order = Order(case, actor, links.get(case.pk))
            rows.append(_row(order, climbs, now=now, tried=tried, sentence=sentence))
    return sorted(rows, key=lambda row: row.since)


def supervised(actor: Staff) -> list[Case]:
    """The open matters under supervision that `actor` may see, listed ones first, then oldest."""
    rows = visible_to(actor).exclude(supervision="").filter(phase__in=OPEN_PHASES)
    # Kinds in the alphabet: listed, supervised.
    return list(rows.select_related("place", "unit").order_by("supervision", "id")[:MOST])


def instructed(actor: Staff, *, now: datetime) -> list[Instruction]:
    """The last instruction that `actor` gave on each case: those that wait for a report, the
    earliest limit first, then those reported within a fortnight."""
    mine = Entry.objects.filter(
        case__in=visible_to(actor), move=INSTRUCT, account=actor.account
    ).select_related("case__place", "case__unit")
    given = {entry.case_id: entry for entry in mine.order_by("-id")[:MOST][::-1]}
    clocks = Clock.objects.filter(case__in=given, name=ClockName.INSTRUCTION, stopped_at=None)
    # One that began later runs for what somebody else instructed.
    running = {c.case_id: c for c in clocks if c.started_at <= given[c.case_id].at}
    reports = {
        entry.case_id: entry
        for entry in Entry.objects.filter(
            case__in=given, move=REPORT, at__gte=now - REPORTED_WITHIN
        ).order_by("seq")
        if entry.seq > given[entry.case_id].seq
    }
    waiting = [
        Instruction(given[pk], now, clock=clock)
        for pk, clock in sorted(running.items(), key=lambda item: item[1].due_at)
    ]
    done = sorted(reports.items(), key=lambda item: item[1].at, reverse=True)
    return waiting + [
        Instruction(given[pk], now, report=report) for pk, report in done if pk not in running
    ]


def _cases(actor: Staff) -> QuerySet[Case]:
    live = Clock.objects.filter(
        case=OuterRef("pk"), stopped_at=None, paused_at=None, step__gte=FIRST_RUNG_DONE
    )
    told = OrderLink.objects.filter(case=OuterRef("pk"), account=actor.account)
    rows = visible_to(actor).filter(Exists(live), Exists(told), phase__in=OPEN_PHASES)
    return rows.select_related(*OF_A_CASE).order_by("id")[:MOST]


def _links(actor: Staff, cases: Iterable[int]) -> dict[int, OrderLink]:
    rows = OrderLink.objects.filter(case__in=list(cases), account=actor.account, revoked_at=None)
    return {link.case_id: link for link in rows}


def _row(
    order: Order,
    climbs: list[Climb],
    *,
    now: datetime,
    tried: MoveForm | None,
    sentence: tuple[str, str],
) -> Row:
    case = order.case
    may_instruct = any(m.name == INSTRUCT for m in moves_from(case.state, order.relations))
    is_tried = tried is not None and tried.order.case == case
    tapped = chosen(INSTRUCT, sentence[1]) if sentence[0] == case.number else ""
    form = None
    if may_instruct:
        form = tried if is_tried else move_form(INSTRUCT, order)
        form.auto_id = f"instruct-{case.number}-%s"  # type: ignore[union-attr]
        form.say(tapped)  # type: ignore[union-attr]
    times = [time_left(climb.clock, now=now) for climb in climbs if climb.clock.name in WORDS]
    return Row(order, climbs, times, form, now, is_open=is_tried or bool(tapped))
