"""回避: whoever has an interest in a case does not see it any more."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from mashang.cases.access import barred
from mashang.cases.actions import telling
from mashang.cases.actions.step import MISSING, NotThere, Step
from mashang.cases.flow import PHASES, Audience, Phase, Tell
from mashang.cases.models import Conflict, OrderLink
from mashang.core.errors import Refused
from mashang.people.models import Account, Unit


def _withdraw_from(step: Step) -> None:
    _bar(step, account=step.account)


def _exclude(step: Step) -> None:
    person, unit = step.facts.get("person"), step.facts.get("barred")
    if person == step.account:
        raise Refused(_("自己要回避的，请用“本人回避”。"))
    if (person is None) == (unit is None):
        raise Refused(_("请选择要回避的人或单位，一次一个。"))
    _bar(step, account=person, unit=unit)


def _bar(step: Step, *, account: Account | None = None, unit: Unit | None = None) -> None:
    case = step.case
    in_force = Conflict.objects.filter(case=case, lifted_at=None, account=account, unit=unit)
    if in_force.exists():
        raise Refused(_("已经登记过回避。"))
    Conflict.objects.create(
        case=case, account=account, unit=unit, found_by=step.account, found_at=step.at,
        words=step.words,
    )  # fmt: skip
    step.changes["has_conflicts"] = case.has_conflicts = True
    step.data["barred"] = account.name if account else unit.name if unit else ""
    out = barred(case)
    links = OrderLink.objects.filter(case=case, account__in=out, revoked_at=None)
    links.update(revoked_at=step.at)
    is_theirs = case.unit is not None and (case.unit == unit or case.assignee_id in out)
    if is_theirs and PHASES[case.state] in (Phase.OPEN, Phase.WAITING):
        _give_to_another(step, leaves_unit=case.unit == unit)


def _give_to_another(step: Step, *, leaves_unit: bool) -> None:
    """To whoever is on duty in the unit, else above it; never to whom it concerns."""
    case = step.case
    found = telling.on_call_for(case, at=step.at)
    target = found.unit if found else (case.unit.parent if leaves_unit and case.unit else None)
    if leaves_unit and target is None:
        raise Refused(_("没有别的单位可以接手。请先转派，再登记这个单位回避。"))
    step.changes["assignee"] = found.account if found else None
    if target is not None and target != case.unit:
        step.changes["unit"] = target
    if found:
        step.tell[Audience.CALLED] = [found.account]
        step.further = (Tell(Audience.CALLED, "handed_over"),)


def _readmit(step: Step) -> None:
    rows = Conflict.objects.select_related("account", "unit").filter(case=step.case, lifted_at=None)
    row = rows.filter(pk=step.facts["conflict"]).first()
    if row is None:
        raise Refused(MISSING["conflict"]())
    if row.account == step.account:
        raise NotThere
    row.lifted_at = step.at
    row.save(update_fields=["lifted_at"])
    step.data["barred"] = row.account.name if row.account else row.unit.name if row.unit else ""
    step.changes["has_conflicts"] = rows.exclude(pk=row.pk).exists()


PREPARE: dict[str, Callable[[Step], None]] = {
    "withdraw_from": _withdraw_from,
    "exclude": _exclude,
    "readmit": _readmit,
}
