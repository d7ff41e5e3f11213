"""The worker's loop: named steps, run in turn."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    name: str
    function: Callable[[], int]
    every: float | None


STEPS: dict[str, Step] = {}


def register_step(name: str, function: Callable[[], int], every: float | None = None) -> None:
    """Have the worker call `function` each round, or every so many seconds."""
    STEPS[name] = Step(name, function, every)
