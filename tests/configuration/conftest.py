import pytest

from builders import City, make_city
from mashang.core.cached import forget_all
from settings_pages import Operator


@pytest.fixture
def city(db) -> City:
    forget_all()
    return make_city()


@pytest.fixture
def operator(city: City) -> Operator:
    return Operator(city.operator)
