"""The versions of a rule as a page shows them: what counts today, what comes, what was."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.models import Record
from mashang.cases.wording import say_time
from mashang.core.versions import Version, in_force

V = TypeVar("V", bound=Version)
MOST_SHOWN = 20


@dataclass(frozen=True)
class Line(Generic[V]):
    """One version in words. `row` is the first of its rows."""

    row: V
    rows: list[V]
    text: str
    state: str

    @property
    def who(self) -> str:
        """Who made it and when; rows loaded by a command have nobody."""
        name = self.row.made_by.name if self.row.made_by else _("系统导入")
        return f"{name} · {say_time(self.row.made_at)}"

    @property
    def withdrawn(self) -> str:
        if self.row.withdrawn_at is None:
            return ""
        name = self.row.withdrawn_by.name if self.row.withdrawn_by else _("系统导入")
        return _("{who} {time} 撤回").format(who=name, time=say_time(self.row.withdrawn_at))


@dataclass(frozen=True)
class Lines(Generic[V]):
    """All versions of a table, cut by time; each list newest first but for what comes."""

    now: list[Line[V]]
    coming: list[Line[V]]
    past: list[Line[V]]


def lines(
    rows: Iterable[V], *, say: Callable[[list[V]], str], today: date | None = None
) -> Lines[V]:
    """Sort versions for a page. Rows of one key and day are one version."""
    today = today or timezone.localdate()
    everything = list(rows)
    current = {id(row) for found in in_force(everything, today).values() for row in found}
    grouped: dict[tuple[object, ...], list[V]] = {}
    for row in everything:
        grouped.setdefault((row.key, row.valid_from, row.withdrawn_at), []).append(row)
    now, coming, past = [], [], []
    for group in grouped.values():
        first = group[0]
        if id(first) in current:
            now.append(Line(first, group, say(group), _("生效中")))
        elif first.withdrawn_at is not None:
            past.append(Line(first, group, say(group), _("已撤回")))
        elif first.valid_from > today:
            coming.append(Line(first, group, say(group), _("还没有生效")))
        else:
            past.append(Line(first, group, say(group), _("已被新的一版代替")))
    coming.sort(key=lambda line: (line.row.valid_from, line.row.pk))
    past.sort(key=lambda line: (line.row.valid_from, line.row.made_at), reverse=True)
    return Lines(now, coming, past)


@dataclass(frozen=True)
class Past:
    """A change of a thing that has no versions, as the audit register tells it."""

    record: Record

    @property
    def at(self) -> datetime:
        return self.record.at

    @property
    def who(self) -> str:
        return str(self.record.who.get("name") or _("系统"))

    @property
    def text(self) -> str:
        changes = self.record.facts.get("changes") or {}
        return "\n".join(
            f"{what}：{before or '—'} → {after or '—'}" for what, (before, after) in changes.items()
        )

    @property
    def reason(self) -> str:
        return str(self.record.facts.get("reason", ""))


def register_of(about: str) -> list[Past]:
    """The newest changes of one thing."""
    return [Past(row) for row in Record.objects.filter(about=about)[:MOST_SHOWN]]
