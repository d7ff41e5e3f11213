"""A city in which things are answered, and people of the county who call back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from builders import City, a_filed, make_city, someone, staff
from follow_ups import MORNING
from mashang.cases.actions.filing import Filed
from mashang.cases.actions.moving import advance
from mashang.core.cached import forget_all
from mashang.people.models import Account, Role

Answered = Callable[..., Filed]


@pytest.fixture
def city(db) -> City:
    forget_all()
    return make_city()


@pytest.fixture
def caller(city: City) -> Account:
    """Calls back from the county's governance centre."""
    return someone("caller", "何回访", city.centre, Role.INSPECTOR)


@pytest.fixture
def answered(city: City) -> Answered:
    """Files a report and has the community answer it within twenty minutes."""

    def make(*, at: datetime = MORNING, by: Account | None = None, **changes: object) -> Filed:
        filed = a_filed(city, at=at, **changes)
        handler = staff(by or city.zhang)
        if not filed.case.is_anonymous:
            later = at + timedelta(minutes=10)
            advance(filed.case, "contact_reached", by=handler, at=later)
        else:
            advance(filed.case, "acknowledge", by=handler, at=at + timedelta(minutes=10))
        advance(
            filed.case, "answer", by=handler, at=at + timedelta(minutes=20),
            words="换了井盖", answer="井盖已经换好。",
        )  # fmt: skip
        return filed

    return make
