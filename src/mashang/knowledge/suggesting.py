"""Which category a case may belong to: for whoever sorts it to look at, never chosen by itself."""

import logging
from dataclasses import dataclass

from mashang.cases import categories
from mashang.cases.forms_staff import MoveForm
from mashang.cases.models import Category
from mashang.cases.order_access import Order
from mashang.cases.order_extras import Hint
from mashang.core.cached import Fresh
from mashang.knowledge.classifier import SHOWN, Classifier, Unreadable, unpacked
from mashang.knowledge.models import CategoryModel

logger = logging.getLogger(__name__)
LOOKS_AGAIN = 30.0  # seconds until a new model is in use everywhere
_loaded: dict[int, Classifier | None] = {}  # by row; None for one that cannot be read


@dataclass(frozen=True)
class Suggested:
    category: Category
    name: str
    percent: int
    words: list[str]


def _load() -> tuple[Classifier | None]:
    """The newest model that can be read, in a tuple: a city without one is not asked for it at
    every look."""
    for key in CategoryModel.objects.order_by("-pk").values_list("pk", flat=True):
        if key not in _loaded:
            _loaded[key] = _read(key)
        model = _loaded[key]
        if model is not None:
            for other in [known for known in _loaded if known < key]:
                del _loaded[other]
            return (model,)
    return (None,)


def _read(key: int) -> Classifier | None:
    data = CategoryModel.objects.filter(pk=key).values_list("data", flat=True).first()
    try:
        return unpacked(bytes(data or b""))
    except Unreadable as error:
        logger.error("category model %s cannot be read (%s): the one before is used", key, error)
        return None


_current: Fresh[tuple[Classifier | None]] = Fresh(_load, seconds=LOOKS_AGAIN)


def forget() -> None:
    """Look for models anew, as after training."""
    _loaded.clear()
    _current.forget()


def suggest(text: str) -> list[Suggested] | None:
    """Up to three categories that may be chosen, likeliest first; None where there is no model,
    and an empty list where it knows no word of the text."""
    (model,) = _current.get()
    if model is None:
        return None
    found = []
    for suggestion in model.suggest(text, most=2 * SHOWN):
        node = categories.node(int(suggestion.label))
        if node is not None and node.is_active:
            name, percent = node.full_name, suggestion.percent
            found.append(Suggested(node.category, name, percent, suggestion.words))
    return found[:SHOWN]


def hint(order: Order, form: MoveForm) -> Hint | None:
    """What stands below the category of an order's form."""
    if not order.case.text:
        return None
    found = suggest(order.case.text)
    if found is None:
        return None
    others = [one for one in found if one.category.pk != order.case.category_id]
    if found and not others:
        return None
    return Hint("knowledge/categories.html", {"suggested": others})
