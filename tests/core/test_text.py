"""What residents type, cleaned without changing what they said."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.core.text import clean_line, clean_text, mask_name, mask_phone


def test_words_emoji_and_dialect_stay_as_they_were_said():
    said = "俺家水管爆咧😭👨‍👩‍👧，求快些来！\n二楼，<b>急</b>'; DROP TABLE"
    assert clean_text(said) == said


def test_line_ends_become_one_kind_and_blank_edges_go():
    assert clean_text("\u3000 一\r\n二\r三 \n\n") == "一\n二\n三"


def test_control_characters_go():
    assert clean_text("停\x00水\x07了\x1b[31m") == "停水了[31m"


@pytest.mark.parametrize(
    "mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
)
def test_marks_that_turn_the_direction_of_reading_go(mark):
    assert clean_text(f"一{mark}二") == "一二"


@pytest.mark.parametrize(
    "typed", ["\u200b\u200b\u200b\u200b", "\u200d \u3000\ufe0f", "\ufeff", " \n\t"]
)
def test_what_shows_nothing_is_empty(typed):
    assert clean_text(typed) == ""


def test_a_lone_half_of_a_character_goes():
    assert clean_text("好\ud83d的") == "好的"


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_leaves_what_a_database_takes(typed):
    text = clean_text(typed)
    assert clean_text(text) == text
    assert text.encode().decode() == text
    assert not any(
        unicodedata.category(char) in ("Cc", "Cs") for char in text if char not in "\n\t"
    )


@given(st.text(), st.text())
def test_a_line_is_one_line(first, second):
    line = clean_line(f"{first}\n{second}")
    assert line == clean_line(line)
    assert not {"\n", "\r", "\t"} & set(line)


def test_a_masked_name_keeps_the_family_name_to_greet_with():
    assert mask_name("王小明") == "王**"
    assert mask_name(" 欧阳 ") == "欧**"
    assert mask_name("") == ""


def test_a_masked_phone_cannot_be_dialled():
    assert mask_phone("13912345678") == "139****5678"
    assert mask_phone("09438231234") == "****34"
    assert mask_phone("") == ""
