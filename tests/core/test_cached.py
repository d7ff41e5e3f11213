"""What is kept in memory for seconds."""

import pytest

from mashang.core import cached
from mashang.core.cached import Fresh, FreshByKey, forget_all


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(cached.time, "monotonic", lambda: now[0])
    return now


def test_a_table_is_loaded_anew_after_its_seconds_and_when_it_is_forgotten(clock):
    loaded = []
    table = Fresh(lambda: loaded.append(1) or len(loaded), seconds=5)
    assert [table.get(), table.get()] == [1, 1]
    clock[0] += 5
    assert table.get() == 2
    forget_all()
    assert table.get() == 3


def test_each_key_is_asked_for_once_in_its_seconds(clock):
    counts: FreshByKey[int] = FreshByKey(seconds=60)
    asked = []

    def ask(key: str) -> int:
        return counts.get(key, lambda: asked.append(key) or 0)

    for key in ("a", "b", "a", "b"):
        assert ask(key) == 0
    assert asked == ["a", "b"]
    clock[0] += 60
    ask("a")
    forget_all()
    ask("a")
    assert asked == ["a", "b", "a", "a"]


def test_only_so_many_keys_are_kept(clock):
    counts: FreshByKey[str] = FreshByKey(seconds=60, most=2)
    for key in "abc":
        counts.get(key, lambda key=key: key)
    assert counts.get("c", lambda: "anew") == "c"
    assert counts.get("a", lambda: "anew") == "anew"
