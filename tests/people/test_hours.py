"""Duty hours as people write them."""

from datetime import time

import pytest

from mashang.people.hours import Hours, WrongHours, read_hours

NIGHT = Hours("1234567", time(18), time(8))


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("是", [Hours()]),
        ("否", []),
        ("no", []),
        ("每天", [Hours()]),
        ("1-5 08:30-18:00", [Hours("12345", time(8, 30), time(18))]),
        ("周一至周五8:30-18:00", [Hours("12345", time(8, 30), time(18))]),
        ("周一到周五 8:30~18:00", [Hours("12345", time(8, 30), time(18))]),
        ("１２３４５　０８：３０－１８：００", [Hours("12345", time(8, 30), time(18))]),
        ("周六、周日", [Hours("67")]),
        ("星期天、星期三", [Hours("37")]),
        ("6-1", [Hours("167")]),
        ("18:00-08:00", [NIGHT]),
        ("每天 18:00 - 8:00", [NIGHT]),
        ("00:00-24:00", [Hours()]),
        ("1-5 08:30-18:00；每天 18:00-8:00", [Hours("12345", time(8, 30), time(18)), NIGHT]),
    ],
)
def test_hours_are_read(written, hours):
    assert read_hours(written) == hours


@pytest.mark.parametrize(
    "written", ["有空", "8", "9", "1-9", "周八", "25:00-26:00", "8:60-9:00", "1-5 8点到5点", "；"]
)
def test_what_is_no_time_is_refused(written):
    with pytest.raises(WrongHours):
        read_hours(written)
