"""A move for the cases that were ticked: what it would do, then what it did."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.people.actors import Staff, signed_in
from mashang.workbench import bulk
from mashang.workbench.bulk import MANY, BulkForm, Many, Outcome


@require_POST
@signed_in
def many_moves(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`move` and the ticked cases from a list; then the facts and `step`: check, do.

    A case is sent as `key:version`, so that a second click does nothing a second time.
    """
    many = MANY.get(request.POST.get("move", ""))
    if many is None or many not in bulk.offered(actor):
        raise Http404
    seen = _seen(request)
    back = _back(request)
    if not seen:
        messages.warning(request, _("请先勾选要办的事项。"))
        return redirect(back)
    if len(seen) > bulk.MOST:
        messages.warning(request, _("一次最多办 {most} 件。").format(most=bulk.MOST))
        return redirect(back)
    cases = bulk.chosen(actor, seen)
    page = _Page(request, many, cases, seen, back)
    step = request.POST.get("step", "" if many.fields else "check")
    if not step:
        return page.show(BulkForm(many, actor, cases, None))
    form = BulkForm(many, actor, cases, request.POST)
    if not form.is_valid():
        return page.show(form, problem=_("请看标红的地方。"), status=422)
    try:
        facts = form.facts()
    except Refused as refused:
        return page.show(form, problem=str(refused), status=422)
    outcomes = bulk.run(many, actor, cases, facts, seen=seen, is_dry=step != "do")
    return page.show(form, outcomes=outcomes, is_done=step == "do")


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours and wanted.startswith("/desk") else "/desk"


@dataclass(frozen=True)
class _Page:
    request: HttpRequest
    many: Many
    cases: Sequence[Case]
    seen: dict[int, int]
    back: str

    def show(
        self, form: BulkForm, *, problem: str = "", outcomes: Sequence[Outcome] = (),
        is_done: bool = False, status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        context = {
            "many": self.many,
            "form": form,
            "cases": self.cases,
            "sent": ",".join(f"{key}:{version}" for key, version in self.seen.items()),
            "missing": len(self.seen) - len(self.cases),
            "back": self.back,
            "problem": problem,
            "is_checked": bool(outcomes),
            "is_done": is_done,
            "can": [outcome for outcome in outcomes if outcome.is_done],
            "cannot": [outcome for outcome in outcomes if not outcome.is_done],
        }
        return render(self.request, "workbench/bulk.html", context, status=status)


def _seen(request: HttpRequest) -> dict[int, int]:
    """What was ticked: the version that the person saw, by key; each field may hold several."""
    sent = ",".join(request.POST.getlist("case")).split(",")
    pairs = (each.partition(":") for each in sent)
    return {
        int(key): int(version)
        for key, _colon, version in pairs
        if key.isdecimal() and version.isdecimal() and len(key) < 19
    }
