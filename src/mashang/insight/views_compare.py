"""Two places or units side by side, or one in two periods."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mashang.core.database import planned_for_its_values
from mashang.insight import comparing, sheet
from mashang.insight.views_staff import asked, frame
from mashang.people.actors import Staff, signed_in


@require_safe
@signed_in
@planned_for_its_values
def compare(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`place=` or `unit=` on the left; `with=`, `name=` say what stands on the right."""
    ask = asked(request, actor)
    wanted = comparing.wanted(
        actor, request.GET, scope=ask.scope, period=ask.period, today=timezone.localdate()
    )
    if wanted is None:
        raise Http404
    found = comparing.compare(ask.scope, ask.period, wanted.scope, wanted.period)
    context = {
        **frame(actor, ask),
        "wanted": wanted,
        "wanted_key": comparing.key_of(wanted.scope),
        "choices": comparing.choices(actor, ask.scope, wanted.scope),
        "found": found,
        "sides": [Side(one, sheet.trend(one)) for one in (found.first, found.second)],
    }
    return render(request, "insight/compare.html", context)


@dataclass(frozen=True)
class Side:
    """A column of the page: what it is about, and its course over time."""

    sheet: sheet.Sheet
    trend: sheet.Trend
