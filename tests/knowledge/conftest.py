"""A city with categories, in which nothing has been learned yet."""

import pytest
import time_machine

from builders import NOON, City, make_city
from learned import TAUGHT
from mashang.cases.models import Category
from mashang.core.cached import forget_all
from mashang.knowledge import suggesting
from mashang.trials.generating.words import THEMES


@pytest.fixture
def city(db) -> City:
    forget_all()
    suggesting.forget()
    return make_city()


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def categories(city) -> dict[str, Category]:
    return {
        name: Category.objects.create(code=name, name=THEMES[name].sorted_as) for name in TAUGHT
    }
