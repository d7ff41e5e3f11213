"""The resident's own moves: chasing, rating, having a matter taken up again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.actions.step import MISSING, Following, Step
from mashang.cases.flow import Audience, State, Tell
from mashang.cases.models import Rating, Score
from mashang.core.errors import Refused
from mashang.core.worktime import HOURS

CHASE_AGAIN_AFTER = timedelta(hours=24)


def _chase(step: Step) -> None:
    recent = step.case.entries.filter(move="chase", at__gt=step.at - CHASE_AGAIN_AFTER)
    if recent.exists():
        raise Refused(_("您今天已经催过了，经办人已经收到。明天还没有动静，可以再催。"))
    lead = step.held.get(step.case.lead_id or 0)
    if lead is not None and step.case.state == State.MERGED:
        step.following.append(Following(lead, "member_chased", {"member": step.case.number}))


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
    step.changes["reopenings"] = step.case.reopenings + 1
    begin_anew(step)


def begin_anew(step: Step) -> None:
    """What was answered and rated counts no more; a merged case goes its own way from here."""
    step.changes["answer"] = ""
    if step.case.lead_id:
        step.changes["lead"] = None
    Rating.objects.filter(case=step.case).delete()


def _days_of(rule: Any) -> int:
    return rule.amount // 24 if rule.unit == HOURS else rule.amount


PREPARE: dict[str, Callable[[Step], None]] = {
    "chase": _chase,
    "confirm": lambda step: _rate(step, solved=True),
    "dispute": lambda step: _rate(step, solved=False),
    "reopen": _reopen,
}
