"""Invented reports that are sorted, and models that learned from them."""

from collections.abc import Mapping
from functools import cache
from random import Random

from mashang.cases.models import Category
from mashang.knowledge.models import CategoryModel
from mashang.knowledge.training import Example, Trained, train
from mashang.trials.generating.words import THEMES, Writer

TAUGHT = ("lighting", "heating", "garbage")


def invented(themes: tuple[str, ...] = TAUGHT, *, each: int = 16, seed: int = 5) -> list[Example]:
    """(text, theme) of invented reports, the same at every run."""
    writer = Writer(Random(seed))
    return [(writer.report(THEMES[name]), name) for name in themes for _number in range(each)]


@cache
def learned(labels: tuple[str, ...] = TAUGHT) -> Trained:
    """A model of TAUGHT's reports under other labels."""
    names = dict(zip(TAUGHT, labels, strict=True))
    return train([(text, names[name]) for text, name in invented()])


def a_model(categories: Mapping[str, Category], **changes: object) -> CategoryModel:
    """The row of a model for a city's categories."""
    trained = learned(tuple(str(categories[name].pk) for name in TAUGHT))
    values = {"examples": 48, "macro_f1": 0.9, "data": trained.data, **changes}
    return CategoryModel.objects.create(**values)
