"""One case's life in memory: moves by the flow's own table, clocks looked at as the worker does.

What `actions.moving`, `actions.clocks` and `actions.climbing` do to rows is done here to values,
without a query; `mashang verify` and the tests hold the two together.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from secrets import token_hex
from typing import Any

from mashang.cases import flow, rules
from mashang.cases.actions.clocks import LIMITS
from mashang.cases.actions.moves.assisting import ARRIVAL, DONE, REPLY
from mashang.cases.actions.telling import LINK_LIFE
from mashang.cases.flow import MOVES, ClockName, Phase, State
from mashang.cases.models import AskKind, Supervision, stamp
from mashang.core import chain
from mashang.core.ids import case_number
from mashang.core.worktime import END_OF_DAY, WORKING_DAYS
from mashang.people.actors import SYSTEM, Resident
from mashang.people.models import Account
from mashang.trials.generating.city import City, Desk
from mashang.trials.generating.times import Limits

RESIDENT, PRODUCT = (chain.canonical(by.described()) for by in (Resident(), SYSTEM))
WORKER_LAG = 0.25  # seconds
OVER = (Phase.DONE, Phase.DROPPED)


class Present(Exception):
    """The story has come to this moment: what comes next has not happened yet."""


@dataclass(slots=True)
class Row:
    """An entry before it is a row."""

    seq: int
    at: datetime
    move: str
    state: str
    actor: str  # canonical JSON, as is `data`
    account: int | None
    data: str
    digest: str


@dataclass(slots=True)
class Running:
    """A clock before it is a row."""

    name: str
    started_at: datetime
    warn_at: datetime | None
    due_at: datetime
    calendar_known: bool
    next_look_at: datetime | None
    step: int = 0
    paused_at: datetime | None = None
    stopped_at: datetime | None = None


@dataclass(slots=True)
class Asked:
    """An ask before it is a row."""

    kind: str
    asked_by: int
    asked_at: datetime
    words: str
    unit: int
    decider: int
    days: int = 0
    until: date | None = None
    decided_at: datetime | None = None
    is_granted: bool | None = None
    decision: str = ""


@dataclass(slots=True)
class Helping:
    """A unit that was whistled for, before it is a row."""

    unit: Desk
    asked_by: int
    asked_at: datetime
    words: str
    arrive_due_at: datetime
    due_at: datetime
    next_look_at: datetime | None
    step: int = ARRIVAL
    arrived_at: datetime | None = None
    replied_at: datetime | None = None
    reply: str = ""


@dataclass
class World:
    """What all stories share."""

    city: City
    limits: Limits
    chance: Random
    now: datetime


@dataclass
class Story:
    """A case from its report on. `time` is how far it has been told."""

    world: World
    key: int
    time: datetime
    place: str
    text: str
    urgency: str
    desk: Desk | None
    channel: str
    spot: str = ""
    code: str | None = None
    is_sealed: bool = False
    is_confidential: bool = False
    is_anonymous: bool = False
    accused_level: str = ""
    category: int | None = None

    lead: "Story | None" = None
    members: "list[Story]" = field(default_factory=list)
    is_told: bool = False
    deferred_until: date | None = None
    rung: int = 0
    submission: str = field(default_factory=lambda: token_hex(32))
    assignee: Account | None = None
    state: str = State.TO_TRIAGE
    answer: str = ""
    reopenings: int = 0
    returns_refused: int = 0
    closed_at: datetime | None = None
    entries: list[Row] = field(default_factory=list)
    clocks: list[Running] = field(default_factory=list)
    asks: list[Asked] = field(default_factory=list)
    helpers: list[Helping] = field(default_factory=list)
    supervision: str = ""
    rating: tuple[bool, str, str, datetime] | None = None

    def __post_init__(self) -> None:
        self.received_at = self.time
        data: dict[str, Any] = {
            "text": chain.digest(self.text),
            "place": self.place,
            "spot": self.spot,
            "channel": self.channel,
            "unit": None,
            "assignee": None,
            "urgency": self.urgency,
            "is_sealed": self.is_sealed,
            "is_confidential": self.is_confidential,
            "is_anonymous": self.is_anonymous,
            "clocks": {},
        }
        if self.category:
            data["category"] = self.category
        if self.desk:
            self.state, self.assignee = State.DISPATCHED, self.desk.assignee
            data |= {"unit": self.desk.key, "assignee": self._assignee_key()}
            data["clocks"] = self._start(LIMITS)
        self._write(flow.FILED, RESIDENT, None, data)

    # The chain ----------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        return self.entries[-1].digest

    @property
    def moved_at(self) -> datetime:
        return self.entries[-1].at

    @property
    def phase(self) -> Phase:
        return flow.PHASES[self.state]

    def _assignee_key(self) -> int | None:
        return self.assignee.pk if self.assignee else None

    def _write(self, move: str, actor: str, account: int | None, data: dict[str, Any]) -> None:
        """The canonical JSON of `Entry.content`, put together from parts of which one is new."""
        previous = self.head if self.entries else chain.START
        seq, facts = len(self.entries) + 1, chain.canonical(data)
        digest = chain.digest(
            f'{previous}\n{{"actor":{actor},"at":"{stamp(self.time)}","case":"{self.submission}",'
            f'"data":{facts},"move":"{move}","seq":{seq},"state":"{self.state}"}}'
        )
        self.entries.append(Row(seq, self.time, move, self.state, actor, account, facts, digest))

    # Moves --------------------------------------------------------------------------------------

    def later(self, seconds: float) -> None:
        """Go on in time, the worker doing its part; raises Present where that time is to come."""
        until = self.time + timedelta(seconds=seconds)
        now = self.world.now
        self._look(min(until, now))
        if until > now:
            raise Present
        self.time = max(self.time, until)

    def move(
        self, name: str, by: Account | str | None = None, *, to: Desk | None = None, **data: Any
    ) -> None:
        """What `advance` does. `by` nobody is the resident, and PRODUCT the product itself; `to`
        is where the case goes."""
        move = MOVES[name]
        if self.state not in move.start:
            raise ValueError(f"{name} cannot be made from {self.state}")
        if data.get("words") == "":
            del data["words"]
        if move.to is not None:
            self._change_state(move.to)
        if to is not None:
            self.desk = to
            data |= {"unit": to.key, "unit_name": to.name}
        if name == "reopen" and self.lead:
            self.lead, data["lead"] = None, None
        if to is not None or name == "reopen":
            self.assignee = self.desk.assignee if self.desk else None
            data["assignee"] = self._assignee_key()
        changed = self._change_clocks(move)
        if name == "grant_extension":
            changed |= self._extend(data["days"])
        if name == "supervise":
            changed |= self._report_by(data["until"])
        if changed:
            data["clocks"] = changed
        if (move.to or move.stops or changed) and not self._has_climbed():
            self.rung = 0
        if isinstance(by, Account):
            self._write(name, self.world.city.actor(by), by.pk, data)
        else:
            self._write(name, by or RESIDENT, None, data)

    def _change_state(self, to: State) -> None:
        self.state = to
        if self.phase not in OVER:
            self.closed_at = None
        elif self.closed_at is None:
            self.closed_at = self.time

    def _change_clocks(self, move: flow.Move) -> dict[str, str]:
        for clock in self._live(move.stops):
            clock.stopped_at, clock.next_look_at = self.time, None
        if move.pauses:
            for clock in self._live((ClockName.HANDLING,)):
                clock.paused_at, clock.next_look_at = clock.paused_at or self.time, None
        changed = self._start(move.starts)
        return changed | self._resume() if move.resumes else changed

    def ask(
        self, kind: AskKind, by: Account, words: str, *, days: int = 0, until: date | None = None
    ) -> None:
        """Put it to the unit above; the move itself is made apart."""
        if self.desk is None:
            raise ValueError("nobody has this case")
        above = self.desk.above or self.desk
        self.asks.append(
            Asked(kind, by.pk, self.time, words, self.desk.key, above.key, days, until)
        )

    def decide(self, *, is_granted: bool, words: str = "") -> None:
        asked = self.asks[-1]
        asked.decided_at, asked.is_granted, asked.decision = self.time, is_granted, words

    def defer(self, by: Account, until: date, words: str) -> None:
        """Agreed above: put off to that day."""
        self.deferred_until = until
        self.move("defer", by, words=words, deferred_until=until.isoformat())

    def resume(self) -> None:
        """The worker brings it back on the day; raises Present where that is to come."""
        if self.deferred_until is None:
            return
        morning = datetime.combine(self.deferred_until, time(0), self.world.limits.zone)
        self.later((morning - self.time).total_seconds() + WORKER_LAG)
        self.deferred_until = None
        self.move("resume_deferred", PRODUCT, deferred_until=None)

    def whistle(self, desk: Desk, by: Account, words: str) -> Helping:
        """Call a unit in; it comes and replies by `come` and `reply`."""
        limits = self.world.limits
        arrive_due, due = (
            limits.after(name, self.time) for name in ("assist_arrive", "assist_reply")
        )
        helping = Helping(desk, by.pk, self.time, words, arrive_due, due, arrive_due)
        self.helpers.append(helping)
        self.move("whistle", by, words=words, units=[desk.key], called=desk.name)
        return helping

    def come(self, helping: Helping) -> None:
        helping.arrived_at, helping.step, helping.next_look_at = self.time, REPLY, helping.due_at
        self.move("arrive", helping.unit.assignee, called=helping.unit.name)

    def reply(self, helping: Helping, words: str) -> None:
        helping.replied_at, helping.reply = self.time, words
        helping.step, helping.next_look_at = DONE, None
        self.move("reply_assist", helping.unit.assignee, words=words, called=helping.unit.name)

    def supervise(self, by: Account, until: date, words: str) -> None:
        self.supervision = str(Supervision.SUPERVISED)
        self.move(
            "supervise", by, words=words, until=until.isoformat(), supervision=self.supervision
        )

    def end_supervision(self, by: Account, words: str) -> None:
        self.supervision = ""
        self.move("end_supervision", by, words=words, supervision="")

    def _report_by(self, until: str) -> dict[str, str]:
        """The limit of what is to be reported to whoever supervises."""
        due = datetime.combine(
            date.fromisoformat(until), END_OF_DAY, self.world.limits.zone
        ).astimezone(UTC)
        warn = due - timedelta(days=1)
        warns = warn if warn > self.time else None
        name = str(ClockName.SUPERVISION)
        self.clocks.append(Running(name, self.time, warns, due, True, warns or due))
        return {name: stamp(due)}

    def merge(self, lead: "Story", by: Account, words: str) -> None:
        """Into another case, which is answered for both."""
        came_from = self.desk.key if self.desk else None
        self.lead, self.time = lead, max(self.time, lead.time)
        self.desk, self.assignee = lead.desk, lead.assignee
        facts: dict[str, Any] = {
            "unit": lead.desk.key if lead.desk else None,
            "unit_name": lead.desk.name if lead.desk else "",
            "assignee": lead._assignee_key(),
        }
        number = case_number(lead.key, self._local(lead.received_at).year)
        mine = case_number(self.key, self._local(self.received_at).year)
        self.move(
            "merge", by, words=words, lead=lead.key, lead_number=number, from_unit=came_from,
            **facts,
        )  # fmt: skip
        lead.time = self.time
        lead.move("take_in", by, member=mine, words=words)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.world.limits.zone)

    # Clocks -------------------------------------------------------------------------------------

    def is_in_time(self, name: str) -> bool:
        return any(clock.due_at > self.time for clock in self._live((name,)))

    def _has_climbed(self) -> bool:
        return any(clock.step > 1 for clock in self._live(LIMITS))

    @property
    def due_at(self) -> datetime | None:
        """When the first limit ends of those that run."""
        running = (clock.due_at for clock in self._live(LIMITS) if clock.paused_at is None)
        return min(running, default=None)

    def _live(self, names: Any) -> list[Running]:
        return [clock for clock in self.clocks if clock.stopped_at is None and clock.name in names]

    def _start(self, names: Any) -> dict[str, str]:
        started = {}
        for name in names:
            if name == ClockName.CONTACT and self.is_anonymous:
                continue
            urgency = self.urgency if name == ClockName.HANDLING else ""
            warn, due, is_known = self.world.limits.run(name, self.time, urgency)
            self.clocks.append(Running(str(name), self.time, warn, due, is_known, warn or due))
            started[str(name)] = stamp(due)
        return started

    def _resume(self) -> dict[str, str]:
        changed = {}
        for clock in self.clocks:
            if clock.stopped_at is None and clock.paused_at is not None:
                stood = self.time - clock.paused_at
                clock.due_at += stood
                clock.warn_at = clock.warn_at and clock.warn_at + stood
                clock.paused_at = None
                is_warned = clock.step or not clock.warn_at
                clock.next_look_at = clock.due_at if is_warned else clock.warn_at
                changed[clock.name] = stamp(clock.due_at)
        return changed

    def _extend(self, days: int) -> dict[str, str]:
        for clock in self._live((ClockName.HANDLING,)):
            due, is_known = self.world.limits.add(clock.due_at, days, WORKING_DAYS)
            clock.due_at, clock.calendar_known = due, clock.calendar_known and is_known
            clock.warn_at, clock.step = None, min(clock.step, 1)
            clock.next_look_at = clock.due_at
            return {clock.name: stamp(due)}
        return {}

    def _look(self, until: datetime) -> None:
        """What the worker has done by then, step by step."""
        while True:
            due = [clock for clock in self.clocks if clock.next_look_at is not None]
            clock = min(due, key=lambda each: each.next_look_at or until, default=None)
            if clock is None or clock.next_look_at is None or clock.next_look_at > until:
                return
            lag = timedelta(seconds=WORKER_LAG * self.world.chance.random())
            self.time = min(max(self.time, clock.next_look_at + lag), self.world.now)
            if clock.name == ClockName.FOLLOW_UP:
                self.state = State.CLOSED
                clock.stopped_at, clock.next_look_at = self.time, None
                self._write("expire", PRODUCT, None, {})
            elif clock.step == 0 and clock.due_at > self.time:
                clock.step, clock.next_look_at = 1, clock.due_at
                told = self._assignee_key()
                data = {"clock": clock.name, "told": [told] if told else []}
                self._write("warn", PRODUCT, None, data)
            else:
                self._climb(clock)

    def _climb(self, clock: Running) -> None:
        limits = self.world.limits
        kind = rules.SEALED if self.is_sealed else rules.ORDINARY
        ladder = limits.ladder(kind, clock.name)
        done = max(clock.step, 1)
        if done > len(ladder):
            clock.next_look_at = None
            return
        rung = ladder[done - 1]
        self.rung = max(self.rung, rung.rung)
        told = self.world.city.rung(rung.position, self.place[:9])
        clock.step, clock.next_look_at = done + 1, None
        if done < len(ladder):
            following = ladder[done]
            between = max(0, following.after - rung.after)
            clock.next_look_at = (
                limits.add(self.time, between, following.unit)[0] if told else self.time
            )
        self._write(
            "escalate",
            PRODUCT,
            None,
            {
                "clock": clock.name,
                "rung": rung.rung,
                "position": rung.position,
                "told": list(told),
            },
        )

    @property
    def has_link(self) -> bool:
        """Whether the cadre's link is alive; dead ones are of no use to anybody."""
        return self.assignee is not None and self.received_at + LINK_LIFE > self.world.now
