"""Finding places: by what people type, by stepping down the tree, by a code that has moved on."""

import re
from datetime import date

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Length
from django.utils import timezone

from mashang.places.models import FormerName, Level, Place, ancestors
from mashang.places.naming import letters_of, short_code, short_name

LEAST_CODE_DIGITS = 4
MOST_CHARACTERS = 60
# People look for where they live: their village before its township, that before the county.
LEVEL_ORDER = (Level.VILLAGE, Level.TOWNSHIP, Level.COUNTY, Level.PREFECTURE)


def search(text: str, limit: int = 20) -> list[Place]:
    """Current places for what somebody typed, best first: exact, then beginning, then part.

    Names, full names, former names (those of merged places too), pinyin or its initials, or a
    statistical code; blanks, full-width letters, and a leading province or city do no harm. Where
    nothing fits, the characters in their order will do: 白银区颐和社区 skips the subdistrict.
    """
    typed = _without_city(letters_of(short_name("".join(text.split()))))
    if not 0 < len(typed) <= MOST_CHARACTERS:
        return []
    return _best(_ranks(typed), limit) or _best([_in_order(typed)], limit)


def children(place: Place) -> QuerySet[Place]:
    """The current places right below, by code."""
    return place.children.current(timezone.localdate())  # type: ignore[attr-defined]


def top() -> QuerySet[Place]:
    """Where stepping down the tree begins: the counties and districts."""
    return Place.objects.current(timezone.localdate()).filter(level=Level.COUNTY)


def path(place: Place, *, with_prefecture: bool = True) -> list[Place]:
    """The places above `place` and itself, widest first; pages leave the prefecture out."""
    places = list(Place.objects.filter(code__in=ancestors(place.code)))
    places.sort(key=lambda above: len(above.code))
    if with_prefecture:
        return places
    return [above for above in places if above.level != Level.PREFECTURE] or places


def resolve(code: str) -> Place | None:
    """The place that answers for a code today: itself, or what it was merged into, however often.

    Takes the official twelve digits too. None for an unknown code, and for a place that was
    closed without a successor.
    """
    if not (code.isascii() and code.isdigit()):
        return None
    places = Place.objects.select_related("parent", "successor__parent")
    place = places.filter(pk=short_code(code)).first()
    return living(place) if place else None


def living(place: Place, day: date | None = None) -> Place | None:
    """`place` if it is current on `day` (today), else the current place it was merged into."""
    day = day or timezone.localdate()
    seen: set[str] = set()
    step: Place | None = place
    while step is not None and step.code not in seen:
        if step.valid_from <= day and (step.valid_to is None or step.valid_to > day):
            return step
        seen.add(step.code)
        step = step.successor
    return None


def _without_city(typed: str) -> str:
    """What follows the city's name, if anything does: addresses often begin with the province."""
    _before, _city, rest = typed.rpartition(settings.CITY_NAME)
    return rest or typed


def _ranks(typed: str) -> list[Q]:
    """Conditions, best first: the name, a former name; their beginnings; parts of them."""
    # The whole name, perhaps with some of what is above it.
    exact = Q(full_name__iendswith=typed, name_length__lte=len(typed))
    begins = Q(name__istartswith=typed)
    part = Q(full_name__icontains=typed)
    if typed.isascii():
        exact |= Q(pinyin=typed) | Q(initials=typed)
        begins |= Q(pinyin__startswith=typed) | Q(initials__startswith=typed)
        part |= Q(pinyin__contains=typed)
    if typed.isascii() and typed.isdigit() and len(typed) >= LEAST_CODE_DIGITS:
        exact |= Q(code=short_code(typed))
        part |= Q(code__startswith=typed)
    return [
        exact,
        _formerly(name__iexact=typed),
        begins,
        _formerly(name__istartswith=typed),
        part,
        _formerly(name__icontains=typed),
    ]


def _formerly(**lookup: str) -> Q:
    return Q(Exists(FormerName.objects.filter(place=OuterRef("pk"), **lookup)))


def _in_order(typed: str) -> Q:
    """Whether the full name has the characters in this order, whatever stands between them."""
    return Q(full_name__iregex=".*".join(re.escape(char) for char in typed))


def _best(ranks: list[Q], limit: int) -> list[Place]:
    """The places that any condition finds, by the first that does, then nearest to home."""
    day = timezone.localdate()
    rank = Case(*(When(condition, then=Value(at)) for at, condition in enumerate(ranks)))
    level = Case(
        *(When(level=level, then=Value(at)) for at, level in enumerate(LEVEL_ORDER)),
        default=Value(len(LEVEL_ORDER)),
    )
    # Closed places lead to what they were merged into; one further row makes up for each.
    rows = (
        (Place.objects.current(day) | Place.objects.exclude(successor=None))
        .alias(name_length=Length("name"))
        .annotate(rank=rank, nearness=level)
        .filter(rank__isnull=False)
        .select_related("parent", "successor__parent")
        .order_by("rank", "nearness", "code")[: 2 * limit]
    )
    found = (living(place, day) for place in rows)
    return list({place.code: place for place in found if place}.values())[:limit]
