"""Asking the database so that it answers quickly."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def planned_for_its_values(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Within `view` PostgreSQL plans each statement for the values it has.

    Statements that run for every report are prepared, and one plan serves all their values. What
    people see depends on where they stand: the plan that is right for a village is wrong for the
    whole city.
    """

    @wraps(view)
    def asked(*args: Any, **more: Any) -> Answer:
        if connection.vendor != "postgresql":
            return view(*args, **more)
        connection.ensure_connection()
        raw = connection.connection
        before, raw.prepare_threshold = raw.prepare_threshold, None
        try:
            return view(*args, **more)
        finally:
            raw.prepare_threshold = before

    return asked
