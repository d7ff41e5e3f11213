"""What packages above put on an order's page, in their `ready`: links, and hints at fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mashang.cases.forms_staff import MoveForm
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


@dataclass(frozen=True)
class Hint:
    """What stands below a field: a template, which finds `facts` as `hint`, and `form` and
    `field` beside it."""

    template: str
    facts: Mapping[str, object]


DialMaker = Callable[[Order], Hint | None]
_dials: list[DialMaker] = []


def register_dial(maker: DialMaker) -> None:
    """Have `maker` say what stands where an order is phoned about, for whoever may; None for
    nothing."""
    if _dials:
        raise ValueError("two ways to dial")
    _dials.append(maker)


def dial(order: Order) -> Hint | None:
    return _dials[0](order) if _dials else None


HintMaker = Callable[[Order, MoveForm], Hint | None]
_hints: dict[str, HintMaker] = {}


def register_hint(field: str, maker: HintMaker) -> None:
    """Have `maker` say what stands below the fields of this name; None for nothing."""
    if field in _hints:
        raise ValueError(f"two hints at {field!r}")
    _hints[field] = maker


_readings: list[Callable[[Order], Hint | None]] = []


def register_reading(maker: Callable[[Order], Hint | None]) -> None:
    """Have `maker` say what stands below a case's answer, once there is one; None for nothing."""
    _readings.append(maker)


def readings(order: Order) -> list[Hint]:
    """What those who read the answer are told about it."""
    if not order.case.answer:
        return []
    made = [maker(order) for maker in _readings]
    return [hint for hint in made if hint is not None]


def put_hints(order: Order, form: MoveForm) -> None:
    """Give the form's fields their hints, just before it is shown."""
    for name in form.fields.keys() & _hints.keys():
        form.fields[name].panel = _hints[name](order, form)  # type: ignore[attr-defined]
