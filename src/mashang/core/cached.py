"""Small tables that are read at every report (limits, ladders, calendar) kept for seconds."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT_SECONDS = 5.0
_all: list["Fresh"] = []


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


def forget_all() -> None:
    """Load everything anew at the next look, as after a command that writes such tables."""
    for fresh in _all:
        fresh.forget()
