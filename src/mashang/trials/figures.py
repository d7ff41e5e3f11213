"""Figures and the tables they are printed in."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One thing that was measured on one database; `goal` says what it should be."""

    what: str
    value: str
    goal: str = ""


@dataclass
class Findings:
    """What one part found: figures, and sentences for whatever was not exact."""

    figures: list[Figure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def note(self, what: str, value: str, goal: str = "") -> None:
        self.figures.append(Figure(what, value, goal))

    def expect(self, what: str, found: object, expected: object) -> None:
        """A fault unless the two are equal."""
        if found != expected:
            self.faults.append(f"{what}: {found}, not {expected}")


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that `share` of all do not exceed."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def say_seconds(seconds: float) -> str:
    """`3.2 ms`, `0.41 s`, `12 s`."""
    if math.isnan(seconds):
        return "–"
    if seconds < 0.1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def say_times(values: Sequence[float]) -> str:
    """`3.2 ms / 9.8 ms`: half of the values, and all but a hundredth, are within."""
    return f"{say_seconds(percentile(values, 0.5))} / {say_seconds(percentile(values, 0.99))}"


def say_share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def side_by_side(found: dict[str, Findings]) -> list[list[str]]:
    """Rows `what, <one column a name>, goal`, each figure once, in the order they were noted."""
    whats: dict[str, str] = {}
    for findings in found.values():
        for figure in findings.figures:
            whats[figure.what] = whats.get(figure.what) or figure.goal
    values = {
        (name, figure.what): figure.value
        for name, findings in found.items()
        for figure in findings.figures
    }
    return [
        [what, *(values.get((name, what), "") for name in found), goal]
        for what, goal in whats.items()
    ]


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def plain(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table for a terminal."""
    lines = [list(header), *map(list, rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(header))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table for a document."""
    lines = [list(header), ["---"] * len(header), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)
