from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction


@pytest.fixture(scope="module")
def demo_city(django_db_setup, django_db_blocker):
    """The demonstration city, filled once for all tests of a module, which only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("demo_city", stdout=StringIO())
        yield
        transaction.set_rollback(True)
