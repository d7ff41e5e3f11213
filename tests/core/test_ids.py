"""Codes, numbers and link tokens, mistyped and forged in every way."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.core.ids import (
    ALPHABET,
    BASE62,
    CODE_LENGTH,
    case_number,
    clean_code,
    is_code,
    is_signed,
    key_of,
    new_code,
    parse_case_number,
    sign_key,
)

codes = st.text(ALPHABET, min_size=CODE_LENGTH - 1, max_size=CODE_LENGTH - 1).map(
    lambda body: next(body + last for last in ALPHABET if is_code(body + last))
)
keys = st.integers(1, 62**10 - 1)


def swaps(text: str) -> list[str]:
    """`text` with each pair of different neighbours swapped."""
    return [
        text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        for place in range(len(text) - 1)
        if text[place] != text[place + 1]
    ]


def errors(text: str, alphabet: str) -> list[str]:
    """`text` with each character replaced by each other one."""
    return [
        text[:place] + wrong + text[place + 1 :]
        for place in range(len(text))
        for wrong in alphabet
        if wrong != text[place]
    ]


# Codes on doors --------------------------------------------------------------------------------


def test_new_codes_are_codes_and_differ():
    made = {new_code() for _time in range(200)}
    assert len(made) == 200
    assert all(is_code(code) for code in made)


def test_no_code_has_characters_that_people_mistake_for_each_other():
    assert not set("01OIL") & set(ALPHABET)


@given(codes)
def test_every_single_wrong_character_in_a_code_is_found(code):
    assert not any(is_code(wrong) for wrong in errors(code, ALPHABET))


@given(codes)
def test_every_swap_of_two_neighbours_in_a_code_is_found(code):
    assert not any(is_code(wrong) for wrong in swaps(code))


@given(codes)
def test_a_code_may_be_typed_small_wide_and_with_gaps(code):
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code.lower())
    assert clean_code(f" {wide[:5]}－{wide[5:]} ") == code
    assert clean_code(f"{code[:3]} {code[3:6]}-{code[6:]}") == code


@pytest.mark.parametrize("typed", ["", "ABC", "0" * 10, "A" * 9, "A" * 11, "码" * 10, "<script>AB"])
def test_what_is_no_code_is_no_code(typed):
    assert not is_code(typed)


# Case numbers ----------------------------------------------------------------------------------


@given(keys.filter(lambda key: key < 10**16), st.integers(2000, 2099))
def test_a_case_number_leads_back_to_its_year_and_key(key, year):
    assert parse_case_number(case_number(key, year)) == (year % 100, key)


@given(st.integers(1, 9_999_999))
def test_every_single_wrong_digit_in_a_case_number_is_found(key):
    wrong = errors(case_number(key, 2026), string.digits)
    assert all(parse_case_number(typed) is None for typed in wrong)


@given(st.integers(1, 9_999_999))
def test_every_swap_but_that_of_nought_and_nine_is_found(key):
    number = case_number(key, 2026)
    for typed in swaps(number):
        pair = {a for a, b in zip(number, typed, strict=True) if a != b}
        assert pair == {"0", "9"} or parse_case_number(typed) is None


def test_a_case_number_may_be_typed_wide_and_with_gaps():
    number = case_number(18, 2026)
    wide = "".join(chr(ord(char) + 0xFEE0) for char in number)
    assert parse_case_number(f"{wide[:2]}-{wide[2:]} ") == (26, 18)


@pytest.mark.parametrize(
    "typed", ["", "26", "2600000", "abcdefghi", "9" * 21, "二六零零零零零一八"]
)
def test_what_is_no_case_number_is_none(typed):
    assert parse_case_number(typed) is None


# Link tokens -----------------------------------------------------------------------------------


@given(keys)
def test_a_token_names_its_key_and_is_accepted(key):
    token = sign_key("order", key)
    assert key_of(token) == key
    assert is_signed("order", token, key)
    assert len(sign_key("order", 1_000_000)) <= 16, "it must fit an SMS"


@given(st.integers(1, 10_000_000))
def test_a_token_changed_anywhere_is_refused(key):
    token = sign_key("order", key, "salt")
    for wrong in errors(token, BASE62[::7]) + swaps(token):
        named = key_of(wrong)
        assert named is None or not is_signed("order", wrong, named, "salt")
        assert not is_signed("order", wrong, key, "salt")


@given(st.integers(1, 10_000_000), st.integers(1, 12))
def test_a_token_cut_short_or_grown_is_refused(key, length):
    token = sign_key("order", key)
    for wrong in (token[:-length], token[length:], token + "0" * length, "0" * length + token):
        assert not is_signed("order", wrong, key)


def test_a_token_opens_nothing_else(settings):
    token = sign_key("order", 7, "salt")
    assert is_signed("order", token, 7, "salt")
    assert not is_signed("track", token, 7, "salt")
    assert not is_signed("order", token, 8, "salt")
    assert not is_signed("order", token, 7, "another salt")
    settings.SECRET_KEY = "another secret"
    assert not is_signed("order", token, 7, "salt")


@pytest.mark.parametrize("typed", ["", "x", "A" * 12, "A" * 23, "../../etc/passwd", "码上办" * 5])
def test_what_is_no_token_names_no_key(typed):
    assert key_of(typed) is None
    assert not is_signed("order", typed, 1)
