"""Limits and ladders."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases import rules
from mashang.cases.flow import ClockName
from mashang.cases.models import LadderStep, Limit, Urgency
from mashang.configuration.access import may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.limits import (
    LadderForm,
    LimitForm,
    ladder_name,
    name_of,
    say,
    say_ladder,
)
from mashang.configuration.kinds import say_ladder_rows, say_limit_rows
from mashang.configuration.showing import lines
from mashang.core.versions import in_force
from mashang.people.actors import Staff

LIMITS, LADDERS = "settings_limits", "settings_ladders"
LIMIT_KEYS = [
    (name, urgency)
    for name, _label in rules.LIMIT_NAMES
    for urgency in (Urgency.values if name == ClockName.HANDLING else [""])
]
LADDER_KEYS = [
    (ladder, clock)
    for ladder, _label in rules.LADDERS
    for clock in ClockName
    # When the one ends the case is closed; of the other the unit above is told, and no rung.
    if clock not in (ClockName.FOLLOW_UP, ClockName.PROMISE)
]
BY_AND_BACK = ("made_by", "withdrawn_by")


@require_safe
@seen_page
def limits(request: HttpRequest, actor: Staff) -> HttpResponse:
    found = lines(Limit.objects.select_related(*BY_AND_BACK), say=say_limit_rows)
    current = {line.row.key: line for line in found.now}
    rows = []
    for name, urgency in LIMIT_KEYS:
        line = current.get((name, urgency))
        said = say(line.row) if line else ""
        rows.append((name_of(Limit(name=name, urgency=urgency)), name, urgency, line, said))
    context = {"rows": rows, "coming": found.coming, "may_change": may_change(actor)}
    return render(request, "configuration/limits.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def limit(request: HttpRequest, actor: Staff, name: str, urgency: str = "") -> HttpResponse:
    """One limit: its versions, and the next one."""
    if (name, urgency) not in LIMIT_KEYS:
        raise Http404
    known = Limit.objects.filter(name=name, urgency=urgency).select_related(*BY_AND_BACK)
    now = in_force(known, timezone.localdate()).get((name, urgency), [None])[0]
    form = LimitForm(request.POST or None, name=name, urgency=urgency, now=now)
    context = {
        "title": name_of(Limit(name=name, urgency=urgency)),
        "lines": lines(known, say=say_limit_rows),
        "kind": "limit",
        "list_url": LIMITS,
        "list_label": _("时限"),
    }
    return change(
        request, actor, form, template="configuration/one.html", context=context, back=LIMITS
    )


@require_safe
@seen_page
def ladders(request: HttpRequest, actor: Staff) -> HttpResponse:
    found = lines(LadderStep.objects.select_related(*BY_AND_BACK), say=say_ladder_rows)
    current = {line.row.key: line for line in found.now}
    rows = []
    for ladder, clock in LADDER_KEYS:
        line = current.get((ladder, clock))
        said = say_ladder(line.rows) if line else ""
        rows.append((ladder_name(ladder, clock), ladder, clock, line, said))
    context = {"rows": rows, "coming": found.coming, "may_change": may_change(actor)}
    return render(request, "configuration/ladders.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def ladder(request: HttpRequest, actor: Staff, ladder: str, clock: str) -> HttpResponse:
    """One ladder: its versions, and the next one, whole."""
    if (ladder, clock) not in LADDER_KEYS:
        raise Http404
    known = LadderStep.objects.filter(ladder=ladder, clock=clock).select_related(*BY_AND_BACK)
    now = rules.ladder(ladder, clock=clock, at=timezone.now())
    form = LadderForm(request.POST or None, ladder=ladder, clock=clock, now=now)
    context = {
        "title": ladder_name(ladder, clock),
        "lines": lines(known, say=say_ladder_rows),
        "kind": "ladder",
        "list_url": LADDERS,
        "list_label": pgettext("settings", "逐级上报"),
    }
    return change(
        request, actor, form, template="configuration/ladder.html", context=context, back=LADDERS
    )
