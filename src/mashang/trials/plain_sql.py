"""The rows that one report leaves behind, inserted again by the bare database driver."""

import re
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection
from psycopg.types.json import set_json_loads

from mashang.cases.models import Case

UNIQUE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Rows:
    """What one table got: its columns without the key that the database gives, and the values."""

    table: str
    columns: list[str]
    values: list[list[Any]]
    statement: str


def keys_added(leave_rows: Callable[[], object]) -> dict[str, list[Any]]:
    """The keys of the rows that `leave_rows()` adds, by the label of their model."""
    models = [model for model in apps.get_models() if model.__module__.startswith("mashang.")]
    before = {model: set(model.objects.values_list("pk", flat=True)) for model in models}
    leave_rows()
    added = {
        model._meta.label: set(model.objects.values_list("pk", flat=True)) - keys
        for model, keys in before.items()
    }
    return {label: sorted(keys) for label, keys in added.items() if keys}


class Copier:
    """Inserts the like of one report's rows on demand; `added` is what `keys_added` found.

    Each copy is one transaction with one statement a table, begins with the case, and has keys,
    blind indexes and message keys of its own; all else has the same values, so the same size.
    """

    def __init__(self, added: dict[str, list[Any]]):
        self._driver = _postgresql() if connection.vendor == "postgresql" else _sqlite()
        self._cursor = self._driver.cursor()
        self._mark = "%s" if connection.vendor == "postgresql" else "?"
        others = {label: keys for label, keys in added.items() if label != Case._meta.label}
        (self._key,) = added[Case._meta.label]
        self._case = self._read(Case, [self._key], ending=" RETURNING id")
        self._others = [self._read(apps.get_model(label), keys) for label, keys in others.items()]

    def _read(self, model: Any, keys: list[Any], *, ending: str = "") -> Rows:
        """The rows of these keys as the driver gives them, and the statement that adds such."""
        table, key = model._meta.db_table, model._meta.pk
        wanted = ", ".join([self._mark] * len(keys))
        self._cursor.execute(
            f"SELECT * FROM {table} WHERE {key.column} IN ({wanted})",  # noqa: S608 (our own names)
            keys,
        )
        columns = [column[0] for column in self._cursor.description]
        found = [dict(zip(columns, row, strict=True)) for row in self._cursor.fetchall()]
        kept = [name for name in columns if name != "id"]
        row = f"({', '.join([self._mark] * len(kept))})"
        names = ", ".join(f'"{name}"' for name in kept)
        statement = f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * len(found))}{ending}"  # noqa: S608
        return Rows(table, kept, [[each[name] for name in kept] for each in found], statement)

    def copy(self) -> None:
        """Insert one report's rows, and commit."""
        if connection.vendor == "sqlite":
            self._cursor.execute("BEGIN IMMEDIATE")
        self._cursor.execute(self._case.statement, self._like(self._case, self._key))
        key = self._cursor.fetchone()[0]
        for rows in self._others:
            self._cursor.execute(rows.statement, self._like(rows, key))
        self._driver.commit()

    def _like(self, rows: Rows, key: int) -> list[Any]:
        return [
            self._changed(column, value, key)
            for row in rows.values
            for column, value in zip(rows.columns, row, strict=True)
        ]

    def _changed(self, column: str, value: Any, key: int) -> Any:
        if column == "case_id":
            return key
        if isinstance(value, str):
            if UNIQUE.fullmatch(value):
                return secrets.token_hex(32)
            if value.startswith(f"case:{self._key}"):
                return value.replace(f"case:{self._key}", f"case:{key}", 1)
        return value

    def __enter__(self) -> "Copier":
        return self

    def __exit__(self, *_error: object) -> None:
        self._driver.close()


def _postgresql() -> Any:
    """A connection that prepares each statement once, and leaves JSON as it is stored."""
    known = connection.get_connection_params()
    where = {name: known.get(name) for name in ("dbname", "user", "password", "host", "port")}
    driver = psycopg.connect(**where, prepare_threshold=0)
    set_json_loads(lambda data: data if isinstance(data, str) else bytes(data).decode(), driver)
    return driver


def _sqlite() -> Any:
    """A connection with the very settings of the product's own."""
    options = connection.settings_dict["OPTIONS"]
    driver = sqlite3.connect(
        connection.settings_dict["NAME"], timeout=options["timeout"], isolation_level=None
    )
    driver.executescript(options["init_command"])
    return driver
