"""A unit or a place as people write them: a name or a code, no script needed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _

from mashang.core.text import clean_line
from mashang.people.models import Unit
from mashang.places.models import Place
from mashang.places.queries import resolve, search

MOST_NAMED = 8


class LineField(forms.CharField):
    """One line, control characters dropped."""

    def to_python(self, value: object) -> str:
        return clean_line(str(super().to_python(value) or ""))


def _one_of(found: Sequence[Any], names: Sequence[str], typed: str) -> Any:
    """The only one found; a refusal that names those it may be."""
    if len(found) == 1:
        return found[0]
    if not found:
        raise forms.ValidationError(_("没有找到“{typed}”。请核对名称或代码。").format(typed=typed))
    raise forms.ValidationError(
        _("有几个都像“{typed}”，请写全：{names}").format(
            typed=typed, names="、".join(names[:MOST_NAMED])
        )
    )


class UnitField(LineField):
    """An active unit by its code, its name, or a part of its name that only it has."""

    def clean(self, value: object) -> Unit | None:
        typed = super().clean(value)
        if not typed:
            return None
        units = Unit.objects.filter(is_active=True)
        exact = list(units.filter(Q(code=typed) | Q(name=typed))[: MOST_NAMED + 1])
        found = exact or list(units.filter(name__contains=typed)[: MOST_NAMED + 1])
        return _one_of(found, [f"{unit.name}（{unit.code}）" for unit in found], typed)

    def prepare_value(self, value: object) -> object:
        return value.name if isinstance(value, Unit) else value


class PlaceField(LineField):
    """A current place by its code, its full name, or a name that only it has."""

    def clean(self, value: object) -> Place | None:
        typed = super().clean(value)
        if not typed:
            return None
        by_code = resolve(typed)
        if by_code is not None:
            return by_code
        exact = list(Place.objects.filter(full_name=typed, valid_to=None)[:2])
        named = search(typed, limit=MOST_NAMED + 1)
        same = [place for place in named if place.name == typed]
        found = exact or (same if len(same) == 1 else named)
        return _one_of(found, [f"{place.full_name}（{place.code}）" for place in found], typed)

    def prepare_value(self, value: object) -> object:
        return value.full_name if isinstance(value, Place) else value
