"""Small tables that are read at every report (limits, ladders, calendar) kept for seconds."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT_SECONDS = 5.0
_all: list["Fresh | FreshByKey"] = []


class Fresh(Generic[T]):
    """What `load` returned, loaded anew when older than `seconds`.

    Every process keeps its own, so an operator's change is everywhere within `seconds`. The rows
    are dated: one that is to count from midnight is loaded long before.
    """

    def __init__(self, load: Callable[[], T], *, seconds: float = KEPT_SECONDS):
        self._load = load
        self._seconds = seconds
        self._value: T | None = None
        self._until = 0.0
        _all.append(self)

    def get(self) -> T:
        if self._value is None or time.monotonic() >= self._until:
            self._value = self._load()
            self._until = time.monotonic() + self._seconds
        return self._value

    def forget(self) -> None:
        self._value = None


class FreshByKey(Generic[T]):
    """The same for what was asked about one key, of the `most` keys that were asked about last."""

    def __init__(self, *, seconds: float, most: int = 200):
        self._seconds, self._most = seconds, most
        self._kept: OrderedDict[object, tuple[float, T]] = OrderedDict()
        _all.append(self)

    def get(self, key: object, load: Callable[[], T]) -> T:
        until, value = self._kept.get(key, (0.0, None))
        if value is None or time.monotonic() >= until:
            value = load()
            self._kept[key] = (time.monotonic() + self._seconds, value)
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value

    def forget(self) -> None:
        self._kept.clear()


def forget_all() -> None:
    """Load everything anew at the next look, as after a command that writes such tables."""
    for fresh in _all:
        fresh.forget()
