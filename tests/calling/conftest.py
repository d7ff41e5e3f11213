"""A city whose calls a gateway puts through."""

from concurrent.futures import wait

import pytest
import time_machine
from django.test import override_settings

from builders import NOON, City, a_filed, make_city
from fake_calls import FakeCallGateway
from fake_providers import running
from mashang.calling import dialling
from mashang.core.cached import forget_all
from mashang.messaging import lanes
from mashang.messaging.models import Provider


@pytest.fixture
def city(db) -> City:
    forget_all()
    lanes.forget()
    dialling.forget()
    return make_city()


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def case(city, noon):
    return a_filed(city).case


@pytest.fixture
def platform(city):
    with running(FakeCallGateway) as fake:
        Provider.objects.create(
            code="calls",
            name="拨号网关",
            kind="call_gateway",
            options={"url": f"http://{fake.address}/v1"},
        )
        forget_all()
        with override_settings(PROVIDER_SECRETS={"CALLS_SECRET": fake.secret}):
            yield fake


def work():
    """The worker's step, until every answer came."""
    dialling.place_due()
    wait([future for _lane, future in dialling._flights.values()], timeout=30)
    dialling.place_due()
