from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction

from builders import City, make_city
from counted_day import NOON, Scene, make_scene
from mashang.core.cached import forget_all


@pytest.fixture(scope="module")
def _day(django_db_setup, django_db_blocker) -> Iterator[Scene]:
    """Made once for each file; what a test changes is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        forget_all()
        yield make_scene(make_city())
        transaction.set_rollback(True)


@pytest.fixture
def scene(_day: Scene, db: None) -> Iterator[Scene]:
    forget_all()
    with time_machine.travel(NOON, tick=False):
        yield _day


@pytest.fixture
def city(scene: Scene) -> City:
    return scene.city
