import pytest
import time_machine

from builders import NOON, City, a_filed, make_city
from mashang.cases.models import Case
from mashang.core.cached import forget_all
from visits import Visit, address, bound_phone, link_of


@pytest.fixture
def city(db) -> City:
    forget_all()
    return make_city()


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def case(city, noon) -> Case:
    """A plain report of noon, at 颐和社区."""
    return a_filed(city).case


@pytest.fixture
def zhang(city, case) -> Visit:
    """The phone of the cadre on duty, bound to the order."""
    return Visit(bound_phone(link_of(case, city.zhang)), address(link_of(case, city.zhang)), case)
