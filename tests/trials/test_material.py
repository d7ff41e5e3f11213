"""What a replay reads and plans: the same for the same file and seed, and not a character less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mashang.core.phones import clean_phone, is_mobile
from mashang.core.text import clean_text
from mashang.trials.replaying.material import read, split
from tables import a_csv

ROWS = [
    ("id", "title", "text"),
    ("1", "路灯不亮", "三号楼前的路灯坏了五天。\n晚上看不见台阶。"),
    ("2", "", "停水"),
    ("3", "", "  楼道堆满了旧家具，消防通道走不过去。\t"),
]


@pytest.fixture
def table(tmp_path):
    return a_csv(tmp_path / "messages.csv", ROWS)


def test_a_title_is_the_first_line_and_what_is_too_short_is_left_out(table):
    texts = [report.text for report in read(table, seed=1)]
    assert texts == [
        "路灯不亮\n三号楼前的路灯坏了五天。\n晚上看不见台阶。",
        "楼道堆满了旧家具，消防通道走不过去。",
    ]


def test_a_replay_repeats_itself_and_another_seed_is_another_play(table):
    assert read(table, seed=1) == read(table, seed=1)
    assert read(table, seed=1) != read(table, seed=2)


def test_no_more_than_the_limit_is_read(table):
    assert len(read(table, seed=1, limit=1)) == 1


def test_everybody_has_a_mobile_number_and_an_address_of_their_own(tmp_path):
    rows = [("text",), *((f"第 {number} 个井盖松了",) for number in range(600))]
    reports = read(a_csv(tmp_path / "many.csv", rows), seed=7)
    phones = {report.phone for report in reports}
    assert len(phones) == len({report.address for report in reports}) == 600
    assert all(clean_phone(phone) == phone and is_mobile(phone) for phone in phones)


def test_of_many_messages_every_kind_of_story_is_played(tmp_path):
    rows = [("text",), *((f"第 {number} 个井盖松了",) for number in range(600))]
    plans = [report.plan for report in read(a_csv(tmp_path / "many.csv", rows), seed=7)]
    assert {plan.contact for plan in plans} == {"prompt", "late", "missed", "wrong"}
    assert {plan.between for plan in plans} > {"return", "help", "extension", "pass_up"}
    assert {plan.outcome for plan in plans} > {"satisfied", "dispute", "reopen", "silent"}
    assert {plan.meanwhile for plan in plans} == {"", "withdraw", "chase"}


def test_a_table_without_texts_is_refused(tmp_path):
    with pytest.raises(ValueError, match="text"):
        read(a_csv(tmp_path / "wrong.csv", [("words",), ("什么",)]), seed=1)


@given(st.text(st.sampled_from("路灯 \n\té́👨‍👩‍👧。"), min_size=1, max_size=200), st.integers(5, 40))
def test_pieces_put_together_are_the_text_and_each_survives_cleaning(typed, most):
    text = clean_text("头" + "灯".join(typed) + "尾")
    pieces = list(split(text, most))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= most and clean_text(piece) == piece for piece in pieces)
