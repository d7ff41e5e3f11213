"""What a unit asks of those above it, and their decisions."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.access import may_decide
from mashang.cases.actions import clocks
from mashang.cases.actions.notices import reach_over
from mashang.cases.actions.step import MISSING, Step, TooLate, at_once
from mashang.cases.flow import Audience, ClockName
from mashang.cases.models import Ask, AskKind, Case, Clock
from mashang.core.errors import Refused
from mashang.people.models import Unit, UnitKind
from mashang.people.queries import unit_over


def open_ask(
    step: Step,
    kind: AskKind,
    *,
    decider: Unit | None = None,
    days: int = 0,
    until: date | None = None,
) -> None:
    """Put the question to `decider`, or to the unit above; there is one open of each kind."""
    if Ask.objects.filter(case=step.case, kind=kind, decided_at=None).exists():
        raise Refused(_("已经提出过，正在等上级决定。"))
    unit = step.case.unit
    decider = decider or (unit and (unit.parent or unit))
    ask = Ask.objects.create(
        case=step.case,
        kind=kind,
        asked_by=step.account,
        asked_at=step.at,
        unit=unit,
        decider=decider,
        words=step.words,
        days=days,
        until=until,
        remind_at=_remind_at(step, kind),
    )
    _tell_decider(step, ask)


def _tell_decider(step: Step, ask: Ask) -> None:
    """Whoever is on duty for the unit that decides, but not whoever asked."""
    reach_over(step, Audience.DECIDER, ask.decider, without={ask.asked_by_id})


def _remind_at(step: Step, kind: AskKind) -> datetime:
    """When the decider is reminded: where more time is asked for, while there still is some."""
    rule = rules.limit("ask_decision", at=step.at)
    at = rules.calendar().add(step.at, rule.amount, rule.unit).at
    clock = clocks.live(step.case, ClockName.HANDLING)
    if kind in (AskKind.EXTENSION, AskKind.DEFERRAL) and clock is not None:
        at = min(at, step.at + (clock.due_at - step.at) / 2)
    return at


def _remind_decider(step: Step) -> None:
    ask = step.facts["ask"]
    asked = Ask.objects.filter(pk=ask.pk, decided_at=None, remind_at=ask.remind_at)
    if not asked.update(remind_at=None):
        raise TooLate(at_once())
    step.data["ask"] = str(ask.kind)
    step.params["unit"] = ask.unit.name if ask.unit else ""
    _tell_decider(step, ask)
    step.data["told"] = [account.pk for account in step.tell[Audience.DECIDER]]


def decide(step: Step, kind: AskKind, *, granted: bool, required: bool = True) -> Ask | None:
    """Close the open ask; None where there is none and none is `required`.

    Nobody decides what they asked for themselves, and no unit what it asked of those above.
    """
    ask = (
        Ask.objects.select_related("asked_by", "unit", "decider")
        .filter(case=step.case, kind=kind, decided_at=None)
        .first()
    )
    if ask is None:
        if required:
            raise TooLate(_("没有等待决定的请求，可能已经有人决定了。"))
        return None
    if ask.asked_by == step.account:
        raise Refused(_("不能自己决定自己提出的请求，请由另一位负责人决定。"))
    if not may_decide(step.by, ask):
        raise Refused(
            _("这个请求要由{unit}或它的上级决定。").format(
                unit=ask.decider.name if ask.decider else _("上级单位")
            )
        )
    ask.decided_at, ask.is_granted, ask.decision = step.at, granted, step.words
    ask.remind_at = None
    ask.save(update_fields=["decided_at", "is_granted", "decision", "remind_at"])
    step.tell[Audience.ASKER] = [ask.asked_by]
    return ask


def returned_before(case: Case, asks: Iterable[Ask]) -> bool:
    """Whether the handling unit's asking to return it was decided: then it asks no second time.
    `asks` are all that were made about the case."""
    return any(
        ask.kind == AskKind.RETURN
        and ask.is_granted is not None
        and ask.unit_id in (case.unit_id, None)
        for ask in asks
    )


def _ask_return(step: Step) -> None:
    """Within two working days of the order, and once a unit."""
    if returned_before(step.case, step.case.asks.all()):
        raise Refused(_("退单已经裁定过，不能再退。确有困难可以“请求支援”或“上报”。"))
    rule = rules.limit("return", at=step.at)
    order = step.case.clocks.filter(name=ClockName.ACKNOWLEDGE).order_by("-started_at").first()
    began = order.started_at if order else step.case.received_at
    if step.at > rules.calendar().add(began, rule.amount, rule.unit).at:
        raise Refused(_("已超过退单期限（{days} 个工作日）。").format(days=rule.amount))
    open_ask(step, AskKind.RETURN, decider=_who_decides_a_return(step))


def _who_decides_a_return(step: Step) -> Unit | None:
    """The unit above; of a case that another unit returned already the county's centre, after
    that the city's, whose word is the last."""
    case, unit = step.case, step.case.unit
    granted = Ask.objects.filter(case=case, kind=AskKind.RETURN, is_granted=True)
    count = granted.order_by().values("unit").distinct().count()
    if not count or unit is None or case.is_sealed:
        return None
    if count > 2:
        raise Refused(_("这件事已由市级裁定归您单位办理，不能再退。"))
    above = [unit_over(case.place_id, UnitKind.CENTRE, digits) for digits in (6, 4)[count - 1 :]]
    return next((centre for centre in above if centre is not None and centre != unit), None)


def _refuse_return(step: Step) -> None:
    decide(step, AskKind.RETURN, granted=False)
    step.changes["returns_refused"] = step.case.returns_refused + 1


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
    step.params["days"] = str(days)
    open_ask(step, AskKind.EXTENSION, days=days)


def _grant_extension(step: Step) -> None:
    ask = decide(step, AskKind.EXTENSION, granted=True)
    days = ask.days if ask else 0
    step.data["days"] = days
    step.params["days"] = str(days)


def _longer_handling(step: Step) -> list[Clock]:
    clock = clocks.live(step.case, ClockName.HANDLING)
    if clock is None:
        return []
    clocks.extend(clock, days=step.data["days"])
    return [clock]


PREPARE: dict[str, Callable[[Step], None]] = {
    "remind_decider": _remind_decider,
    "ask_return": _ask_return,
    "refuse_return": _refuse_return,
    "ask_help": lambda step: open_ask(step, AskKind.HELP),
    "give_help": lambda step: _decided(step, AskKind.HELP, granted=True),
    "ask_extension": _ask_extension,
    "grant_extension": _grant_extension,
    "refuse_extension": lambda step: _decided(step, AskKind.EXTENSION, granted=False),
    "refuse_deferral": lambda step: _decided(step, AskKind.DEFERRAL, granted=False),
}
CLOCKS: dict[str, Callable[[Step], list[Clock]]] = {"grant_extension": _longer_handling}


def _decided(step: Step, kind: AskKind, *, granted: bool) -> None:
    decide(step, kind, granted=granted)
