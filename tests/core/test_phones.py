"""Telephone numbers as residents and operators type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.core.phones import WrongPhone, clean_phone, is_mobile


@pytest.mark.parametrize(
    "typed",
    [
        "13912345678",
        "１３９１２３４５６７８",
        " 139 1234 5678 ",
        "139-1234-5678",
        "+86 139 1234 5678",
        "008613912345678",
        "013912345678",
        "手机：13912345678",
    ],
)
def test_a_mobile_number_is_understood_however_it_is_written(typed):
    assert clean_phone(typed) == "13912345678"
    assert is_mobile(clean_phone(typed))


@pytest.mark.parametrize(
    "typed",
    [
        "09438231234",
        "0943-8231234",
        "(0943) 823 1234",
        "（０９４３）８２３１２３４",
        "+869438231234",
    ],
)
def test_a_landline_of_baiyin_is_understood_with_its_area_code(typed):
    assert clean_phone(typed) == "09438231234"
    assert not is_mobile(clean_phone(typed))


@pytest.mark.parametrize("typed", ["110", "119", "120", "122", "12345", "10086", "+86 110"])
def test_a_service_number_cannot_be_called_back(typed):
    with pytest.raises(WrongPhone):
        clean_phone(typed)


@pytest.mark.parametrize(
    "typed", ["+1 415 555 2671", "+852 9123 4567", "0085291234567", "+44 20 7946 0958"]
)
def test_a_foreign_number_is_refused(typed):
    with pytest.raises(WrongPhone):
        clean_phone(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "没有电话",
        "1391234567",
        "139123456789",
        "23912345678",
        "12912345678",
        "8231234",
        "4008001234",
        "13912345678 转 12",
        "13912345678、13812345678",
        "1-800-FLOWERS",
        "139KLMNOPQR",
        "13912345678; DROP TABLE",
        "1" * 5000,
    ],
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(WrongPhone):
        clean_phone(typed)


@given(st.text(max_size=40))
def test_whatever_is_typed_gives_a_number_to_dial_or_a_refusal(typed):
    try:
        phone = clean_phone(typed)
    except WrongPhone:
        return
    assert phone.isascii()
    assert phone.isdigit()
    assert clean_phone(phone) == phone


@given(st.integers(13_000_000_000, 19_999_999_999))
def test_an_accepted_mobile_number_stays_as_it_is(number):
    try:
        assert clean_phone(str(number)) == str(number)
    except WrongPhone:
        pass  # not every such number is handed out
