"""The worker's loop, step by step, with time moved by hand."""

from threading import Event, Thread
from types import SimpleNamespace

import pytest

from mashang.core import loops
from mashang.core.loops import Step, Worker

pytestmark = pytest.mark.django_db  # each round looks at the database's connection


class Work:
    """A step's function that remembers how often it was called and fails when told to."""

    def __init__(self, *results: int):
        self.results = list(results)
        self.calls = 0
        self.is_failing = False

    def __call__(self) -> int:
        self.calls += 1
        if self.is_failing:
            raise RuntimeError("no gateway")
        return self.results.pop(0) if self.results else 0


class Clock:
    """Stands in for the module `time`; it goes on when told to, and no wall clock moves it."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def shift(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(loops, "time", clock)
    return clock


def test_a_round_gives_every_step_one_turn_and_adds_up_what_was_done():
    first, second = Work(3), Work(4)
    worker = Worker([Step("first", first), Step("second", second)])
    assert worker.run_round() == 7
    assert worker.run_round() == 0
    assert (first.calls, second.calls) == (2, 2)


def test_a_failing_step_is_logged_and_holds_up_no_other(clock, caplog):
    broken, sound = Work(), Work(1, 1)
    broken.is_failing = True
    worker = Worker([Step("broken", broken), Step("sound", sound)])
    assert worker.run_round() == 1
    assert worker.run_round() == 1
    assert (broken.calls, sound.calls) == (1, 2)
    assert "'broken' failed; it rests 1 s" in caplog.text
    assert "no gateway" in caplog.text


def test_a_failing_step_is_left_alone_for_twice_as_long_each_time_up_to_a_minute(clock):
    broken = Work()
    broken.is_failing = True
    worker = Worker([Step("broken", broken)])
    worker.run_round()
    for delay in (1, 2, 4, 8, 16, 32, 60, 60):
        calls = broken.calls
        clock.shift(delay - 0.01)
        worker.run_round()
        assert broken.calls == calls
        clock.shift(0.02)
        worker.run_round()
        assert broken.calls == calls + 1


def test_the_delay_is_counted_from_the_failure_and_not_from_the_beginning_of_the_step(clock):
    calls = []

    def slow() -> int:
        calls.append(1)
        clock.shift(12)
        raise RuntimeError("no answer")

    worker = Worker([Step("slow", slow)])
    worker.run_round()
    worker.run_round()
    assert len(calls) == 1


def test_a_step_that_recovers_begins_again_with_the_shortest_delay(clock):
    work = Work()
    worker = Worker([Step("work", work)])
    for is_failing in (True, True, False, True):
        work.is_failing = is_failing
        clock.shift(60)
        worker.run_round()
    calls = work.calls
    clock.shift(1.01)
    worker.run_round()
    assert work.calls == calls + 1


def test_a_failure_closes_the_database_connection(monkeypatch, clock):
    closed = []
    monkeypatch.setattr(loops, "connection", SimpleNamespace(close=lambda: closed.append("closed")))
    work = Work()
    worker = Worker([Step("work", work)])
    worker.run_round()
    assert not closed
    work.is_failing = True
    worker.run_round()
    assert closed


def test_a_sweep_runs_at_once_and_then_every_so_many_seconds(clock):
    sweep = Work(5, 5)
    worker = Worker([Step("sweep", sweep, every=10)])
    assert worker.run_round() == 0, "a sweep's work does not make the loop hurry"
    clock.shift(9.9)
    worker.run_round()
    assert sweep.calls == 1
    clock.shift(0.2)
    worker.run_round()
    assert sweep.calls == 2


def test_stopping_finishes_the_unit_of_work_and_begins_no_other():
    finished = []

    def first() -> int:
        worker.stop()
        finished.append("first")
        return 1

    never = Work(1)
    worker = Worker([Step("first", first), Step("never", never)])
    worker.run()
    assert finished == ["first"]
    assert never.calls == 0


def test_an_idle_worker_stops_at_once(monkeypatch):
    monkeypatch.setattr(loops, "IDLE_SECONDS", 600.0)
    is_idle = Event()

    def nothing() -> int:
        is_idle.set()
        return 0

    worker = Worker([Step("nothing", nothing)])
    thread = Thread(target=worker.run)
    thread.start()
    assert is_idle.wait(10)
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_a_worker_with_work_left_does_not_wait(monkeypatch):
    monkeypatch.setattr(loops, "IDLE_SECONDS", 600.0)
    calls = []

    def work() -> int:
        calls.append(1)
        if len(calls) == 50:
            worker.stop()
        return 1

    worker = Worker([Step("work", work)])
    thread = Thread(target=worker.run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(calls) == 50


def test_two_steps_may_not_have_one_name(monkeypatch):
    monkeypatch.setattr(loops, "_steps", {})
    loops.register_step("sweep", Work())
    with pytest.raises(ValueError, match="sweep"):
        loops.register_step("sweep", Work())
