"""The column that holds a text's pairs of characters, and the one way to look into it."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Lookup

# SQLite's full-text table beside the rows, see the migration.
FULL_TEXT = "workbench_pairs"


def as_tokens(pairs: Iterable[int]) -> str:
    """Pairs as words of hexadecimal digits, which every tokeniser leaves alone."""
    return " ".join(f"{number & 0xFFFFFFFF:08x}" for number in pairs)


def as_array(pairs: Iterable[int]) -> str:
    """Pairs as PostgreSQL writes an array; psycopg takes four times as long for a list."""
    return f"{{{','.join(map(str, pairs))}}}"


class PairsField(models.Field):
    """A set of pairs (grams.pair): an integer[] with a GIN index in PostgreSQL; in SQLite a text
    of tokens, which a full-text table follows."""

    def db_type(self, connection: Any) -> str:
        return "integer[]" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        return as_array(value) if connection.vendor == "postgresql" else as_tokens(value)

    def get_placeholder(self, _value: Any, _compiler: Any, connection: Any) -> str:
        return "%s::integer[]" if connection.vendor == "postgresql" else "%s"

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> list[int]:
        if not isinstance(value, str):
            return list(value)
        numbers = (int(token, 16) for token in value.split())
        return [number - (1 << 32) if number >= 1 << 31 else number for number in numbers]


@PairsField.register_lookup
class Hold(Lookup):
    """`pairs__hold=[…]`: the rows that have them all."""

    lookup_name = "hold"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [value]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} @> %s::integer[]", [*params, as_array(self.rhs)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        key = f"{column.rpartition('.')[0]}.case_id"
        found = f"SELECT rowid FROM {FULL_TEXT} WHERE {FULL_TEXT} MATCH %s"  # noqa: S608
        return f"{key} IN ({found})", [*params, as_tokens(self.rhs)]
