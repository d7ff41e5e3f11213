"""The table of the flow itself."""

from dataclasses import replace

import pytest

from mashang.cases import flow
from mashang.cases.actions.moves import CLOCKS, PREPARE
from mashang.cases.flow import MOVES, PHASES, Phase, State, Who, moves_from
from mashang.messaging.texts import TEXTS


def test_the_table_has_no_fault():
    assert flow.problems() == []


def test_an_open_state_without_a_way_out_is_refused(monkeypatch):
    stuck = {
        name: replace(move, start=move.start - {State.RETURN_ASKED}) for name, move in MOVES.items()
    }
    monkeypatch.setattr(flow, "MOVES", stuck)
    assert flow.problems() == ["return_asked is open and has no way out"]


def test_a_state_that_no_move_reaches_is_refused(monkeypatch):
    without = {name: move for name, move in MOVES.items() if move.to != State.WITHDRAWN}
    monkeypatch.setattr(flow, "MOVES", without)
    assert flow.problems() == ["no move reaches withdrawn"]


def test_every_sms_that_a_move_sends_has_a_wording():
    wanted = {tell.template for move in MOVES.values() for tell in move.tells}
    assert wanted - TEXTS.keys() == set()


def test_what_single_moves_add_belongs_to_moves_of_the_table():
    assert PREPARE.keys() <= MOVES.keys()
    assert CLOCKS.keys() <= MOVES.keys()


@pytest.mark.parametrize("state", [s for s in State if PHASES[s] == Phase.DROPPED])
def test_nobody_works_on_a_dropped_case(state):
    changing = [move.name for move in moves_from(state, list(Who)) if move.to is not None]
    assert changing == []


def test_a_resident_is_never_offered_a_move_of_the_staff():
    offered = {move.name for state in State for move in moves_from(state, [Who.REQUESTER])}
    assert offered == {
        "add", "reply", "chase", "withdraw", "confirm", "dispute", "reopen", "erase", "export",
        "contact_confirmed", "contact_denied", "contact_denied_later",
    }  # fmt: skip
