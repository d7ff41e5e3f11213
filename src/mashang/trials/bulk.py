"""Very many rows into a table at once: by COPY on PostgreSQL, by one statement on SQLite.

Past Django's own `bulk_create`, which takes a tenth of a millisecond a row; a large city has
millions.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.db import connection, models

Convert = Callable[[Any], Any]


class Table:
    """Writes rows into `model`'s table. `names` are the columns that each row gives, by attribute
    name; all others get the model's default, the same in every row, and an automatic key its
    next number. What `stored` names comes as it is stored, sealed for instance."""

    def __init__(
        self, model: type[models.Model], names: Sequence[str], *, stored: Sequence[str] = ()
    ):
        known = {field.attname: field for field in model._meta.concrete_fields}
        others = [
            field
            for name, field in known.items()
            if name not in names and not isinstance(field, models.AutoField)
        ]
        fields = [*(known[name] for name in names), *others]
        self._converts = [
            (place, convert)
            for place, name in enumerate(names)
            if name not in stored and (convert := _conversion(known[name])) is not None
        ]
        self._same = [(_conversion(field) or _as_it_is)(field.get_default()) for field in others]
        columns = ", ".join(f'"{field.column}"' for field in fields)
        table = f'"{model._meta.db_table}" ({columns})'
        marks = ", ".join("?" * len(fields))
        self._statement = (
            f"COPY {table} FROM STDIN"
            if connection.vendor == "postgresql"
            else f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 (our own names)
        )

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add these rows, in the transaction that is open. Times are aware; what is to be JSON may
        be so already."""
        prepared = map(self._prepared, rows)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(self._statement) as copy:
                    for row in prepared:
                        copy.write_row(row)
            else:
                # The driver's own cursor: Django's would log each row where it is asked to.
                cursor.cursor.connection.executemany(self._statement, prepared)

    def _prepared(self, row: Sequence[Any]) -> list[Any]:
        values = [*row, *self._same]
        for place, convert in self._converts:
            values[place] = convert(values[place])
        return values


def insert(objects: Sequence[models.Model]) -> None:
    """Add rows of one model that are drawn up as objects, all with their keys or all without."""
    model, has_key = type(objects[0]), objects[0].pk is not None
    names = [
        field.attname
        for field in model._meta.concrete_fields
        if has_key or not isinstance(field, models.AutoField)
    ]
    Table(model, names).write(map(attrgetter(*names), objects))


def next_keys(model: type[models.Model], count: int) -> Sequence[int]:
    """So many keys that nobody else gets; call it in the transaction that uses them."""
    table, key = model._meta.db_table, model._meta.pk
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', key.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # The transaction holds the only write lock there is.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return range(first, first + count)


def _as_it_is(value: Any) -> Any:
    return value


def _conversion(field: models.Field) -> Convert | None:
    """How a value of this field goes to the driver; None where it goes as it is."""
    if isinstance(field, models.JSONField):
        return _json
    if not type(field).__module__.startswith("django."):
        return lambda value: field.get_db_prep_save(value, connection)
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return _time_of_sqlite
    return None


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _time_of_sqlite(value: datetime | None) -> str | None:
    """As Django writes it: UTC, without saying so."""
    return value and value.astimezone(UTC).isoformat(" ")[: -len("+00:00")]
