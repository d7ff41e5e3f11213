"""What happened to a case, as the staff may read it: who, when, what, in which words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from mashang.cases.flow import FILED, MOVES, ClockName
from mashang.cases.models import Channel, Entry, Score, Urgency
from mashang.cases.wording import say_day, say_time
from mashang.messaging.models import CallReason
from mashang.people.models import Account, Position

LABELS: dict[str, Callable[[], str]] = {
    FILED: lambda: _("收到反映"),
    "add": lambda: _("诉求人补充"),
    "reply": lambda: _("诉求人补充"),
}
ACTORS: dict[str, Callable[[], str]] = {
    "resident": lambda: _("诉求人"),
    "system": lambda: _("系统"),
}


@dataclass(frozen=True)
class File:
    """A photo or voice message as the page links to it."""

    kind: str
    url: str
    is_internal: bool  # the requester does not see it
    key: str = ""  # its own in the page


@dataclass(frozen=True)
class Happening:
    """One line of the timeline. `answer` is the public text, `words` what was said inside."""

    seq: int
    at: datetime
    who: str
    what: str
    facts: Sequence[str]
    words: str
    answer: str
    files: Sequence[File]
    is_quiet: bool  # what the product did by itself, shown smaller


def timeline(
    entries: Iterable[Entry],
    files: Mapping[str, Sequence[File]],
    names: Mapping[int, str] | None = None,
) -> list[Happening]:
    """All entries, newest first; `files` by the part of the case that they belong to; `names`
    where `names_in` was asked for these entries already."""
    rows = list(entries)
    known = names_in(rows) if names is None else names
    return [_happening(entry, known, files) for entry in sorted(rows, key=lambda e: -e.seq)]


def _happening(
    entry: Entry, names: Mapping[int, str], files: Mapping[str, Sequence[File]]
) -> Happening:
    data = entry.data
    return Happening(
        seq=entry.seq,
        at=entry.at,
        who=who_did(entry),
        what=label(entry.move),
        facts=list(_facts(entry.move, data, names)),
        words=str(data.get("words", "")),
        answer=str(data.get("answer", "")),
        files=[*files.get(f"entry:{entry.seq}", ()), *files.get(f"internal:{entry.seq}", ())],
        is_quiet=entry.actor.get("kind") == "system",
    )


def who_did(entry: Entry) -> str:
    """The name of a member of the staff; residents and the product itself by what they are."""
    kind = entry.actor.get("kind", "")
    return ACTORS[kind]() if kind in ACTORS else str(entry.actor.get("name", ""))


def label(move: str) -> str:
    if move in LABELS:
        return LABELS[move]()
    return str(MOVES[move].label) if move in MOVES else move


def names_in(entries: Iterable[Entry]) -> dict[int, str]:
    """The names of all accounts that the entries tell of, with one query."""
    keys = {entry.data.get("assignee") for entry in entries} - {None}
    for entry in entries:
        keys |= set(entry.data.get("told", ()))
    return dict(Account.objects.filter(pk__in=keys).values_list("pk", "name"))


def _facts(move: str, data: Mapping[str, Any], names: Mapping[int, str]) -> Iterable[str]:
    """The entry's data but its words, each as a short sentence."""
    if move == FILED:
        yield _("来源：{channel}").format(channel=_choice(Channel, data.get("channel")))
        if data.get("has_agreed"):
            yield _("诉求人同意登记")
    elif data.get("channel"):
        yield _("可以去：{channel}").format(channel=data["channel"])
    yield from _where(move, data, names)
    yield from _how(data)


def _where(move: str, data: Mapping[str, Any], names: Mapping[int, str]) -> Iterable[str]:
    """Who has it now, who was told, what it belongs to."""
    if data.get("unit_name"):
        yield _("交给：{unit}").format(unit=data["unit_name"])
    if data.get("assignee") in names:
        yield _("经办人：{name}").format(name=names[data["assignee"]])
    if data.get("urgency") and move != FILED:
        yield _("紧急程度：{urgency}").format(urgency=_choice(Urgency, data["urgency"]))
    if data.get("clock"):
        yield _("时限：{clock}").format(clock=_choice(ClockName, data["clock"]))
    if data.get("position"):
        yield _("上报到：{position}").format(position=_choice(Position, data["position"]))
    if "told" in data:
        told = "、".join(names.get(key, "") for key in data["told"])
        yield _("已通知：{names}").format(names=told) if told else _("没有可以通知的人")
    if data.get("category_name"):
        yield _("类别：{category}").format(category=data["category_name"])
    if data.get("called"):
        yield _("协办单位：{units}").format(units=data["called"])
    if data.get("late") in LATE:
        yield LATE[data["late"]]()
    if data.get("barred"):
        yield _("回避：{name}").format(name=data["barred"])
    if data.get("lead_number"):
        yield _("并入：{number}").format(number=data["lead_number"])
    if data.get("member"):
        yield _("并入的一件：{number}").format(number=data["member"])


def _how(data: Mapping[str, Any]) -> Iterable[str]:
    """Until when, for how long, with which outcome, and why."""
    if until := data.get("deferred_until") or data.get("until"):
        yield _("到 {day}").format(day=say_day(date.fromisoformat(until)))
    if data.get("promised"):
        yield _("约好 {time} 前").format(time=say_time(datetime.fromisoformat(data["promised"])))
    if data.get("unheard"):
        yield _("上级没有人值班，没有人收到短信")
    if data.get("days"):
        yield _("{days} 个工作日").format(days=data["days"])
    if data.get("score"):
        yield _("评价：{score}").format(score=_choice(Score, data["score"]))
    yield from (words[data[name]]() for name, words in HEARD.items() if data.get(name) in words)
    if data.get("caller"):
        yield _("拨打人：{name}").format(name=data["caller"])
    if data.get("talked"):
        yield _("通话 {seconds} 秒").format(seconds=data["talked"])
    if data.get("unanswered"):
        yield _("平台拨打：{reason}").format(reason=_choice(CallReason, data["unanswered"]))
    if data.get("contact_done"):
        yield _("已拨打规定次数，回电算作完成")
    if data.get("reason"):
        yield _("原因：{reason}").format(reason=REASONS.get(data["reason"], str)(data["reason"]))


LATE: dict[str, Callable[[], str]] = {
    "arrive": lambda: _("到期没有报到"),
    "reply": lambda: _("到期没有答复"),
}
# What a resident said when called back.
HEARD: dict[str, dict[str, Callable[[], str]]] = {
    "outcome": {
        "reached": lambda: _("已接通"),
        "not_reached": lambda: _("没人接听"),
        "refused": lambda: _("不愿回访"),
    },
    "contacted": {
        "yes": lambda: _("诉求人说：按时接到了电话"),
        "no": lambda: _("诉求人说：没有按时接到电话"),
        "unsure": lambda: _("诉求人说：记不清有没有按时接到电话"),
    },
    "solved": {
        "yes": lambda: _("诉求人说：解决了"),
        "no": lambda: _("诉求人说：没有解决"),
    },
}
REASONS: dict[str, Callable[[str], str]] = {
    "sms_failed": lambda _reason: _("短信没有送到"),
    "hand_over": lambda _reason: _("工作交接"),
    "unit_changed": lambda _reason: _("单位撤并，期限照旧"),
}


def _choice(choices: Any, value: Any) -> str:
    """The label of a stored choice; a value that is none of them is shown as it is."""
    return str(choices(value).label) if value in choices.values else str(value or "")
