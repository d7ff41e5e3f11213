"""What a model makes of texts, and what training refuses."""

import subprocess
import sys

import pytest

from learned import TAUGHT, invented, learned
from mashang.core.errors import Refused
from mashang.knowledge.classifier import LARGEST, Unreadable, unpacked
from mashang.knowledge.training import LEAST_OF_A_CLASS, train


@pytest.fixture(scope="module")
def model():
    return unpacked(learned().data)


def test_new_reports_are_sorted_as_their_theme(model):
    unseen = invented(each=10, seed=99)
    right = [model.suggest(text)[0].label == name for text, name in unseen]
    assert sum(right) >= 28


def test_the_words_that_spoke_stand_in_the_report_and_are_about_the_matter(model):
    best = model.suggest("换热站检修以后，楼上的暖气一直不热，屋里只有十四五度")[0]
    assert best.label == "heating"
    assert best.confidence > 0.6
    assert best.words
    assert all(word in "换热站检修以后楼上的暖气一直不热屋里只有十四五度" for word in best.words)
    assert any("暖气" in word or "热" in word for word in best.words)


def test_confidences_are_shares_of_one_and_the_likeliest_comes_first(model):
    found = model.suggest("路灯不亮，垃圾也没有人清运")
    assert [one.confidence for one in found] == sorted(
        (one.confidence for one in found), reverse=True
    )
    assert sum(one.confidence for one in found) <= 1.0001
    assert {one.label for one in found} <= set(TAUGHT)


@pytest.mark.parametrize("text", ["", "   ", "!!!???", "zzz qqq", "🙂🙂"])
def test_words_that_it_never_saw_give_no_suggestion(model, text):
    assert model.suggest(text) == []


def test_latin_text_and_very_long_text_are_read(model):
    assert isinstance(model.suggest("The street lamp is broken since Monday 2026"), list)
    long = "小区的路灯坏了快半个月，晚上什么也看不见。" * 120
    assert len(long) > 2300
    assert model.suggest(long)[0].label == "lighting"


def test_a_model_is_small():
    assert len(learned().data) < LARGEST


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: b"PK\x03\x04" + data,
    ],
)
def test_bytes_that_are_no_whole_model_are_told_apart(spoil):
    with pytest.raises(Unreadable):
        unpacked(spoil(learned().data))


def test_the_report_of_a_training_counts_each_example_once():
    report = learned().report
    assert report.examples == 48
    assert {label: n for label, (n, _f1) in report.by_class.items()} == dict.fromkeys(TAUGHT, 16)
    assert 0.8 < report.macro_f1 <= 1
    assert report.accuracy <= report.among_three <= 1


def test_a_class_with_too_few_examples_is_left_out_and_named():
    few = invented(("noise",), each=LEAST_OF_A_CLASS - 1)
    report = train([*invented(), *few]).report
    assert report.left_out == {"noise": LEAST_OF_A_CLASS - 1}
    assert set(report.by_class) == set(TAUGHT)


@pytest.mark.parametrize(
    ("examples", "saying"),
    [
        ([], "不到两个"),
        (invented(("noise",), each=60), "不到两个"),
        (invented(TAUGHT, each=LEAST_OF_A_CLASS), "至少要 40 件"),
        ([(chr(0x4E00 + n), str(n % 2)) for n in range(80)], "学不到东西"),
    ],
)
def test_too_little_to_learn_from_is_refused_with_what_is_missing(examples, saying):
    with pytest.raises(Refused, match=saying):
        train(examples)


def test_predicting_loads_neither_scikit_learn_nor_numpy(tmp_path):
    file = tmp_path / "model"
    file.write_bytes(learned().data)
    asked = (
        "import sys; from pathlib import Path;"
        "from mashang.knowledge.classifier import unpacked;"
        f"found = unpacked(Path({str(file)!r}).read_bytes()).suggest('暖气一直不热，热费早就交了');"
        "print(found[0].label, 'numpy' in sys.modules, 'sklearn' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["heating", "False", "False"]
