"""The tree of categories, small and read often, so kept for seconds."""

from collections.abc import Iterator
from dataclasses import dataclass

from mashang.cases.models import Category
from mashang.core.cached import Fresh

BETWEEN = " / "


@dataclass(frozen=True)
class Node:
    """A category with its way from the top, itself last."""

    category: Category
    path: tuple[Category, ...]
    is_leaf: bool

    @property
    def depth(self) -> int:
        return len(self.path) - 1

    @property
    def full_name(self) -> str:
        return BETWEEN.join(step.name for step in self.path)

    @property
    def is_active(self) -> bool:
        """Whether it may be chosen: a closed branch closes everything below it."""
        return all(step.is_active for step in self.path)


def _load() -> dict[int, Node]:
    """All nodes by key, each before those below it, in the city's order."""
    below: dict[int | None, list[Category]] = {}
    for category in Category.objects.order_by("order", "code"):
        below.setdefault(category.parent_id, []).append(category)

    def walk(parent: int | None, path: tuple[Category, ...]) -> Iterator[Node]:
        for category in below.get(parent, ()):
            here = (*path, category)
            yield Node(category, here, category.pk not in below)
            yield from walk(category.pk, here)

    return {node.category.pk: node for node in walk(None, ())}


_tree: Fresh[dict[int, Node]] = Fresh(_load)


def tree() -> list[Node]:
    """Every category, closed ones too, as the tree is read from top to bottom."""
    return list(_tree.get().values())


def node(key: int) -> Node | None:
    """The node of a category's key; looks again where another process has just added it."""
    found = _tree.get().get(key)
    if found is None:
        _tree.forget()
        found = _tree.get().get(key)
    return found


def active() -> list[Node]:
    """Those that may be chosen for a case."""
    return [each for each in tree() if each.is_active]
