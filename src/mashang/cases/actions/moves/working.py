"""The unit's own work: taking on, phoning, answering, and where a case goes."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.access import CONFIDENTIAL_KINDS
from mashang.cases.actions import clocks
from mashang.cases.actions.moves.asking import decide
from mashang.cases.actions.moves.assisting import end_assists
from mashang.cases.actions.moves.merging import pass_on
from mashang.cases.actions.step import MISSING, Step
from mashang.cases.contact import BEGINNINGS, DENIED
from mashang.cases.flow import ClockName, State
from mashang.cases.models import AskKind, Case, Clock, Urgency
from mashang.core import chain
from mashang.core.errors import Refused


def _sort(step: Step) -> None:
    """Set the urgency and the category where the move brings others than there are."""
    urgency = step.facts.get("urgency")
    step.data.pop("urgency", None)
    if urgency is not None and urgency != step.case.urgency:
        if urgency not in Urgency:
            raise Refused(_("请选择紧急程度。"))
        step.changes["urgency"] = urgency
    category = step.facts.get("category")
    if category is not None and category.pk != step.case.category_id:
        if not category.is_active:
            raise Refused(MISSING["category"]())
        step.changes["category"] = category
        step.data["category_name"] = category.name


def _categorise(step: Step) -> None:
    _sort(step)
    if "category" not in step.changes:
        raise Refused(_("已经是这个类别了。"))


def _limit_of_a_new_urgency(step: Step) -> list[Clock]:
    return clocks.limit_anew(step.case, at=step.at) if "urgency" in step.changes else []


def _contact_missed(step: Step) -> None:
    """After so many calls that nobody took, the duty to phone counts as done."""
    missed = step.case.entries.filter(move="contact_missed", seq__gt=_last_start(step.case)).count()
    if missed + 1 >= rules.limit("contact_attempts", at=step.at).amount:
        clocks.stop(step.case, (ClockName.CONTACT,), at=step.at)
        step.data["contact_done"] = True


def _last_start(case: Case) -> int:
    begun = case.entries.filter(move__in=(*BEGINNINGS, DENIED)).order_by("-seq")
    return begun.values_list("seq", flat=True).first() or 0


def _answer(step: Step) -> None:
    if clocks.live(step.case, ClockName.CONTACT) is not None:
        raise Refused(_("请先打电话联系诉求人并登记结果，再答复办结。"))
    step.changes["answer"] = step.facts["answer"]
    end_assists(step)
    step.data["answer_digest"] = chain.digest(step.facts["answer"])
    pass_on(step, "answer_merged", answer=step.facts["answer"])


def _decline(step: Step) -> None:
    pass_on(step, "decline_merged", words=step.words, channel=step.facts["channel"])


def _redispatch(step: Step) -> None:
    if step.facts["unit"] == step.case.unit:
        raise Refused(_("这件事已经在这个单位了。"))
    _call_before_it_goes(step)
    if step.case.state == State.RETURN_ASKED:
        decide(step, AskKind.RETURN, granted=True)


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


PREPARE: dict[str, Callable[[Step], None]] = {
    "dispatch": _sort,
    "acknowledge": _sort,
    "categorise": _categorise,
    "contact_missed": _contact_missed,
    "answer": _answer,
    "decline": _decline,
    "redispatch": _redispatch,
}
CLOCKS: dict[str, Callable[[Step], list[Clock]]] = {"acknowledge": _limit_of_a_new_urgency}
