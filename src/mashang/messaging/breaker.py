"""A pause for a provider that is down, so that nobody waits for it again and again."""

import time
from collections.abc import Callable


class Breaker:
    """Opens after several failures in a row; then lets one probe through per pause, each pause
    twice the one before. Every worker process has its own. Times are seconds."""

    FAILURES = 5
    FIRST_PAUSE = 1.0
    LONGEST_PAUSE = 30.0

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0

    def allowance(self, most: int) -> int:
        """How many messages may be tried now: `most`, one as a probe, or none."""
        if not self._pause:
            return most
        return 0 if self.is_pausing else 1

    @property
    def is_pausing(self) -> bool:
        return self._clock() < self._until

    def succeeded(self) -> None:
        """The provider answered, if only to refuse one message."""
        self._failures, self._pause, self._until = 0, 0.0, 0.0

    def failed(self) -> None:
        """A temporary failure or no answer. Those of requests already under way when the pause
        began do not lengthen it."""
        self._failures += 1
        if self._failures >= self.FAILURES and not self.is_pausing:
            self._pause = min(self._pause * 2 or self.FIRST_PAUSE, self.LONGEST_PAUSE)
            self._until = self._clock() + self._pause


class Health:
    """What share of its weight a provider is given: errors and slow answers take from it, and it
    heals by half of what is missing in half a minute. Every worker process has its own."""

    HALF_HEALED_AFTER = 30.0  # seconds
    SLOW = 2.0  # seconds that an answer may take
    ERROR_COSTS, SLOWNESS_COSTS = 0.2, 0.05  # of what is left
    LEAST = 0.02  # so that a provider is tried now and then

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._missing = 0.0
        self._at = clock()

    @property
    def share(self) -> float:
        """Between LEAST and 1."""
        age = max(0.0, self._clock() - self._at)
        return max(self.LEAST, 1.0 - self._missing * 0.5 ** (age / self.HALF_HEALED_AFTER))

    def note(self, *, is_error: bool, seconds: float) -> None:
        cost = self.ERROR_COSTS if is_error else 0.0
        if seconds > self.SLOW:
            cost += self.SLOWNESS_COSTS
        if cost:
            self._missing = 1.0 - self.share * (1.0 - cost)
            self._at = self._clock()
