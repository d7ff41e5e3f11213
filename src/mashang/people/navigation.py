"""What stands in the staff's navigation: each package registers its entries, in `ready`.

An entry is shown to whoever it says it is for, by today's posts. Being left out hides nothing by
itself: every page asks for itself who may open it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from mashang.people.actors import Staff, actor_of


@dataclass(frozen=True)
class Entry:
    """A page of the staff's. `count` says how many things wait there, in a query at most."""

    name: str
    url_name: str
    label: object  # a lazy translation
    may: Callable[[Staff], bool]
    count: Callable[[Staff], int] | None
    order: int


@dataclass(frozen=True)
class Link:
    """An entry as one person sees it on one page."""

    name: str
    url: str
    label: object
    count: int | None
    is_current: bool


_entries: dict[str, Entry] = {}


def register_entry(
    name: str,
    url_name: str,
    label: object,
    may: Callable[[Staff], bool],
    count: Callable[[Staff], int] | None = None,
    *,
    order: int = 50,
) -> None:
    """Put a page into the navigation, the lowest `order` first (the desk is 10)."""
    if name in _entries:
        raise ValueError(f"two entries of the navigation are called {name!r}")
    _entries[name] = Entry(name, url_name, label, may, count, order)


def links(request: HttpRequest) -> list[Link]:
    """The navigation of whoever is signed in; the entry that the page belongs to is current.

    A page belongs to the entry whose address its own begins with, the longest one where several
    do: /desk/audit is the audit's and not the desk's.
    """
    actor = actor_of(request)
    if actor is None:
        return []
    shown = sorted(
        (entry for entry in _entries.values() if entry.may(actor)), key=lambda entry: entry.order
    )
    addresses = {entry.name: reverse(entry.url_name) for entry in shown}
    current = max(
        (entry for entry in shown if _is_inside(request.path, addresses[entry.name])),
        key=lambda entry: len(addresses[entry.name]),
        default=None,
    )
    return [
        Link(
            entry.name,
            addresses[entry.name],
            entry.label,
            entry.count(actor) if entry.count else None,
            entry is current,
        )
        for entry in shown
    ]


def _is_inside(path: str, address: str) -> bool:
    address = address.rstrip("/")
    return path == address or path.startswith(f"{address}/")
