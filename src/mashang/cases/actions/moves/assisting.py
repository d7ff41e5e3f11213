"""协办 and 吹哨报到: units called in to help, who is late, and what they replied.

The handling unit keeps the lead whoever comes (首接负责制); that somebody was called, came late or
never replied is kept.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.access import is_barred
from mashang.cases.actions import telling
from mashang.cases.actions.step import Step, TooLate, at_once
from mashang.cases.flow import Audience
from mashang.cases.models import Assist, AssistKind, Case
from mashang.cases.redispatching import may_be_called
from mashang.cases.wording import say_time
from mashang.core.errors import Refused
from mashang.people.actors import Staff
from mashang.people.models import Account, Post, Unit

# Steps of an assist: told that nobody came (lead, above), told that nobody replied (lead, above).
ARRIVAL, REPLY, DONE = 0, 2, 4
MOST_AT_ONCE = 10


def _after(name: str, at: datetime) -> datetime:
    rule = rules.limit(name, at=at)
    return rules.calendar().add(at, rule.amount, rule.unit).at


def _call_in(step: Step, kind: AssistKind) -> None:
    case, units = step.case, step.facts["units"]
    if case.is_sealed:
        raise Refused(_("涉及干部或单位的事项不能请别的单位协办。"))
    if not units or len(units) > MOST_AT_ONCE:
        raise Refused(_("请选择单位，一次最多 {most} 个。").format(most=MOST_AT_ONCE))
    sees_identity = bool(step.facts.get("sees_identity"))
    if sees_identity and case.is_confidential:
        raise Refused(_("诉求人要求保密，不能让协办单位联系。"))
    whistled = kind == AssistKind.WHISTLE
    arrive_due = _after("assist_arrive", step.at) if whistled else None
    due = _after("assist_reply", step.at)
    open_at = set(Assist.objects.filter(case=case, replied_at=None).values_list("unit", flat=True))
    for unit in units:
        _check(step, unit, kind)
        if unit.pk in open_at:
            raise Refused(_("{unit}已经在协办，还没有答复。").format(unit=unit.name))
    Assist.objects.bulk_create(
        Assist(
            case=case,
            unit=unit,
            kind=kind,
            sees_identity=sees_identity,
            asked_by=step.account,
            asked_at=step.at,
            words=step.words,
            arrive_due_at=arrive_due,
            due_at=due,
            next_look_at=arrive_due or due,
            step=ARRIVAL if whistled else REPLY,
        )
        for unit in units
    )
    step.changes["has_assists"] = True
    step.data |= {"units": [unit.pk for unit in units], "called": _names(units)}
    step.params["due"] = say_time(arrive_due or due, today=step.at)
    step.tell[Audience.CALLED] = [who for unit in units if (who := _on_call(step, unit))]


def _check(step: Step, unit: Unit, kind: AssistKind) -> None:
    if is_barred(unit, step.case):
        raise Refused(_("{unit}要回避这件事，不能交给它。").format(unit=unit.name))
    if not may_be_called(unit, step.case, kind):
        raise Refused(_("不能请{unit}：部门的事不往村（社区）压。").format(unit=unit.name))


def _names(units: list[Unit]) -> str:
    return "、".join(unit.name for unit in units)


def _on_call(step: Step, unit: Unit) -> Account | None:
    found = telling.on_call_for(step.case, at=step.at, unit=unit)
    return found.account if found else None


def _mine(step: Step) -> list[Assist]:
    """What this person's units were called in for and have not replied to."""
    units = [post.unit_id for post in step.by.posts]  # type: ignore[union-attr]
    rows = Assist.objects.select_related("unit", "asked_by")
    return list(rows.filter(case=step.case, unit__in=units, replied_at=None))


def not_mine(actor: Staff, case: Case) -> set[str]:
    """Which of an assisting unit's moves there is nothing left to make with."""
    if not case.has_assists:
        return {"arrive", "reply_assist"}
    units = [post.unit_id for post in actor.posts]
    asked = list(Assist.objects.filter(case=case, unit__in=units, replied_at=None))
    coming = any(a.kind == AssistKind.WHISTLE and a.arrived_at is None for a in asked)
    return ({"arrive"} if not coming else set()) | ({"reply_assist"} if not asked else set())


def _arrive(step: Step) -> None:
    coming = [assist for assist in _mine(step) if assist.arrived_at is None]
    if not coming:
        raise TooLate(_("已经报到过了。"))
    for assist in coming:
        assist.arrived_at = step.at
        assist.step, assist.next_look_at = max(assist.step, REPLY), assist.due_at
        assist.save(update_fields=["arrived_at", "step", "next_look_at"])
    step.data["called"] = _names([assist.unit for assist in coming])


def _reply(step: Step) -> None:
    asked = _mine(step)
    if not asked:
        raise TooLate(_("已经答复过了。"))
    for assist in asked:
        assist.arrived_at = assist.arrived_at or step.at
        assist.replied_at, assist.reply = step.at, step.words
        assist.step, assist.next_look_at = DONE, None
        assist.save(update_fields=["arrived_at", "replied_at", "reply", "step", "next_look_at"])
    step.data["called"] = _names([assist.unit for assist in asked])
    step.params["unit"] = asked[0].unit.name
    assignee = step.case.assignee
    askers = {assist.asked_by for assist in asked} | ({assignee} if assignee else set())
    step.tell[Audience.ASSIGNEE] = sorted(askers, key=lambda account: account.pk)


def end_assists(step: Step) -> None:
    """With the answer nobody is waited for any more; that they did not reply stays on record."""
    Assist.objects.filter(case=step.case, replied_at=None).update(next_look_at=None)


def _late(step: Step) -> None:
    """A limit has passed: first the unit's lead is told, then whoever is on duty above it."""
    given = step.facts["assist"]
    assist = Assist.objects.select_related("unit__parent").get(pk=given.pk)
    if assist.next_look_at is None or assist.next_look_at > step.at:
        raise TooLate(at_once())
    tells_lead = assist.step in (ARRIVAL, REPLY)
    told = _lead(step, assist.unit) if tells_lead else _above(step, assist.unit)
    step.tell[Audience.CALLED] = told
    step.params["unit"] = assist.unit.name
    step.data |= {
        "called": assist.unit.name,
        "late": "arrive" if assist.step < REPLY else "reply",
        "told": [account.pk for account in told],
    }
    assist.step += 1
    if assist.step == DONE:
        assist.next_look_at = None
    elif assist.step == REPLY:
        assist.next_look_at = max(assist.due_at, step.at)
    else:
        assist.next_look_at = _after("assist_climb", step.at)
    assist.save(update_fields=["step", "next_look_at"])


def _lead(step: Step, unit: Unit) -> list[Account]:
    posts = Post.objects.current().filter(unit=unit, is_lead=True).select_related("account")
    leads = list({post.account_id: post.account for post in posts}.values())
    called = None if leads else _on_call(step, unit)
    return leads or ([called] if called else [])


def _above(step: Step, unit: Unit) -> list[Account]:
    called = _on_call(step, unit.parent) if unit.parent else None
    return [called] if called else []


PREPARE: dict[str, Callable[[Step], None]] = {
    "assist": lambda step: _call_in(step, AssistKind.ASSIST),
    "whistle": lambda step: _call_in(step, AssistKind.WHISTLE),
    "arrive": _arrive,
    "reply_assist": _reply,
    "assist_late": _late,
}
