"""What happened to a case, in plain words for whoever asked.

Only moves that the flow calls public, the staff by its unit and never by a person, and of the
staff's words none but those written for the resident: a question, a reason for declining, an
answer. Of a sealed case nothing shows but that the inspection post has it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.attachments.models import Attachment
from mashang.cases.flow import FILED, MOVES, ClockName, Phase, State
from mashang.cases.models import Case, Clock, Entry, Score
from mashang.cases.wording import say_day, say_time, say_waited
from mashang.people.models import Unit


@dataclass(frozen=True)
class Happening:
    """One line of the timeline; `words` were written by the resident or for the resident."""

    at: datetime
    move: str
    sentence: str
    words: str = ""
    files: Sequence[Attachment] = ()


@dataclass(frozen=True)
class Status:
    """Where a case stands: a short name, what that means, and what is to be expected when."""

    name: str
    meaning: str
    expectations: Sequence[str] = ()


def unit_name(case: Case) -> str:
    """Who handles the case, as the resident may know it; empty while nobody is chosen."""
    if case.unit is None:
        return ""
    return _("上级督查岗") if case.is_sealed else case.unit.name


# Each sentence may use {unit}, {days}, {day}, {promised} and {score}.
SENTENCES: dict[str, Callable[[], str]] = {
    FILED: lambda: _("收到您的反映，交给{unit}办理。"),
    "dispatch": lambda: _("交给{unit}办理。"),
    "redispatch": lambda: _("转给{unit}办理。"),
    "pass_up": lambda: _("上报给{unit}办理。"),
    "elevate": lambda: _("提到上级，由{unit}办理。"),
    "rework": lambda: _("回访时您说没有解决，重新办理，交给{unit}。"),
    "decline": lambda: _("这件事不能在这里办理。"),
    "acknowledge": lambda: _("{unit}已签收，开始办理。"),
    "take_on": lambda: _("{unit}接单，约好 {promised} 前办好。"),
    "promise": lambda: _("{unit}和您约好 {promised} 前办好。"),
    "contact_reached": lambda: _("{unit}打电话联系了您。"),
    "contact_recorded": lambda: _("{unit}给您打了电话。"),
    "contact_recorded_later": lambda: _("{unit}给您打了电话。"),
    "contact_confirmed": lambda: _("您说接到了电话。"),
    "contact_denied": lambda: _("您说没有接到电话，已提醒承办单位和上级，重新给您打。"),
    "contact_denied_later": lambda: _("您说没有接到电话，已告诉上级单位。"),
    "contact_missed": lambda: _("{unit}打您的电话，没有打通。"),
    "contact_wrong": lambda: _(
        "{unit}按您留的号码打电话，号码不对。请在下面补充能打通的电话，或者到社区当面说。"
    ),
    "ask_resident": lambda: _("{unit}请您补充情况："),
    "answer": lambda: _("{unit}答复："),
    "grant_extension": lambda: _("办理期限延长 {days} 个工作日。"),
    "defer": lambda: _("{unit}说明要等一等，{day} 前后继续办理："),
    "resume_deferred": lambda: _("{unit}继续办理。"),
    "merge": lambda: _("和正在办理的同一件事合并，由{unit}一起办理，办好后同样答复您。"),
    "split": lambda: _("改为单独办理，交给{unit}。"),
    "take_over": lambda: _("改为单独办理，交给{unit}。"),
    "answer_merged": lambda: _("{unit}答复："),
    "decline_merged": lambda: _("这件事不能在这里办理。"),
    "add": lambda: _("您补充："),
    "reply": lambda: _("您补充："),
    "chase": lambda: _("您催办了一次，已提醒经办人。"),
    "withdraw": lambda: _("您撤回了这件事。"),
    "confirm": lambda: _("您说解决了，评价：{score}。"),
    "dispute": lambda: _("您说没有解决，评价：{score}。"),
    "reopen": lambda: _("您说没有解决，重新办理，交给{unit}。"),
    "expire": lambda: _("到期没有收到您的评价，按已答复办结。"),
}
# Whose words of the staff were written for the resident.
WORDS_FOR_RESIDENTS = ("ask_resident", "decline", "decline_merged", "defer")


def timeline(
    case: Case, entries: Iterable[Entry], files: Mapping[str, Sequence[Attachment]]
) -> list[Happening]:
    """The public entries, oldest first; `files` by the part of the case that they belong to."""
    rows = sorted(entries, key=lambda entry: entry.seq)
    names = _unit_names(case, rows)
    unit, found = "", []
    for entry in rows:
        if "unit" in entry.data:
            unit = names.get(entry.data["unit"], "")
        if entry.move != FILED and not MOVES[entry.move].is_public:
            continue
        found.append(
            Happening(
                at=entry.at,
                move=entry.move,
                sentence=_sentence(entry, unit),
                words=_words(entry),
                files=_shown(files.get(f"entry:{entry.seq}", ())),
            )
        )
    return found


def last_of(happenings: Sequence[Happening], move: str) -> Happening | None:
    """The newest line of this move: the question that waits, the answer that counts."""
    return next((line for line in reversed(happenings) if line.move == move), None)


def _unit_names(case: Case, entries: Sequence[Entry]) -> dict[int, str]:
    keys = {entry.data.get("unit") for entry in entries} - {None}
    if case.is_sealed:
        return dict.fromkeys(keys, _("上级督查岗"))
    if case.unit and keys == {case.unit_id}:
        return {case.unit_id: case.unit.name}
    return dict(Unit.objects.filter(pk__in=keys).values_list("pk", "name"))


def _sentence(entry: Entry, unit: str) -> str:
    if entry.move == FILED and not unit:
        return _("收到您的反映，正在安排由谁办理。")
    score, until = entry.data.get("score", ""), entry.data.get("deferred_until")
    promised = entry.data.get("promised")
    return SENTENCES[entry.move]().format(
        unit=unit or _("承办单位"),
        days=entry.data.get("days", ""),
        day=say_day(date.fromisoformat(until)) if until else "",
        promised=say_time(datetime.fromisoformat(promised)) if promised else "",
        score=Score(score).label if score in Score else "",
    )


def _words(entry: Entry) -> str:
    data, by_resident = entry.data, entry.actor.get("kind") == "resident"
    if entry.move in ("answer", "answer_merged"):
        return str(data.get("answer", ""))
    if entry.move in ("decline", "decline_merged"):
        return _("原因：{words}\n您可以：{channel}").format(
            words=data.get("words", ""), channel=data.get("channel", "")
        )
    if by_resident or entry.move in WORDS_FOR_RESIDENTS:
        return str(data.get("words", ""))
    return ""


def _shown(files: Iterable[Attachment]) -> list[Attachment]:
    return [file for file in files if is_public(file)]


def is_public(file: Attachment) -> bool:
    """Whether a resident may open a file of their own case; a unit's inner photos are not."""
    return file.part == "report" or file.part.startswith("entry:")


STATUSES: dict[str, Callable[[], tuple[str, str]]] = {
    State.TO_TRIAGE: lambda: (_("已收到"), _("正在安排由谁来办。")),
    State.DISPATCHED: lambda: (_("已交办"), _("已经交给{unit}，正等工作人员接手。")),
    State.ACKNOWLEDGED: lambda: (_("已签收"), _("{unit}已经接手。")),
    State.HANDLING: lambda: (_("办理中"), _("{unit}正在办理。")),
    State.WAITING: lambda: (
        _("等您补充"),
        _("{unit}需要您补充情况，请看下面的问题。等您补充的时间不计入办理期限。"),
    ),
    State.RETURN_ASKED: lambda: (_("办理中"), _("{unit}正在办理。")),
    State.DEFERRED: lambda: (
        _("暂缓办理"),
        _("这件事要等一等，{day} 前后{unit}会继续办理。为什么要等，请看下面的说明。"),
    ),
    State.MERGED: lambda: (
        _("合并办理"),
        _("和同一件事合并，由{unit}一起办理，办好后同样答复您。您也可以随时补充情况。"),
    ),
    State.ANSWERED: lambda: (_("已答复"), _("请看一看答复，告诉我们解决了没有。")),
    State.CONFIRMED: lambda: (_("已解决"), _("您已确认解决。")),
    State.CLOSED: lambda: (_("已办结"), _("这件事已经答复办结。")),
    State.WITHDRAWN: lambda: (_("已撤回"), _("您撤回了这件事，我们不再办理。")),
    State.DECLINED: lambda: (_("不能受理"), _("原因和可以去哪里办，请看下面。")),
}


def status(case: Case, clocks: Iterable[Clock], *, at: datetime | None = None) -> Status:
    """Where the case stands at `at`, with the limits that still run."""
    at = at or timezone.now()
    name, meaning = STATUSES[case.state]()
    unit = unit_name(case) or _("承办单位")
    live = {clock.name: clock for clock in clocks if clock.is_live}
    expectations = []
    if case.phase == Phase.OPEN:
        if ClockName.CONTACT in live:
            expectations.append(_call(live[ClockName.CONTACT], unit, at))
        if ClockName.PROMISE in live:
            expectations.append(_promised(live[ClockName.PROMISE], unit, at))
        if ClockName.HANDLING in live:
            expectations.append(_answer(live[ClockName.HANDLING], at))
    if case.state == State.ANSWERED and ClockName.FOLLOW_UP in live:
        expectations.append(
            _("请在 {due} 前评价；没有解决的，可以要求重办一次。").format(
                due=say_time(live[ClockName.FOLLOW_UP].due_at, today=at)
            )
        )
    day = say_day(case.deferred_until) if case.deferred_until else ""
    return Status(name, meaning.format(unit=unit, day=day), expectations)


def _call(clock: Clock, unit: str, at: datetime) -> str:
    due = say_time(clock.due_at, today=at)
    if clock.is_overdue(at):
        return _(
            "对不起，本应在 {due} 前给您打电话，已经晚了 {waited}。系统正在逐级提醒上级督促。"
        ).format(due=due, waited=_minutes(clock.due_at, at))
    return _("{unit}会在 {due} 前给您打电话（还有 {left}），请留意接听。").format(
        unit=unit, due=due, left=_minutes(at, clock.due_at)
    )


def _promised(clock: Clock, unit: str, at: datetime) -> str:
    due = say_time(clock.due_at, today=at)
    if clock.is_overdue(at):
        return _("对不起，{unit}和您约好 {due} 前办好，已经晚了 {waited}，已告诉上级。").format(
            unit=unit, due=due, waited=_minutes(clock.due_at, at)
        )
    return _("{unit}和您约好 {due} 前办好。").format(unit=unit, due=due)


def _answer(clock: Clock, at: datetime) -> str:
    due = say_time(clock.due_at, today=at)
    if clock.is_overdue(at):
        return _(
            "对不起，本应在 {due} 前答复您，已经晚了 {waited}。系统正在逐级提醒上级督促。"
        ).format(due=due, waited=_minutes(clock.due_at, at))
    return _("最晚 {due} 前答复您（还有 {left}）。").format(
        due=due, left=_minutes(at, clock.due_at)
    )


def _minutes(start: datetime, end: datetime) -> str:
    """The time between, at least one minute, since “0 minutes” reads like a fault."""
    return say_waited(max(1, int((end - start).total_seconds() // 60)))
