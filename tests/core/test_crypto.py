"""Identities at rest: sealed, opened, altered, and sealed under keys that changed."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.core.crypto import Undecipherable, blind_index, decrypt, encrypt

SUITES = ("aes-gcm", "sm4-gcm")


@pytest.fixture(params=SUITES)
def suite(request, settings):
    settings.CIPHER = request.param
    return request.param


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_is_opened_again(text):
    assert decrypt(encrypt(text)) == text


def test_each_suite_seals_and_opens(suite):
    sealed = encrypt("何秀英 13909431234")
    assert sealed.startswith(f"{suite}:")
    assert "何秀英" not in sealed
    assert decrypt(sealed) == "何秀英 13909431234"


def test_the_same_text_is_sealed_differently_each_time(suite):
    assert encrypt("何秀英") != encrypt("何秀英")


def test_every_altered_byte_is_found(suite):
    head, _colon, encoded = encrypt("何秀英").rpartition(":")
    raw = base64.b64decode(encoded)
    for place in range(len(raw)):
        altered = bytearray(raw)
        altered[place] ^= 1
        with pytest.raises(Undecipherable):
            decrypt(f"{head}:{base64.b64encode(altered).decode()}")


def test_a_value_cut_short_is_found(suite):
    head, _colon, encoded = encrypt("何秀英").rpartition(":")
    raw = base64.b64decode(encoded)
    for length in range(len(raw)):
        with pytest.raises(Undecipherable):
            decrypt(f"{head}:{base64.b64encode(raw[:length]).decode()}")


def test_another_key_opens_nothing(suite, settings):
    sealed = encrypt("何秀英")
    settings.FIELD_KEYS = dict.fromkeys(settings.FIELD_KEYS, secrets.token_bytes(32))
    with pytest.raises(Undecipherable):
        decrypt(sealed)


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(suite, settings):
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    settings.FIELD_KEYS = {"old": old}
    before = encrypt("何秀英")
    settings.FIELD_KEYS = {"new": new, "old": old}
    after = encrypt("何秀英")
    assert after.split(":")[1] == "new"
    assert decrypt(before) == decrypt(after) == "何秀英"
    settings.FIELD_KEYS = {"new": new}
    assert decrypt(after) == "何秀英"
    with pytest.raises(Undecipherable):
        decrypt(before)


def test_a_city_may_change_its_suite_and_read_what_it_had(settings):
    settings.CIPHER = "aes-gcm"
    before = encrypt("何秀英")
    settings.CIPHER = "sm4-gcm"
    assert decrypt(before) == "何秀英"
    assert encrypt("何秀英").startswith("sm4-gcm:")


def test_a_value_relabelled_as_the_other_suite_is_not_opened(suite):
    _suite, _colon, rest = encrypt("何秀英").partition(":")
    other = next(name for name in SUITES if name != suite)
    with pytest.raises(Undecipherable):
        decrypt(f"{other}:{rest}")


@pytest.mark.parametrize(
    "stored",
    ["", "何秀英", "aes-gcm", "aes-gcm:t1", "aes-gcm:t1:", "aes-gcm:t1:###", "rot13:t1:AAAA"],
)
def test_what_was_never_sealed_is_not_opened(stored):
    with pytest.raises(Undecipherable):
        decrypt(stored)


def test_the_error_tells_nothing_of_what_was_stored():
    with pytest.raises(Undecipherable) as caught:
        decrypt("何秀英 13909431234")
    assert "何秀英" not in str(caught.value)


def test_a_blind_index_finds_equal_values_and_no_others(suite, settings):
    index = blind_index("13909431234")
    assert index == blind_index("13909431234")
    assert len(index) == 64
    assert "13909431234" not in index
    assert index != blind_index("13909431235")
    assert index != blind_index("13909431234", purpose="throttle")
    settings.INDEX_KEY = "another secret of this city, long enough"
    assert index != blind_index("13909431234")


@pytest.mark.django_db
def test_a_database_holds_no_phone_in_plain_text():
    from django.db import connection  # noqa: PLC0415

    from builders import an_account  # noqa: PLC0415

    account = an_account("zhang", "张桂兰", phone="13909431234")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_account")
        assert "13909431234" not in str(cursor.fetchall())
    account.refresh_from_db()
    assert account.phone == "13909431234"
