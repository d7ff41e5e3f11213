"""The worker's loop: named steps that packages register, run in turn until told to stop.

A step takes what is due, does it and returns how much it did. While any step finds work the loop
goes on at once; when all are idle it waits a fifth of a second. A step that fails is logged and
rests, longer each time, while the others go on. Any number of workers may run side by side: each
step keeps its own work to one of them.
"""

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections, connection

from mashang.core.waking import Waker

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
FIRST_REST, LONGEST_REST = 1.0, 60.0


@dataclass
class Step:
    """A part of the worker's round; `every` seconds where it is not to run each time."""

    name: str
    function: Callable[[], int]
    every: float | None = None
    next_at: float = 0.0
    rest: float = 0.0

    def run(self, now: float) -> int:
        """Do what is due; how much it was, 0 also where the step is resting or has failed."""
        if now < self.next_at:
            return 0
        try:
            done = self.function() or 0
        except Exception:
            self.rest = min(max(self.rest * 2, FIRST_REST), LONGEST_REST)
            self.next_at = time.monotonic() + self.rest
            logger.exception("worker step %r failed; it rests %.0f s", self.name, self.rest)
            connection.close()
            return 0
        self.rest = 0.0
        self.next_at = now + self.every if self.every else 0.0
        return 0 if self.every else done


_steps: dict[str, Step] = {}
_endings: list[Callable[[], object]] = []


def register_step(name: str, function: Callable[[], int], every: float | None = None) -> None:
    """Have the worker call `function` each round, or every so many seconds."""
    if name in _steps:
        raise ValueError(f"two steps of the worker are called {name!r}")
    _steps[name] = Step(name, function, every)


def register_ending(function: Callable[[], object]) -> None:
    """Have the worker call `function` once when it ends, to finish what it has under way."""
    _endings.append(function)


class Worker:
    """Runs the registered steps until `stop` is called, by a signal for instance."""

    def __init__(self, steps: list[Step] | None = None):
        self.steps = list(_steps.values()) if steps is None else steps
        self._is_stopping = False
        self._waker = Waker()

    def stop(self, *_signal: object) -> None:
        """Finish the step at hand, then end."""
        self._is_stopping = True
        self._waker.wake()

    def stop_on_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def run_round(self) -> int:
        """Each step once; how much was done in all."""
        close_old_connections()
        done = 0
        for step in self.steps:
            if self._is_stopping:
                break
            done += step.run(time.monotonic())
        return done

    def run(self) -> None:
        while not self._is_stopping:
            if not self.run_round():
                self._waker.wait(IDLE_SECONDS)
        for ending in _endings:
            try:
                ending()
            except Exception:
                logger.exception("the worker could not finish what it had under way")
