"""Access tokens of the office platforms: one for all threads, got anew when it ran out or when the
platform says that it is no longer good."""

import time
from collections.abc import Callable
from threading import Lock

EARLY = 300.0  # seconds before its end that a token is not used any more


class Token:
    """`fetch` asks for one and returns it with the seconds that it is good for."""

    def __init__(self, fetch: Callable[[], tuple[str, float]]):
        self._fetch = fetch
        self._value, self._until = "", 0.0
        self._lock = Lock()

    def get(self, *, instead_of: str = "") -> str:
        """The token; never the one that was just refused. Raises what `fetch` raises."""
        with self._lock:
            if self._value and self._value != instead_of and time.monotonic() < self._until:
                return self._value
            self._value, seconds = self._fetch()
            self._until = time.monotonic() + max(seconds - EARLY, seconds / 2)
            return self._value
