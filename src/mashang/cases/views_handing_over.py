"""Handing over: who leaves or has left, to whom their open cases go; closed units and theirs.

Nothing is done before it was shown: the first press counts, the second does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases.actions.handing_over import Summary, hand_over, hand_over_case, move_unit
from mashang.cases.flow import ClockName
from mashang.cases.handing_over import (
    emptied_units,
    handable_by,
    hands_over,
    holdings,
    successors,
    units_to_take,
)
from mashang.cases.models import Case
from mashang.cases.wording import say_time
from mashang.people.actors import Staff, signed_in
from mashang.people.models import Account, Unit

A_PAGE = 50
# Each case has two fields of its own, and a form carries a hundred.
AT_ONCE = 45
UNITS_SHOWN = 40
LIMITS = (ClockName.CONTACT, ClockName.ACKNOWLEDGE, ClockName.HANDLING)


@dataclass(frozen=True)
class Line:
    """An open case of the list, with its nearest limit and the person chosen for it."""

    case: Case
    chosen: str
    now: datetime

    @property
    def due(self) -> str:
        due_at = self.case.due_at  # type: ignore[attr-defined]
        return say_time(due_at, today=self.now) if due_at else ""

    @property
    def is_overdue(self) -> bool:
        due_at = self.case.due_at  # type: ignore[attr-defined]
        return due_at is not None and due_at < self.now


@signed_in
@require_safe
def overview(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Who has open cases here, whoever leaves first; closed units that still have some."""
    _only_for(actor)
    name = request.GET.get("name", "").strip()[:40]
    rows = holdings(actor)
    if name:
        rows = [
            row
            for row in rows
            if name in row.unit.name or (row.account is not None and name in row.account.name)
        ]
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "name": name,
        "leaving": sum(row.is_leaving for row in rows),
        "emptied": emptied_units(actor),
    }
    return render(request, "cases/hand_over.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, actor: Staff, code: str, key: int) -> HttpResponse:
    """One person's open cases at one unit (`key` 0: those that nobody has), and whom to give
    them; `step=look` counts, `step=do` does it."""
    _only_for(actor)
    unit = get_object_or_404(Unit, code=code)
    account = get_object_or_404(Account, pk=key) if key else None
    cases = handable_by(actor).filter(unit=unit, assignee=account)
    choices = list(successors(unit, leaving=account).order_by("name"))
    sent = request.POST if request.method == "POST" else request.GET
    lines = _lines(cases, {name: str(value) for name, value in sent.items()})
    # Somebody of whom the person knows nothing is not there; neither is who has nothing left,
    # but for the answer to the press that took the last one.
    if not lines and request.method != "POST":
        raise Http404
    context = {
        "account": account,
        "unit": unit,
        "lines": lines,
        "count": cases.count(),
        "choices": choices,
        "to": sent.get("to", ""),
    }
    step = request.POST.get("step", "")
    if request.method == "POST" and step in ("look", "do"):
        only = _keys(request.POST.getlist("case"))
        by_key = {str(choice.pk): choice for choice in choices}
        to = by_key.get(sent.get("to", ""))
        chosen = {
            case: by_key[wanted]
            for case in only
            if (wanted := request.POST.get(f"to-{case}", "")) in by_key
        }
        is_done = step == "do"
        if account is None:
            results = [
                hand_over_case(
                    case, by=actor, leaving=None, to=chosen.get(case, to), dry_run=not is_done
                )
                for case in only
            ]
            summary = Summary([result for result in results if result])
        else:
            summary = hand_over(
                account, unit, by=actor, to=to, chosen=chosen, only=only, dry_run=not is_done
            )
        context |= {"summary": summary, "is_done": is_done, "left": cases.count()}
        return render(request, "cases/hand_over_result.html", context)
    return render(request, "cases/hand_over_person.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """All open cases of a closed or merged unit, and the unit that takes its place."""
    _only_for(actor)
    source = get_object_or_404(Unit, code=code)
    cases = handable_by(actor).filter(unit=source)
    count = cases.count()
    if not count and request.method != "POST":
        raise Http404
    sent = request.POST if request.method == "POST" else request.GET
    name = sent.get("name", "").strip()[:40]
    units = units_to_take(actor, source).select_related("place").order_by("code")
    near = Q(place__code__startswith=source.place_id[:9]) | Q(pk=source.parent_id)
    choices = list(units.filter(Q(name__contains=name) if name else near)[:UNITS_SHOWN])
    to = units.filter(code=sent.get("to", "")).first()
    context = {
        "unit": source,
        "count": count,
        "choices": choices,
        "name": name,
        "to": to,
        "problem": "",
    }
    step = request.POST.get("step", "")
    if request.method == "POST" and step in ("look", "do"):
        if to is None:
            context["problem"] = _("请选择接收的单位。")
            return render(request, "cases/hand_over_unit.html", context, status=422)
        summary = move_unit(source, to, by=actor, dry_run=step == "look")
        context |= {"summary": summary, "is_done": step == "do", "left": cases.count()}
        return render(request, "cases/hand_over_result.html", context)
    return render(request, "cases/hand_over_unit.html", context)


def _only_for(actor: Staff) -> None:
    if not hands_over(actor):
        raise Http404


def _lines(cases: QuerySet[Case], sent: dict[str, str]) -> list[Line]:
    """The cases, those due soonest first, as many as one form carries."""
    rows = cases.select_related("place").order_by(F("due_at").asc(nulls_last=True), "pk")
    now = timezone.now()
    return [Line(case, sent.get(f"to-{case.pk}", ""), now) for case in rows[:AT_ONCE]]


def _keys(sent: Sequence[str]) -> list[int]:
    return [int(key) for key in sent if key.isascii() and key.isdigit() and len(key) < 19]
