"""The demonstration city as it is before anybody has reported anything."""

import io

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from mashang.demo import city
from mashang.operations import static_files
from mashang.trials.processes import Ready


def fill(ready: Ready) -> None:
    """Tables, static files, rules, places, people and codes; nothing filed."""
    ready()
    call_command("migrate", interactive=False, verbosity=0)
    static_files.collect()
    call_command("load_rules", stdout=io.StringIO())
    city.fill(_silently)
    if connection.vendor == "postgresql":
        _analyse()


def _analyse() -> None:
    """What the server does by itself within a minute, and before no plan is to be made. Like it,
    we pass over empty tables: a plan for one that is known to be empty is bad as soon as it fills.
    """
    filled = [model._meta.db_table for model in apps.get_models() if model.objects.exists()]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(filled)}")


def _silently(_line: str) -> None:
    """The loader's tallies are of no interest here."""
