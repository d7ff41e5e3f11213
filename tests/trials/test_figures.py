"""Percentiles, and tables that line up."""

import math

import pytest

from mashang.trials.figures import (
    Findings,
    markdown,
    percentile,
    plain,
    say_seconds,
    say_share,
    side_by_side,
)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1, 100), (0.001, 1)])
def test_a_percentile_is_one_of_the_values(share, expected):
    assert percentile(range(100, 0, -1), share) == expected


def test_of_nothing_there_is_no_percentile():
    assert math.isnan(percentile([], 0.5))
    assert say_seconds(percentile([], 0.5)) == "–"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0123, "12.3 ms"), (0.4567, "0.46 s"), (12.3, "12 s")]
)
def test_a_time_is_said_as_exactly_as_it_matters(seconds, said):
    assert say_seconds(seconds) == said


def test_a_share_of_nothing_is_not_a_number():
    assert (say_share(1, 4), say_share(0, 0)) == ("25.0 %", "–")


def test_databases_stand_side_by_side_and_what_one_lacks_is_left_empty():
    one, other = Findings(), Findings()
    one.note("rate", "10", "≥ 5")
    other.note("rate", "20")
    other.note("share", "50 %")
    rows = side_by_side({"SQLite": one, "PostgreSQL": other})
    assert rows == [["rate", "10", "20", "≥ 5"], ["share", "", "50 %", ""]]


def test_columns_line_up_although_chinese_characters_are_twice_as_wide():
    lines = plain(["what", "n"], [["filed 上报", "1"], ["lost", "22"]]).splitlines()
    assert lines[0] == "what        n"
    assert lines[2] == "filed 上报  1"
    assert lines[3] == "lost        22"


def test_a_document_gets_a_table_that_every_renderer_takes():
    assert markdown(["what", "n"], [["lost", ""]]).splitlines() == [
        "| what | n |",
        "| --- | --- |",
        "| lost |   |",
    ]
