"""Which moves an order's page does not offer, though the flow would allow them."""

from collections.abc import Sequence

from mashang.cases import categories, flow
from mashang.cases.access import may_decide, stands_over
from mashang.cases.actions.moves.asking import returned_before
from mashang.cases.actions.moves.assisting import not_mine
from mashang.cases.flow import ClockName, State
from mashang.cases.models import Ask, AskKind, Supervision
from mashang.cases.order_access import Order

# Moves that answer an open ask, and moves that open one.
DECIDES = {
    "refuse_return": AskKind.RETURN,
    "give_help": AskKind.HELP,
    "grant_extension": AskKind.EXTENSION,
    "refuse_extension": AskKind.EXTENSION,
    "refuse_deferral": AskKind.DEFERRAL,
}
ASKS = {
    "ask_return": AskKind.RETURN,
    "ask_help": AskKind.HELP,
    "ask_extension": AskKind.EXTENSION,
    "ask_deferral": AskKind.DEFERRAL,
}


def not_now(order: Order, asks: Sequence[Ask], running: set[str]) -> set[str]:
    """The names of moves that would be refused for what the page knows: nothing is there to be
    decided, ended or reported, or this person is not who decides it. `asks` are all that were
    made about the case, `running` the names of its live clocks."""
    case = order.case
    waiting = [ask for ask in asks if ask.decided_at is None]
    decides = {ask.kind for ask in waiting if may_decide(order.actor, ask)}
    hidden = set(flow.NOT_FROM_THE_LIST)
    hidden |= {name for name, kind in DECIDES.items() if kind not in decides}
    if AskKind.DEFERRAL not in decides and not _stands_over(order):
        hidden.add("defer")
    if case.state == State.RETURN_ASKED and AskKind.RETURN not in decides:
        hidden.add("redispatch")
    if case.lead_id is None:
        hidden.add("split")
    hidden |= {name for name, kind in ASKS.items() if kind in {ask.kind for ask in waiting}}
    hidden |= _nothing_there(order, running)
    if returned_before(case, asks):
        hidden.add("ask_return")
    if case.unit is None or case.unit.parent_id is None:
        hidden.add("pass_up")
    return hidden


def _nothing_there(order: Order, running: set[str]) -> set[str]:
    """Moves that only make sense where something is there to be ended or reported."""
    case = order.case
    absent = {
        "report_instruction": ClockName.INSTRUCTION not in running,
        "report_supervision": ClockName.SUPERVISION not in running,
        "end_supervision": not case.supervision,
        "supervise": bool(case.supervision),
        "list_supervision": case.supervision == Supervision.LISTED,
        "readmit": not case.has_conflicts,
        "assist": case.is_sealed,
        "whistle": case.is_sealed,
        "merge": case.is_sealed,
        "categorise": not categories.active(),
    }
    hidden = {name for name, is_absent in absent.items() if is_absent}
    return hidden | not_mine(order.actor, case)


def _stands_over(order: Order) -> bool:
    unit = order.case.unit
    return unit is not None and stands_over(order.actor, unit, unit.parent or unit)
