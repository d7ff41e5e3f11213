"""Who acts: a resident, a person of the staff, or the system. No actor, no action."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mashang.people.models import Account, Post


@dataclass(frozen=True)
class Resident:
    """Somebody who holds a case's tracking link, or proved the phone of the case."""

    case_ids: frozenset[int] = frozenset()
    phone_index: str = ""

    label = "resident"

    def described(self) -> dict[str, Any]:
        """How an entry names the actor."""
        return {"kind": "resident"}


@dataclass(frozen=True)
class Staff:
    """A person of the staff with today's posts."""

    account: Account

    label = "staff"

    @cached_property
    def posts(self) -> list[Post]:
        return list(self.account.posts.current().select_related("unit", "place"))

    def described(self) -> dict[str, Any]:
        return {"kind": "staff", "account": self.account.pk, "name": self.account.name}


@dataclass(frozen=True)
class System:
    """The product itself: clocks, routing, rules."""

    label = "system"

    def described(self) -> dict[str, Any]:
        return {"kind": "system"}


Actor = Resident | Staff | System
SYSTEM = System()
