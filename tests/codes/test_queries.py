"""What a scanned or typed code leads to."""

import pytest

from mashang.codes.models import Batch, BatchKind, Code, CodeState
from mashang.codes.queries import Outcome, look_up
from mashang.core.ids import ALPHABET, new_code
from mashang.places.models import Place


@pytest.fixture
def code(unit):
    batch = Batch.objects.create(name="首批", kind=BatchKind.BUILDING)
    return Code.objects.create(
        place_id="620402004007", spot="3号楼", unit=unit, batch=batch, state=CodeState.LIVE
    )


def test_a_live_code_knows_place_and_unit_in_one_query(code, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = look_up(code.code)
        assert found.outcome == Outcome.USABLE
        assert (found.code.spot, found.code.unit.name) == ("3号楼", "颐和社区居委会")
        assert found.place.full_name == "白银区工农路街道颐和社区"


def test_a_code_may_be_typed_in_small_full_width_or_grouped_letters(code):
    text = code.code
    wide = "".join(chr(ord(char) + 0xFEE0) for char in text)
    for typed in (text.lower(), f" {text[:5]} {text[5:]} ", f"{text[:5]}-{text[5:]}", wide):
        assert look_up(typed).code == code


def test_every_single_wrong_character_is_found_out(code, django_assert_num_queries):
    with django_assert_num_queries(0):
        for place in range(len(code.code)):
            for wrong in set(ALPHABET) - {code.code[place]}:
                typed = code.code[:place] + wrong + code.code[place + 1 :]
                assert look_up(typed).outcome == Outcome.MISTYPED


@pytest.mark.parametrize("typed", ["", "ABC", "颐和社区", "O0I1LO0I1L", "\x00" * 10, "A" * 5000])
def test_what_has_no_form_of_a_code_is_mistyped(db, typed):
    assert look_up(typed).outcome == Outcome.MISTYPED


def test_a_well_formed_code_that_nobody_issued_is_unknown(db):
    found = look_up(new_code())
    assert (found.outcome, found.code, found.place) == (Outcome.UNKNOWN, None, None)


@pytest.mark.parametrize("state", CodeState)
def test_a_damaged_sign_still_helps_and_a_retired_or_moved_one_says_where_it_was(code, state):
    Code.objects.update(state=state)
    found = look_up(code.code)
    gone = state in (CodeState.RETIRED, CodeState.MOVED)
    assert found.outcome == (Outcome.RETIRED if gone else Outcome.USABLE)
    assert found.place.name == "颐和社区"


def test_a_code_of_a_merged_place_leads_to_the_successor_in_two_queries(
    code, merge, django_assert_num_queries
):
    merge("620402004007", "620402004008")
    with django_assert_num_queries(2):
        found = look_up(code.code)
        assert found.outcome == Outcome.USABLE
        assert found.place.full_name == "白银区工农路街道福宁社区"


def test_a_code_of_a_place_closed_without_successor_is_retired(code):
    Place.objects.filter(pk="620402004007").update(valid_to="2024-01-01")
    found = look_up(code.code)
    assert (found.outcome, found.place) == (Outcome.RETIRED, None)
