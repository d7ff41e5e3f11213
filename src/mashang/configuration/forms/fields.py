"""A category as people choose it."""

from typing import Any

from django import forms

from mashang.cases import categories
from mashang.cases.models import Category


class CategoryField(forms.TypedChoiceField):
    """An active category of the tree, with its way from the top; "" for none."""

    def __init__(self, *, empty: object, **more: Any) -> None:
        super().__init__(coerce=self._found, empty_value=None, **more)
        self._empty = empty
        self.choices = self._listed  # asked at each page, since the tree may have changed

    def _listed(self) -> list[tuple[str, object]]:
        nodes = categories.active()
        return [("", self._empty), *((str(n.category.pk), n.full_name) for n in nodes)]

    @staticmethod
    def _found(key: str) -> Category:
        found = categories.node(int(key))
        if found is None:
            raise ValueError(key)
        return found.category

    def prepare_value(self, value: object) -> object:
        return value.pk if isinstance(value, Category) else value
