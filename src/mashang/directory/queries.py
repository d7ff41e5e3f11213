"""The services of a place, and what somebody finds among them."""

from collections.abc import Iterable

from django.db.models import Q

from mashang.directory.models import Service
from mashang.places.models import Place, ancestors
from mashang.places.naming import letters_of

MOST_FOUND = 50


def of_place(place: Place | None) -> list[Service]:
    """What is in use at `place`: its own services and those of all places above, the nearest
    first among equals; without a place those of the whole city."""
    above = ancestors(place.code) if place else []
    where = Q(place=None) | Q(place__in=above)
    if place is None:
        where |= Q(place__level="prefecture")
    rows = Service.objects.filter(where, is_active=True).select_related("unit", "place")
    return sorted(rows, key=lambda row: (row.order, -len(row.place_id or "")))


def find(typed: str, services: Iterable[Service]) -> list[Service]:
    """Those whose name, words or address hold what was typed, or whose pinyin begins so."""
    typed = letters_of(typed)
    if not typed:
        return []
    return [service for service in services if _fits(service, typed)]


def find_anywhere(typed: str) -> list[Service]:
    """The same among the services of all places."""
    letters = letters_of(typed)
    if not letters:
        return []
    hit = (
        Q(name__icontains=typed)
        | Q(words__icontains=typed)
        | Q(address__icontains=typed)
        | Q(pinyin__contains=letters)
        | Q(initials__startswith=letters)
    )
    rows = Service.objects.filter(hit, is_active=True).select_related("unit", "place")
    return list(rows[:MOST_FOUND])


def _fits(service: Service, typed: str) -> bool:
    words = letters_of(f"{service.name} {service.words} {service.address}")
    return typed in words or typed in service.pinyin or service.initials.startswith(typed)
