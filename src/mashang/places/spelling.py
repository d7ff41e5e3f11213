"""Pinyin of rows that bear a name, written after the name itself."""

from typing import Any

from django.db.models import F, QuerySet

from mashang.places.naming import spell


def spell_new(rows: QuerySet[Any]) -> int:
    """Write `pinyin` and `initials` of the rows whose `name` is not the one `spelled`; returns how
    many. Called by commands that load rows and by the worker: web processes do without the
    dictionaries, which take some 50 MB."""
    new = list(rows.exclude(spelled=F("name")))
    for row in new:
        row.pinyin, row.initials = spell(row.name)
        row.spelled = row.name
    rows.model.objects.bulk_update(new, ["pinyin", "initials", "spelled"], batch_size=500)
    return len(new)
