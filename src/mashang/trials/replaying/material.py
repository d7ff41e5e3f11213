"""What is filed, and what is to become of it: both the same for the same file and seed."""

import csv
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mashang.cases.forms import LEAST_TEXT, MOST_TEXT
from mashang.core.text import clean_text
from mashang.demo.invented import FIRST, SECOND, SURNAMES

# What becomes of a report, and of how many in a hundred.
CONTACT = {"prompt": 80, "late": 12, "missed": 6, "wrong": 2}
BETWEEN = {"": 78, "return": 6, "help": 4, "extension": 4, "pass_up": 4, "question": 4}
MEANWHILE = {"": 94, "withdraw": 3, "chase": 3}
OUTCOME = {"satisfied": 55, "fair": 12, "dissatisfied": 3, "dispute": 6, "reopen": 10, "silent": 14}
SENDER = {"named": 93, "anonymous": 2, "confidential": 5}
WAY = {"code": 80, "place": 20}


@dataclass(frozen=True)
class Plan:
    """What the people around one report will do."""

    contact: str
    between: str
    meanwhile: str
    outcome: str
    sender: str
    way: str
    is_granted: bool  # what the unit above says to a request
    is_accusation: bool  # what the resident says when asked whether it concerns a cadre


@dataclass(frozen=True)
class Report:
    """One message: what is typed into the form, and what is added later as it did not fit."""

    number: int
    pieces: tuple[str, ...]
    name: str
    phone: str
    address: str
    choice: float  # 0 to 1: which sign is scanned
    plan: Plan

    @property
    def text(self) -> str:
        return self.pieces[0]


def read(path: Path, *, seed: int, limit: int | None = None) -> list[Report]:
    """The messages of a CSV with a column `text`, and perhaps `title`, as reports to be filed.

    What is too short for the form is left out. Raises ValueError where there is no such column.
    """
    return list(_reports(path, seed, limit))


def _reports(path: Path, seed: int, limit: int | None) -> Iterator[Report]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        if "text" not in (table.fieldnames or ()):
            raise ValueError(f"{path} has no column `text`")
        number = 0
        for row in table:
            text = clean_text("\n".join(filter(None, (row.get("title"), row["text"]))))
            if len(text) < LEAST_TEXT:
                continue
            if number == limit:
                return
            yield _report(number, text, seed)
            number += 1


def _report(number: int, text: str, seed: int) -> Report:
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - to repeat itself, no secret

    def of(weights: dict[str, int]) -> str:
        return chance.choices(list(weights), list(weights.values()))[0]

    plan = Plan(
        contact=of(CONTACT),
        between=of(BETWEEN),
        meanwhile=of(MEANWHILE),
        outcome=of(OUTCOME),
        sender=of(SENDER),
        way=of(WAY),
        is_granted=chance.random() < 0.5,
        is_accusation=chance.random() < 0.3,
    )
    return Report(
        number=number,
        pieces=tuple(split(text)),
        name=chance.choice(SURNAMES) + chance.choice(FIRST) + chance.choice(SECOND),
        phone=f"1991{seed % 100:02d}{number:05d}",
        address=f"10.{seed % 256}.{number >> 8 & 255}.{number & 255}",
        choice=chance.random(),
        plan=plan,
    )


def split(text: str, most: int = MOST_TEXT) -> Iterator[str]:
    """Pieces that a form takes, which give `text` again when put together: no piece begins or
    ends with a blank, which the form would cut off, or with half a character."""
    while len(text) > most:
        at = most
        while text[at - 1].isspace() or text[at].isspace() or unicodedata.combining(text[at]):
            at -= 1
        yield text[:at]
        text = text[at:]
    yield text
