"""The register for the auditor's page: a page at a time, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.kinds import FACTS, VALUES
from mashang.audit.models import Record
from mashang.audit.naming import name_all

A_PAGE = 50
MOST_EXPORTED = 50_000
ACTORS = {"resident": lambda: _("居民"), "system": lambda: _("系统")}


@dataclass(frozen=True)
class Line:
    """A record as it is read."""

    record: Record
    about: str

    @property
    def who(self) -> str:
        who = self.record.who
        return str(who.get("name") or ACTORS.get(who["kind"], lambda: who["kind"])())

    @property
    def facts(self) -> list[tuple[str, str]]:
        return [
            (str(FACTS.get(key, key)), _said(value)) for key, value in self.record.facts.items()
        ]

    @property
    def told(self) -> str:
        return "；".join(f"{name}：{said}" for name, said in self.facts)


@dataclass(frozen=True)
class Page:
    """Some records, and from which numbers the pages beside begin (None where there is none)."""

    lines: list[Line]
    older: int | None
    newer: int | None


def _said(value: Any) -> str:
    """A fact in a line; changes as field: before → after."""
    if isinstance(value, dict):
        return "，".join(f"{key} {_change(each)}" for key, each in value.items())
    return "" if value is None else str(VALUES.get(str(value), value))


def _change(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        before, after = ("—" if each in (None, "") else each for each in value)
        return f"{before} → {after}"
    return _said(value)


def records(found: Q) -> QuerySet[Record]:
    return Record.objects.filter(found).select_related("unit").defer("digest")


def upto(found: Q, seq: int) -> Q:
    """The same without what was added after record `seq`."""
    return found & Q(seq__lte=seq)


def lines(rows: Sequence[Record]) -> list[Line]:
    """With names for what they are about; nothing where that is the person themselves."""
    told = {row.pk: row.about for row in rows if row.about != f"account:{row.account_id}"}
    names = name_all(about for about in told.values() if about)
    return [Line(row, names.get(told.get(row.pk, ""), "")) for row in rows]


def page(found: Q, *, before: int | None = None, after: int | None = None) -> Page:
    """The page of what is older than record `before`, or newer than `after`; else the newest.

    By the record's number and never by counting off, so that the last page of a million comes as
    fast as the first.
    """
    rows = records(found)
    if after is not None:
        nearest = list(rows.filter(seq__gt=after).order_by("seq")[: A_PAGE + 1])
        shown = nearest[:A_PAGE][::-1]
        has_newer, has_older = len(nearest) > A_PAGE, True
    else:
        if before is not None:
            rows = rows.filter(seq__lt=before)
        nearest = list(rows.order_by("-seq")[: A_PAGE + 1])
        shown = nearest[:A_PAGE]
        has_newer, has_older = before is not None, len(nearest) > A_PAGE
    return Page(
        lines(shown),
        shown[-1].seq if shown and has_older else None,
        shown[0].seq if shown and has_newer else None,
    )


HEAD = ("序号", "时间", "类别", "人员", "单位", "来自", "关于", "内容")
WIDTHS = (10, 20, 20, 14, 24, 18, 26, 60)


def rows_to_export(found: Q) -> Iterator[tuple[object, ...]]:
    """What the filters show, newest first, at most MOST_EXPORTED rows, as cells."""
    rows = records(found).order_by("-seq")[:MOST_EXPORTED].iterator(chunk_size=1000)
    while batch := list(islice(rows, 1000)):
        for line in lines(batch):
            row = line.record
            yield (
                row.seq,
                f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}",
                row.label,
                line.who,
                row.unit.name if row.unit else "",
                row.address,
                line.about,
                line.told,
            )
