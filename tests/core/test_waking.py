"""A wait that another thread or a signal handler ends."""

import os
import resource
import threading
from pathlib import Path
from time import monotonic

import pytest

from mashang.core.waking import Waker

OPEN = Path("/proc/self/fd")
LONG = 30.0  # seconds that no test here waits


def ended_early(waker: Waker) -> bool:
    began = monotonic()
    waker.wait(LONG)
    return monotonic() - began < LONG / 2


def test_a_wait_ends_when_another_thread_says_so():
    waker = Waker()
    threading.Timer(0.05, waker.wake).start()
    assert ended_early(waker)


def test_a_call_before_the_wait_ends_the_next_one_and_no_other():
    waker = Waker()
    for _call in range(3):
        waker.wake()
    assert ended_early(waker)
    began = monotonic()
    waker.wait(0.05)
    assert monotonic() - began >= 0.04


def test_thousands_of_calls_hold_nobody_up():
    waker = Waker()
    for _call in range(100_000):
        waker.wake()
    assert ended_early(waker)


@pytest.fixture
def many_descriptors():
    """More than select() can look at."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    opened = [os.open(os.devnull, os.O_RDONLY)]
    while opened[-1] < 1_100:
        opened.append(os.dup(opened[0]))
    yield
    for number in opened:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_it_works_however_many_files_are_open(many_descriptors):
    waker = Waker()
    waker.wake()
    assert ended_early(waker)


def test_those_that_are_gone_leave_nothing_open():
    before = len(list(OPEN.iterdir()))
    for _turn in range(50):
        Waker().wait(0)
    assert len(list(OPEN.iterdir())) <= before + 2
