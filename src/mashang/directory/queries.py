"""The services of a place, and what somebody finds among them."""

from django.db.models import Q

from mashang.core.tables import narrow
from mashang.directory.models import Service
from mashang.places.models import Level, Place, ancestors
from mashang.places.naming import letters_of

MOST_FOUND = 50


def of_place(place: Place | None, typed: str = "") -> list[Service]:
    """What is in use at `place`: its own services and those of all places above, the nearest
    first among equals; without a place those of the whole city. Only those that fit `typed`,
    where something was typed."""
    where = Q(place=None)
    where |= Q(place__in=ancestors(place.code)) if place else Q(place__level=Level.PREFECTURE)
    rows = Service.objects.filter(where, _fits(typed), is_active=True)
    found = rows.select_related("unit", "place")
    return sorted(found, key=lambda row: (row.order, -len(row.place_id or "")))


def anywhere(typed: str) -> list[Service]:
    """What fits among the services of all places."""
    rows = Service.objects.filter(_fits(typed), is_active=True)
    return list(rows.select_related("unit", "place")[:MOST_FOUND])


def _fits(typed: str) -> Q:
    """Whose name, words or address hold what was typed, or whose pinyin does."""
    if not typed:
        return Q()
    words, letters = narrow(typed), letters_of(typed)
    if not letters:
        return Q(pk__in=[])
    fits = Q(name__icontains=words) | Q(words__icontains=words) | Q(address__icontains=words)
    return fits | Q(pinyin__contains=letters) | Q(initials__contains=letters)
