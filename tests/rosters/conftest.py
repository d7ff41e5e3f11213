from datetime import UTC, datetime

import pytest
import time_machine

from builders import City, make_city
from mashang.core.cached import forget_all

NOON = datetime(2026, 9, 28, 4, 0, tzinfo=UTC)  # a Monday, noon in the city


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture
def city(db, noon) -> City:
    forget_all()
    return make_city()
