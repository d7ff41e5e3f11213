"""`advance`: the only function that changes a case's state.

In one transaction and under the case's lock: may this actor make this move from here, are all
facts present, then the entry, the clocks and the messages.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import flow, rules
from mashang.cases.access import CONFIDENTIAL_KINDS, SEALED_KINDS, accused_scope, relations
from mashang.cases.actions import clocks, entries, telling
from mashang.cases.flow import MOVES, Audience, ClockName, Move, Phase, State, Tell
from mashang.cases.models import Ask, AskKind, Case, Clock, Entry, Rating, Requester, Score, Urgency
from mashang.cases.wording import say_time
from mashang.core import chain
from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.core.worktime import HOURS
from mashang.messaging.actions import Draft, queue
from mashang.people.actors import Actor, Staff
from mashang.people.models import Account, Unit

WORDS_LIMIT = 2000
CHASE_AGAIN_AFTER = timedelta(hours=24)


class NotThere(Exception):
    """The case does not exist for this actor; answered as any address that does not exist."""


class TooLate(Refused):
    """The case has moved on since the person looked at it."""


@dataclass
class Step:
    """A move being made: what was given, and what it will change and record."""

    case: Case
    move: Move
    by: Actor
    at: datetime
    facts: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    asker: Account | None = None
    days: int = 0
    further: tuple[Tell, ...] = ()

    @property
    def words(self) -> str:
        return str(self.facts.get("words", ""))

    @property
    def account(self) -> Account:
        if not isinstance(self.by, Staff):
            raise NotThere
        return self.by.account


def advance(
    case: Case, move_name: str, *, by: Actor, at: datetime | None = None, **facts: Any
) -> Entry:
    """Make a move; `facts` are what the flow says it needs, and what it carries.

    Returns the entry. Raises NotThere (no business with the case), TooLate (it has moved on),
    Refused (a rule says no; the text tells the person what to do). Nothing is written then.
    """
    at = at or timezone.now()
    move = MOVES[move_name]
    with transaction.atomic():
        locked = lock(case.pk)
        if locked is None or not relations(by, locked) & move.who:
            raise NotThere
        if locked.state not in move.start:
            raise TooLate(_too_late(locked))
        step = Step(locked, move, by, at, _checked(move, facts))
        return _make(step)


def lock(pk: int) -> Case | None:
    """The case as it is now, held until the transaction ends."""
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("place", "unit__parent", "assignee")
        .filter(pk=pk)
        .first()
    )


def _too_late(case: Case) -> str:
    last = case.entries.filter(seq__gt=1).exclude(move="look").order_by("-seq").first()
    if last is None:
        return _("这件事现在不能这样办。请刷新页面再看。")
    label = MOVES[last.move].label
    return _("刚才 {time} 已经有人办了“{move}”，您这一步没有再做。请刷新页面再看。").format(
        time=say_time(last.at), move=label
    )


def _checked(move: Move, facts: dict[str, Any]) -> dict[str, Any]:
    """Only the facts the move knows, cleaned; Refused where one is missing."""
    known = {*move.needs, *move.carries}
    unknown = facts.keys() - known
    if unknown:
        raise ValueError(f"{move.name} takes no {', '.join(sorted(unknown))}")
    kept: dict[str, Any] = {}
    for name in known:
        value = facts.get(name)
        if isinstance(value, str):
            value = clean_text(value)
            if len(value) > WORDS_LIMIT:
                raise Refused(_("写得太长了，请控制在 2000 字以内。"))
        if value in (None, "") and name in move.needs:
            raise Refused(MISSING[name]())
        if value not in (None, ""):
            kept[name] = value
    return kept


MISSING: dict[str, Callable[[], str]] = {
    "words": lambda: _("请写几句说明。"),
    "answer": lambda: _("请写给诉求人看的答复。"),
    "unit": lambda: _("请选择单位。"),
    "days": lambda: _("请写需要延长几个工作日。"),
    "score": lambda: _("请选择满意、基本满意或不满意。"),
    "what": lambda: _("请说明查看什么。"),
    "outcome": lambda: _("请选择回访结果。"),
    "channel": lambda: _("请写明可以通过什么合法渠道解决。"),
}


def _make(step: Step) -> Entry:
    case, move = step.case, step.move
    for name, value in step.facts.items():
        if name != "unit":
            step.data[name] = value
    if move.to is not None:
        step.changes |= {"state": move.to, "phase": flow.PHASES[move.to]}
        done = flow.PHASES[move.to] in (Phase.DONE, Phase.DROPPED)
        if done and case.closed_at is None:
            step.changes["closed_at"] = step.at
        elif not done and case.closed_at is not None:
            step.changes["closed_at"] = None
    if move.name in PREPARE:
        PREPARE[move.name](step)
    _choose_unit(step)
    assignee = _assign(step)

    clocks.stop(case, move.stops, at=step.at)
    if move.pauses:
        clocks.pause(case, at=step.at)
    # A clock started by this move counts the urgency that the move sets.
    case.urgency = step.changes.get("urgency", case.urgency)
    changed = clocks.start(case, move.starts, at=step.at)
    if move.resumes:
        changed += clocks.resume(case, at=step.at)
    if move.name in CLOCKS:
        changed += CLOCKS[move.name](step)
    if changed:
        step.data["clocks"] = clocks.described(changed)
    entry = entries.record(
        case, move=move.name, by=step.by, at=step.at, data=step.data, **step.changes
    )
    queue(_drafts(step, entry, assignee))
    return entry


def _choose_unit(step: Step) -> None:
    """Where the case goes, if it goes; a sealed one never to whom it may concern."""
    case, unit = step.case, None
    if step.move.unit == "chosen":
        unit = step.facts["unit"]
        if not isinstance(unit, Unit) or not unit.is_active:
            raise Refused(MISSING["unit"]())
    elif step.move.unit == "above":
        unit = case.unit.parent if case.unit else None
        if unit is None:
            raise Refused(_("上面没有单位可以上报了。"))
    if unit is None:
        return
    if case.is_sealed and (
        unit.kind not in SEALED_KINDS or unit.place_id.startswith(accused_scope(case))
    ):
        raise Refused(_("涉及干部或单位的事项只能交给上级督查岗。"))
    step.changes["unit"] = unit
    step.data["unit"] = unit.pk
    step.data["unit_name"] = unit.name


def _assign(step: Step) -> Account | None:
    """Who is on duty for the unit, where the move tells them; else whoever has the case."""
    if not any(tell.audience == Audience.ON_CALL for tell in step.move.tells):
        return step.case.assignee
    unit = step.changes.get("unit", step.case.unit)
    found = telling.on_call(unit, at=step.at)
    account = found.account if found else None
    step.changes["assignee"] = account
    step.data["assignee"] = account.pk if account else None
    return account


def _drafts(step: Step, entry: Entry, assignee: Account | None) -> list[Draft]:
    case, occasion = step.case, str(entry.seq)
    due = telling.contact_due(case, Clock.objects.filter(case=case, stopped_at=None))
    requester = None
    staff: list[telling.ToStaff] = []
    drafts: list[Draft] = []
    for tell in (*step.move.tells, *step.further):
        if tell.audience == Audience.REQUESTER:
            requester = requester or Requester.objects.filter(case=case).first()
            drafts += telling.requester_draft(
                case,
                requester,
                tell.template,
                occasion=occasion,
                unit=case.unit.name if case.unit else "",
                due=say_time(due, today=step.at) if due else "",
                days=str(step.days),
            )
            continue
        account = assignee
        if tell.audience == Audience.ABOVE:
            found = telling.on_call(case.unit and (case.unit.parent or case.unit), at=step.at)
            account = found.account if found else None
        elif tell.audience == Audience.ASKER:
            account = step.asker
        if account is not None:
            staff.append(
                telling.ToStaff(
                    case, account, tell.template, occasion, step.at, due=due,
                    more={"unit": case.unit.name if case.unit else "", "days": str(step.days)},
                )
            )  # fmt: skip
    return drafts + (telling.staff_drafts(staff, at=step.at) if staff else [])


# What single moves add to the rule in the table ------------------------------------------------


def _acknowledge(step: Step) -> None:
    urgency = step.facts.get("urgency")
    if urgency is None or urgency == step.case.urgency:
        step.data.pop("urgency", None)
        return
    if urgency not in Urgency:
        raise Refused(_("请选择紧急程度。"))
    step.changes["urgency"] = urgency


def _acknowledge_clocks(step: Step) -> list[Clock]:
    return clocks.limit_anew(step.case, at=step.at) if "urgency" in step.changes else []


def _contact_missed(step: Step) -> None:
    """After so many calls that nobody took, the duty to phone counts as done."""
    missed = step.case.entries.filter(move="contact_missed", seq__gt=_last_start(step.case)).count()
    if missed + 1 >= rules.limit("contact_attempts", at=step.at).amount:
        clocks.stop(step.case, (ClockName.CONTACT,), at=step.at)
        step.data["contact_done"] = True


def _last_start(case: Case) -> int:
    last = case.entries.filter(move="reopen").order_by("-seq").values_list("seq", flat=True).first()
    return last or 0


def _answer(step: Step) -> None:
    if clocks.live(step.case, ClockName.CONTACT) is not None:
        raise Refused(_("请先打电话联系诉求人并登记结果，再答复办结。"))
    step.changes["answer"] = step.facts["answer"]
    step.data["answer_digest"] = chain.digest(step.facts["answer"])


def _open_ask(step: Step, kind: AskKind, *, days: int = 0) -> None:
    if Ask.objects.filter(case=step.case, kind=kind, decided_at=None).exists():
        raise Refused(_("已经提出过，正在等上级决定。"))
    Ask.objects.create(
        case=step.case,
        kind=kind,
        asked_by=step.account,
        asked_at=step.at,
        words=step.words,
        days=days,
    )


def _decide_ask(step: Step, kind: AskKind, *, granted: bool, required: bool = True) -> Ask | None:
    ask = Ask.objects.filter(case=step.case, kind=kind, decided_at=None).first()
    if ask is None:
        if required:
            raise TooLate(_("没有等待决定的请求，可能已经有人决定了。"))
        return None
    if ask.asked_by == step.account:
        raise Refused(_("不能自己决定自己提出的请求，请由另一位负责人决定。"))
    ask.decided_at, ask.is_granted, ask.decision = step.at, granted, step.words
    ask.save(update_fields=["decided_at", "is_granted", "decision"])
    step.asker = ask.asked_by
    return ask


def _ask_return(step: Step) -> None:
    """Within two working days of the order, and never a second time after a decision."""
    if step.case.returns_refused:
        raise Refused(_("退单已经裁定过，不能再退。确有困难可以“请求支援”或“上报”。"))
    rule = rules.limit("return", at=step.at)
    order = step.case.clocks.filter(name=ClockName.ACKNOWLEDGE).order_by("-started_at").first()
    began = order.started_at if order else step.case.received_at
    if step.at > rules.calendar().add(began, rule.amount, rule.unit).at:
        raise Refused(_("已超过退单期限（{days} 个工作日）。").format(days=rule.amount))
    _open_ask(step, AskKind.RETURN)


def _refuse_return(step: Step) -> None:
    _decide_ask(step, AskKind.RETURN, granted=False)
    step.changes["returns_refused"] = step.case.returns_refused + 1


def _redispatch(step: Step) -> None:
    if step.facts["unit"] == step.case.unit:
        raise Refused(_("这件事已经在这个单位了。"))
    _call_before_it_goes(step)
    if step.case.state == State.RETURN_ASKED:
        _decide_ask(step, AskKind.RETURN, granted=True)


def _call_before_it_goes(step: Step) -> None:
    """Who keeps a confidential identity is the only one who can call; so the call comes first."""
    case = step.case
    if (
        case.is_confidential
        and not case.is_sealed
        and step.facts["unit"].kind not in CONFIDENTIAL_KINDS
        and clocks.live(case, ClockName.CONTACT) is not None
    ):
        raise Refused(_("保密件转给别的单位后，那里看不到电话。请先给诉求人回电，再转派。"))


def _ask_extension(step: Step) -> None:
    """Before the limit has passed, and no more than the city allows in all."""
    try:
        days = int(step.facts["days"])
    except (TypeError, ValueError):
        raise Refused(MISSING["days"]()) from None
    clock = clocks.live(step.case, ClockName.HANDLING)
    if clock is None or clock.is_overdue(step.at):
        raise Refused(_("期限已过，不能再申请延期。"))
    most = rules.limit("extension", at=step.at).amount
    granted = Ask.objects.filter(case=step.case, kind=AskKind.EXTENSION, is_granted=True)
    used = sum(granted.values_list("days", flat=True))
    if not 1 <= days <= most - used:
        raise Refused(_("延期最多 {most} 个工作日，已用 {used} 个。").format(most=most, used=used))
    step.data["days"] = days
    _open_ask(step, AskKind.EXTENSION, days=days)


def _grant_extension(step: Step) -> None:
    ask = _decide_ask(step, AskKind.EXTENSION, granted=True)
    step.days = ask.days if ask else 0
    step.data["days"] = step.days


def _grant_extension_clocks(step: Step) -> list[Clock]:
    clock = clocks.live(step.case, ClockName.HANDLING)
    if clock is None:
        return []
    clocks.extend(clock, days=step.days)
    return [clock]


def _refuse_extension(step: Step) -> None:
    _decide_ask(step, AskKind.EXTENSION, granted=False)


def _give_help(step: Step) -> None:
    _decide_ask(step, AskKind.HELP, granted=True)


def _chase(step: Step) -> None:
    recent = step.case.entries.filter(move="chase", at__gt=step.at - CHASE_AGAIN_AFTER)
    if recent.exists():
        raise Refused(_("您今天已经催过了，经办人已经收到。明天还没有动静，可以再催。"))


def _rate(step: Step, *, solved: bool) -> None:
    if step.facts["score"] not in Score:
        raise Refused(MISSING["score"]())
    Rating.objects.update_or_create(
        case=step.case,
        defaults={
            "is_solved": solved,
            "score": step.facts["score"],
            "words": step.words,
            "rated_at": step.at,
        },
    )
    if solved and step.facts["score"] == Score.DISSATISFIED:
        step.further = (Tell(Audience.ABOVE, "dissatisfied"),)


def _reopen(step: Step) -> None:
    """Once, within the days that the city allows after the answer."""
    if step.case.reopenings:
        raise Refused(
            _("这件事已经重办过一次。还没有解决的，请评价“没有解决”，上级单位会收到提醒。")
        )
    rule = rules.limit("follow_up", at=step.at)
    if step.case.closed_at is None or step.at > (
        rules.calendar().add(step.case.closed_at, rule.amount, rule.unit).at
    ):
        raise Refused(
            _("答复已经超过 {days} 天，不能再要求重办。还没有解决的，请重新反映。").format(
                days=_days_of(rule)
            )
        )
    step.changes |= {"reopenings": step.case.reopenings + 1, "answer": ""}
    Rating.objects.filter(case=step.case).delete()


def _days_of(rule: Any) -> int:
    return rule.amount // 24 if rule.unit == HOURS else rule.amount


PREPARE: dict[str, Callable[[Step], None]] = {
    "acknowledge": _acknowledge,
    "contact_missed": _contact_missed,
    "answer": _answer,
    "ask_return": _ask_return,
    "refuse_return": _refuse_return,
    "redispatch": _redispatch,
    "ask_help": lambda step: _open_ask(step, AskKind.HELP),
    "give_help": _give_help,
    "ask_extension": _ask_extension,
    "grant_extension": _grant_extension,
    "refuse_extension": _refuse_extension,
    "chase": _chase,
    "confirm": lambda step: _rate(step, solved=True),
    "dispute": lambda step: _rate(step, solved=False),
    "reopen": _reopen,
}
CLOCKS: dict[str, Callable[[Step], list[Clock]]] = {
    "acknowledge": _acknowledge_clocks,
    "grant_extension": _grant_extension_clocks,
}
