"""Finding units and people by what somebody types."""

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Length

from mashang.people.models import Unit
from mashang.places.naming import letters_of
from mashang.places.spelling import spell_new

MOST_CHARACTERS = 60


def find_units(typed: str, limit: int = 20) -> list[Unit]:
    """Active units for a name, a part of it, pinyin or its initials; best first, short before
    long."""
    text = letters_of(typed)
    if not 0 < len(text) <= MOST_CHARACTERS:
        return []
    ranks = [Q(name__iexact=text), Q(name__istartswith=text), Q(name__icontains=text)]
    if text.isascii():
        ranks[0] |= Q(pinyin=text) | Q(initials=text)
        ranks[1] |= Q(pinyin__startswith=text) | Q(initials__startswith=text)
        ranks[2] |= Q(pinyin__contains=text)
    rank = Case(*(When(condition, then=Value(at)) for at, condition in enumerate(ranks)))
    rows = Unit.objects.filter(is_active=True).annotate(rank=rank, length=Length("name"))
    return list(rows.filter(rank__isnull=False).order_by("rank", "length", "code")[:limit])


def spell_units() -> int:
    """Write the pinyin of units whose name is new; returns how many."""
    return spell_new(Unit.objects.all())
