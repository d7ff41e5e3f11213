"""The numbers of a service, each beside what it counts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number, and of how many where it is a part; `meaning` says what is counted."""

    label: str
    number: int
    of: int | None
    meaning: str
