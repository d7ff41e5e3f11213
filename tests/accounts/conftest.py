import pytest

from builders import City, make_city
from mashang.core.cached import forget_all


@pytest.fixture
def city(db) -> City:
    forget_all()
    return make_city()
