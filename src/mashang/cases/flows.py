"""The kinds of cases: each brings a flow, says who is what to its cases, and has pages.

The request is one of them. A service of its own registers another, in `ready` of its app; numbers,
chain, clocks, outbox, links and `advance` are the same for all. `Case.objects` are requests alone,
so that queues, figures and searches of requests need not know of other kinds; `Case.every` are all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse

from mashang.cases.flow import MOVES, Move, Phase, Who, problems
from mashang.cases.models import Case
from mashang.people.actors import Actor

if TYPE_CHECKING:
    from mashang.cases.actions.step import Step
    from mashang.cases.models import Clock

# What every kind has: looks, the person's own data, an SMS that did not arrive.
SHARED = ("look", "erase", "export", "sms_failed")


@dataclass(frozen=True)
class Pages:
    """The pages of a kind at the addresses that all kinds share.

    `show(request, order)` and `move(request, order, name)` for the staff, by link and at the desk;
    `track(request, case)` and `act(request, case, action)` for whoever holds the tracking link.
    """

    show: Callable[[HttpRequest, Any], HttpResponse]
    move: Callable[[HttpRequest, Any, str], HttpResponse]
    track: Callable[[HttpRequest, Case], HttpResponse]
    act: Callable[[HttpRequest, Case, str], HttpResponse]


@dataclass(frozen=True)
class Flow:
    """One kind of case.

    `prepare` checks single moves and says what they change, `clocks` starts clocks beyond the
    table, both by the move's name; `lapses` names what the product does by itself when a clock has
    run out. `relations` and `visible` agree, as `access` has it for requests.
    """

    name: str
    label: object
    states: type[TextChoices]
    phases: Mapping[str, Phase]
    moves: Mapping[str, Move]
    initial: tuple[str, ...]
    relations: Callable[[Actor, Case], set[Who]]
    visible: Callable[[Actor], QuerySet[Case]]
    may_see_identity: Callable[[Actor, Case], bool]
    prepare: Mapping[str, Callable[["Step"], None]] = field(default_factory=dict)
    clocks: Mapping[str, Callable[["Step"], "list[Clock]"]] = field(default_factory=dict)
    lapses: Mapping[str, str] = field(default_factory=dict)
    pages: Pages | None = None  # None: the request's own
    # What a service keeps of a requester beside the case, for them to take away.
    kept: Callable[[Case], Mapping[str, object]] = lambda _case: {}

    def state_label(self, state: str) -> str:
        return str(self.states(state).label)

    def moves_from(self, state: str, who: Iterable[Who]) -> list[Move]:
        mine = frozenset(who)
        return [m for m in self.moves.values() if state in m.start and m.who & mine]

    def problems(self) -> list[str]:
        return problems(self.states, self.phases, self.moves, self.initial)


_flows: dict[str, Flow] = {}


def register(flow: Flow) -> None:
    """Make a kind known; call it in `ready`."""
    if flow.name in _flows:
        raise ValueError(f"two kinds of cases are called {flow.name!r}")
    _flows[flow.name] = flow


def table(states: type[TextChoices], *moves: Move) -> dict[str, Move]:
    """The moves of a kind by name, with those that all kinds share."""
    everywhere = frozenset(states)
    shared = [replace(MOVES[name], start=everywhere) for name in SHARED]
    return {move.name: move for move in (*moves, *shared)}


def of(case: Case) -> Flow:
    return _flows[case.flow]


def named(name: str) -> Flow:
    return _flows[name]


def kinds() -> list[Flow]:
    return list(_flows.values())


def relations(actor: Actor, case: Case) -> set[Who]:
    """What `actor` is to a case of any kind; empty means that for them it is not there."""
    return of(case).relations(actor, case)


def is_visible(actor: Actor, key: int) -> bool:
    """Whether there is a case of this key, of any kind, for this actor."""
    name = Case.every.filter(pk=key).values_list("flow", flat=True).first()
    return name is not None and _flows[name].visible(actor).filter(pk=key).exists()
