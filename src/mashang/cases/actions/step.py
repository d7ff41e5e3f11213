"""What a move is while it is being made: shared by `moving` and the rooms under `moves`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from mashang.cases.flow import Audience, Move, Tell
from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.messaging.actions import Draft
from mashang.people.actors import Actor, Staff
from mashang.people.models import Account


class NotThere(Exception):
    """The case does not exist for this actor; answered as any address that does not exist."""


class TooLate(Refused):
    """The case has moved on since the person looked at it."""


@dataclass(frozen=True)
class Following:
    """A move that another case makes because of this one, in the same transaction."""

    case: Case
    move: str
    facts: dict[str, Any]


@dataclass
class Step:
    """A move being made: what was given, and what it will change and record.

    `held` are all cases that this transaction holds locked, by key. `following` are moves of
    other held cases, made right after this one by the same actor. `tell` names the people of the
    audiences that only the move itself knows.
    """

    case: Case
    move: Move
    by: Actor
    at: datetime
    facts: dict[str, Any]
    held: dict[int, Case]
    changes: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    tell: dict[Audience, list[Account]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)  # further variables of its messages
    further: tuple[Tell, ...] = ()
    following: list[Following] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)  # to people whom only the move itself knows

    @property
    def words(self) -> str:
        return str(self.facts.get("words", ""))

    @property
    def account(self) -> Account:
        if not isinstance(self.by, Staff):
            raise NotThere
        return self.by.account


MISSING: dict[str, Callable[[], str]] = {
    "words": lambda: _("请写几句说明。"),
    "answer": lambda: _("请写给诉求人看的答复。"),
    "unit": lambda: _("请选择单位。"),
    "days": lambda: _("请写需要延长几个工作日。"),
    "promised": lambda: _("请写约好的日期和时间。"),
    "until": lambda: _("请写到哪一天。"),
    "category": lambda: _("请选择类别。"),
    "units": lambda: _("请选择单位。"),
    "conflict": lambda: _("请选择取消哪一条回避。"),
    "lead": lambda: _("请写主件的编号。"),
    "score": lambda: _("请选择满意、基本满意或不满意。"),
    "outcome": lambda: _("请选择回访结果。"),
    "what": lambda: _("请说明查看什么。"),
    "channel": lambda: _("请写明可以通过什么合法渠道解决。"),
}


def at_once() -> str:
    return _("刚才有人同时在办这件事，您这一步没有做成。请看最新情况，再试一次。")
