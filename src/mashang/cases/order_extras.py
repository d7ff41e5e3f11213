"""Links that packages above put on an order's page, in their `ready`."""

from collections.abc import Callable
from dataclasses import dataclass

from mashang.cases.order_access import Order


@dataclass(frozen=True)
class Extra:
    label: str
    url: str


Maker = Callable[[Order], Extra | None]
_makers: list[Maker] = []


def register_extra(maker: Maker) -> None:
    """Have `maker` say what it has for an order, in a query at most; None for nothing."""
    _makers.append(maker)


def extras(order: Order) -> list[Extra]:
    made = [maker(order) for maker in _makers]
    return [extra for extra in made if extra is not None]
