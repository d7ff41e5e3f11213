"""The orders of a list, and its pages by key: a page far down costs no more than the first, and a
link to it shows what comes after the same case, whatever has come in since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Case

A_PAGE = 50
BETWEEN = "~"  # stands in no time, day or code


@dataclass(frozen=True)
class Order:
    """By `field`, and by key among equals; cases without a value come last."""

    name: str
    label: str | Promise
    field: str
    is_descending: bool = False
    is_nullable: bool = False

    def key_of(self, case: Case) -> str:
        """Where a case stands, as an address carries it."""
        value = getattr(case, self.field)
        if isinstance(value, date):
            value = value.isoformat()
        return f"{'' if value is None else value}{BETWEEN}{case.pk}"


@dataclass(frozen=True)
class Key:
    pk: int
    value: Any = None


ORDERS: dict[str, Order] = {
    order.name: order
    for order in (
        Order("due", _("期限近的在前"), "due_at", is_nullable=True),
        Order("due_last", _("期限远的在前"), "due_at", is_descending=True, is_nullable=True),
        Order("newest", _("新收到的在前"), "received_at", is_descending=True),
        Order("oldest", _("先收到的在前"), "received_at"),
        Order("place", _("按地点"), "place_id"),
        Order("place_last", _("按地点倒排"), "place_id", is_descending=True),
        Order("closed", _("新办结的在前"), "closed_at", is_descending=True, is_nullable=True),
        Order("closed_first", _("先办结的在前"), "closed_at", is_nullable=True),
        Order("deferred", _("挂账先到期的在前"), "deferred_until", is_nullable=True),
    )
}
# The columns of the table by which it can be sorted: each one way and the other.
SORTS = {
    "number": ("newest", "oldest"),
    "place": ("place", "place_last"),
    "due": ("due", "due_last"),
    "closed": ("closed", "closed_first"),
}


@dataclass(frozen=True)
class Page:
    """Cases of one page, with the keys before and after which its neighbours are."""

    cases: Sequence[Case]
    before: str  # "" where there is nothing
    after: str


def parse_key(text: str, order: Order) -> Key | None:
    """The key in an address; None where it is none of this order's."""
    value, _between, pk = text.rpartition(BETWEEN)
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    if not value:
        return Key(int(pk)) if order.is_nullable else None
    parsed = _parsed(value, order.field)
    return None if parsed is None else Key(int(pk), parsed)


def _parsed(value: str, field: str) -> datetime | date | str | None:
    try:
        if field == "place_id":
            return value if value.isascii() and value.isdigit() else None
        if field == "deferred_until":
            return parse_date(value)
        moment = parse_datetime(value)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def page(
    rows: QuerySet[Case], order: Order, *, after: str = "", before: str = "", most: int = A_PAGE
) -> Page:
    """The page after or before a key of an address, or the first one where there is none."""
    key = parse_key(after or before, order)
    if key is None:
        after = before = ""
    backwards = bool(before) and not after
    found = _fetch(rows, order, key, backwards=backwards, most=most + 1)
    further, found = len(found) > most, found[:most]
    if backwards and not further:
        return page(rows, order, most=most)  # this is the beginning: show all of it
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    first, last = order.key_of(found[0]), order.key_of(found[-1])
    return Page(found, first if key else "", last if backwards or further else "")


def keys(rows: QuerySet[Case], order: Order, *, most: int) -> list[int]:
    """The keys of all cases in their order, at most so many."""
    ordering = [_by("pk", order.is_descending)]
    ordering.insert(0, _by(order.field, order.is_descending, last=order.is_nullable))
    return list(rows.order_by(*ordering).values_list("pk", flat=True)[:most])


def _fetch(
    rows: QuerySet[Case], order: Order, key: Key | None, *, backwards: bool, most: int
) -> list[Case]:
    """The cases beyond the key. Those with and those without a value are asked for one after the
    other, so that each is a plain range of an index."""
    descending = order.is_descending != backwards
    parts = [False, True] if order.is_nullable else [False]
    if backwards:
        parts.reverse()
    if key is not None:
        parts = parts[parts.index(key.value is None) :]
    found: list[Case] = []
    for is_null in parts:
        part = rows
        if order.is_nullable:
            part = part.filter(**{f"{order.field}__isnull": is_null})
        if key is not None and is_null == (key.value is None):
            part = part.filter(_beyond_key(order.field, key, descending))
        ordering = [_by("pk", descending)]
        if not is_null:
            ordering.insert(0, _by(order.field, descending))
        found += part.order_by(*ordering)[: most - len(found)]
        if len(found) == most:
            break
    return found


def _by(field: str, descending: bool, *, last: bool = False) -> Any:
    nulls = True if last else None
    return F(field).desc(nulls_last=nulls) if descending else F(field).asc(nulls_last=nulls)


def _beyond_key(field: str, key: Key, descending: bool) -> Q:
    """Beyond (value, key). The first condition, true of all that are, gives the index its start."""
    way = "lt" if descending else "gt"
    if key.value is None:
        return Q(**{f"pk__{way}": key.pk})
    reached = Q(**{f"{field}__{way}e": key.value})
    return reached & (Q(**{f"{field}__{way}": key.value}) | Q(**{f"pk__{way}": key.pk}))
