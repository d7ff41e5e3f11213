"""Holding floods back: counted once, in one statement, right under many hands at once."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from mashang.core import throttle
from mashang.core.loops import Worker
from mashang.core.models import Hit
from mashang.core.throttle import DAY, HOUR, Limit, over
from processes import Processes

START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ADDRESS = "203.0.113.7"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def of_address(most=3, address=ADDRESS):
    return Limit("reports of an address", address, HOUR, most)


def of_phone(most=5, phone="13909431234"):
    return Limit("reports of a phone", phone, DAY, most)


@pytest.mark.django_db
def test_hits_up_to_the_limit_pass_and_the_next_is_over(clock):
    assert [over([of_address(most=3)]) for _ in range(4)] == [[], [], [], [of_address(most=3)]]


@pytest.mark.django_db
def test_each_value_name_and_window_is_counted_apart(clock):
    over([of_address(most=1)])
    assert over([of_address(most=1, address="203.0.113.8")]) == []
    assert over([Limit("codes of an address", ADDRESS, HOUR, 1)]) == []
    assert over([Limit("reports of an address", ADDRESS, DAY, 1)]) == []
    assert over([of_address(most=1)]) == [of_address(most=1)]


@pytest.mark.django_db
def test_of_several_limits_those_exceeded_are_named_in_their_order(clock):
    limits = [of_phone(most=1), of_address(most=2), Limit("all reports", "", HOUR, 1)]
    assert over(limits) == []
    assert over(limits) == [limits[0], limits[2]]
    assert over(limits) == limits


@pytest.mark.django_db
def test_two_limits_on_one_count_count_one_hit(clock):
    limits = [of_address(most=1), of_address(most=2)]
    assert [over(limits) for _ in range(3)] == [[], [limits[0]], limits]


@pytest.mark.django_db
def test_the_next_window_counts_anew_however_the_clock_went(clock):
    over([of_address(most=1)])
    clock.shift(timedelta(minutes=59, seconds=59))
    assert over([of_address(most=1)])
    clock.shift(timedelta(seconds=1))
    assert over([of_address(most=1)]) == []
    clock.shift(timedelta(seconds=-1))
    assert over([of_address(most=1)])


@pytest.mark.django_db
def test_any_number_of_limits_is_one_query_and_none_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        over([of_address(), of_phone(), Limit("all reports", "", HOUR, 9)])
    with django_assert_num_queries(0):
        assert over([]) == []


@pytest.mark.django_db
def test_neither_address_nor_phone_is_stored(clock):
    over([of_address(), of_phone()])
    rows = list(Hit.objects.values_list("key", "window", "count"))
    assert len(rows) == 2
    assert "203.0.113" not in str(rows)
    assert "1390943" not in str(rows)
    assert all(len(key) == 64 for key, _window, _count in rows)


@pytest.mark.django_db
def test_the_operator_reads_which_limit_was_reached_and_nothing_personal(clock, caplog):
    with caplog.at_level(logging.WARNING, logger="mashang.core.throttle"):
        for _ in range(2):
            over([of_address(most=2)])
        assert caplog.messages == []
        over([of_address(most=2)])
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING
    assert "reports of an address" in caplog.text
    assert ADDRESS not in caplog.text


@pytest.mark.django_db
def test_a_flood_is_told_by_its_size_and_not_line_by_line(clock, caplog):
    with caplog.at_level(logging.WARNING, logger="mashang.core.throttle"):
        for _ in range(31):
            over([of_address(most=10)])
    assert [record.args[1] for record in caplog.records] == [11, 21, 31]


@pytest.mark.django_db(transaction=True)
def test_it_works_inside_a_transaction_and_goes_with_its_rollback(clock):
    with transaction.atomic():
        assert over([of_address(most=1)]) == []
    with transaction.atomic():
        assert over([of_address(most=1)])
        transaction.set_rollback(True)
    assert Hit.objects.get().count == 1


@pytest.mark.parametrize(("seconds", "most"), [(0, 1), (DAY + 1, 1), (HOUR, 0)])
def test_a_limit_that_makes_no_sense_is_refused(seconds, most):
    with pytest.raises(ValueError, match="a limit is"):
        Limit("odd", "", seconds, most)


@pytest.mark.django_db
def test_counts_older_than_two_days_are_swept_and_younger_ones_stay(clock):
    over([of_address(), of_phone()])
    clock.shift(timedelta(days=2))
    over([of_address()])
    assert throttle.sweep() == 1  # of the day's window, which began at midnight
    clock.shift(timedelta(seconds=1))
    assert throttle.sweep() == 1
    assert Hit.objects.count() == 1
    assert over([of_address(most=1)])


def test_the_worker_sweeps():
    assert throttle.sweep in [step.function for step in Worker().steps]


RACE = """
from mashang.core.throttle import HOUR, Limit, over
from django.db import transaction
import time_machine
time_machine.travel("2026-03-02 04:00Z", tick=False).start()  # all in one window
limits = [Limit(f"limit {n}", "203.0.113.7", HOUR, 60) for n in range(8)]
if int(sys.argv[1]) % 2:
    limits.reverse()
print(flush=True)
input()
exceeded = 0
for n in range(40):
    if n % 2:
        exceeded += len(over(limits))
    else:
        with transaction.atomic():
            exceeded += len(over(limits))
print(json.dumps(exceeded))
"""


@pytest.fixture
def processes(transactional_db, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()


def test_racing_processes_lose_no_hit_and_never_wait_for_each_other_in_a_circle(processes):
    exceeded = processes.race(RACE, times=3)
    assert sum(exceeded) == 8 * (3 * 40 - 60)
    assert list(Hit.objects.values_list("count", flat=True)) == [3 * 40] * 8
