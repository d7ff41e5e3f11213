"""The statements of every report, their SQL put together once and not at every report.

Django needs several times as long to put a query together as the database needs to answer it.
Where the same statement runs for every report, only its values change: `Prepared` keeps the SQL
of a queryset, and `insert` that of new rows.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import Expression

Row = TypeVar("Row")


class Parameter(Expression):
    """Where a value goes in a prepared query; `field` says how the database writes such values."""

    def __init__(self, name: str, field: "models.Field[Any, Any]"):
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, list["Parameter"]]:
        return "%s", [self]


class _Kept(threading.local):
    """What Django made of the query for this thread's connection."""

    database: Any = None
    compiler: Any
    rows: Any
    sql: str
    params: Sequence[Any]
    names: frozenset[str]


class Prepared(Generic[Row]):
    """A query whose SQL is kept. `build` returns the queryset, with a Parameter for each value
    that changes; called with those values by name, it returns the rows.

    `build` runs once in each thread, so nothing in it may depend on the moment.
    """

    def __init__(self, build: Callable[[], "models.QuerySet[Any, Row]"]):
        self._build = build
        self._kept = _Kept()

    def __call__(self, **values: Any) -> list[Row]:
        kept, database = self._kept, connections[DEFAULT_DB_ALIAS]
        if kept.database is not database:
            self._compile(database)
        if values.keys() != kept.names:
            raise TypeError(f"the query has {sorted(kept.names)}, not {sorted(values)}")
        sql, params = (
            kept.sql,
            tuple(
                each.output_field.get_db_prep_value(values[each.name], database)
                if isinstance(each, Parameter)
                else each
                for each in kept.params
            ),
        )
        kept.compiler.as_sql = lambda: (sql, params)
        return list(kept.rows)

    def _compile(self, database: Any) -> None:
        rows, kept = self._build(), self._kept
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        kept.database, kept.compiler = database, compiler
        kept.sql, kept.params = compiler.as_sql()
        rows.query.get_compiler = lambda *_given, **_named: compiler
        # A lookup that takes no Parameter would have made a value of it, and it is missing here.
        kept.names = frozenset(each.name for each in kept.params if isinstance(each, Parameter))
        # What turns the answers into models, tuples or whatever the queryset is of.
        kept.rows = rows._iterable_class(rows)


def insert(*rows: models.Model, keys: bool = False, passing_over_known: bool = False) -> None:
    """Store new rows of one model with one statement, as `bulk_create` does.

    Only with `keys` the rows get the keys that the database gave them, which it must be waited
    for. A row that breaks a unique constraint is an IntegrityError, or is left out without a word
    where known rows are to be passed over.
    """
    database = connections[DEFAULT_DB_ALIAS]
    fields, sql = _insertion(type(rows[0]), len(rows), keys, passing_over_known)
    values = [
        field.get_db_prep_save(field.pre_save(row, True), database)
        for row in rows
        for field in fields
    ]
    with database.cursor() as cursor:
        cursor.execute(sql, values)
        given = cursor.fetchall() if keys else ()
    for row, (key,) in zip(rows, given, strict=keys):
        row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _insertion(
    model: type[models.Model], count: int, keys: bool, passing_over_known: bool
) -> tuple[list[Any], str]:
    """The fields to give values for, and the statement."""
    quote, meta = connection.ops.quote_name, model._meta
    fields = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    row = f"({', '.join(['%s'] * len(fields))})"
    sql = (
        f"INSERT INTO {quote(meta.db_table)} "  # noqa: S608 (names of our own)
        f"({', '.join(quote(field.column) for field in fields)}) VALUES {', '.join([row] * count)}"
    )
    if passing_over_known:
        sql += " ON CONFLICT DO NOTHING"
    if keys:
        sql += f" RETURNING {quote(meta.pk.column)}"
    return fields, sql


@contextmanager
def without_waiting() -> Iterator[None]:
    """Inside a transaction: PostgreSQL is sent one statement after the other, and its answer is
    awaited where it is asked for, and at the end. So a statement's error may come later, as the
    same exception."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        yield
        return
    with database.wrap_database_errors, database.connection.pipeline():
        yield
