"""The pages of figures: one place or unit, the cases behind a number, what each figure means."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mashang.core.database import planned_for_its_values
from mashang.core.middleware import policy
from mashang.insight import behind, charts, keeping, mapping, periods, scopes, sheet, wall
from mashang.insight.definitions import BASES, DURATIONS, FIGURES, Basis
from mashang.insight.periods import NAMED, Period
from mashang.insight.scopes import Scope
from mashang.people.actors import Staff, signed_in

THAN = {"before": lambda period: period.before, "year": lambda period: period.year_before}


@dataclass(frozen=True)
class Asked:
    """What an address asks for, within what the person may read."""

    scope: Scope
    chosen: periods.Chosen
    than: str

    @property
    def period(self) -> Period:
        return self.chosen.period

    @property
    def compared(self) -> Period | None:
        return THAN[self.than](self.period) if self.than in THAN else None


def asked(request: HttpRequest, actor: Staff, *, usual: str = periods.USUAL) -> Asked:
    """`place=` or `unit=`, `period=` or `from=` and `to=`, `than=`; 404 where it is not theirs."""
    query = request.GET
    scope = scopes.find_scope(actor, place=query.get("place", ""), unit=query.get("unit", ""))
    if scope is None:
        raise Http404
    chosen = periods.read(query, today=timezone.localdate(), usual=usual)
    return Asked(scope, chosen, query.get("than", "before"))


def frame(actor: Staff, ask: Asked) -> dict[str, object]:
    """What every page of figures shows around its own."""
    return {
        "scope": ask.scope,
        "way": scopes.way_to(actor, ask.scope),
        "units": scopes.own_units(actor),
        "period": ask.period,
        "chosen": ask.chosen,
        "than": ask.than,
        "named": [(name, label) for name, (label, _of) in NAMED.items()],
        "waiting": keeping.waiting(),
    }


@require_safe
@signed_in
@planned_for_its_values
def figures(request: HttpRequest, actor: Staff) -> HttpResponse:
    """One place or unit in one period, compared to another."""
    ask = asked(request, actor)
    shown = sheet.read(ask.scope, ask.period, than=ask.compared)
    states = sheet.in_hand(ask.scope)
    context = {
        **frame(actor, ask),
        "sheet": shown,
        "states": [
            (name, label, n, shown.behind.url("in_hand", state=name)) for name, label, n in states
        ],
        "in_hand": sum(number for _name, _label, number in states),
        "late": sheet.overdue(ask.scope),
        "late_url": shown.behind.url("in_hand_late"),
        "in_hand_url": shown.behind.url("in_hand"),
        "below": sheet.below(ask.scope, ask.period),
        "trend": sheet.trend(shown),
        "heat": charts.heat(
            [(behind.WEEKDAYS[day](), cells) for day, cells in shown.hours],
            title=_("按星期和钟点，收到的件数"),
        ),
    }
    return render(request, "insight/figures.html", context)


@require_safe
@signed_in
@planned_for_its_values
def on_a_map(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The places below by how many came in: the schematic, and above it a map where a key is set.
    Only then may this one page show pictures of 天地图."""
    ask = asked(request, actor)
    if ask.scope.place is None or not ask.scope.digits:
        raise Http404
    rows = sheet.below(ask.scope, ask.period)
    title = _("{place}各地收到的件数").format(place=ask.scope.name)
    drawn = mapping.draw(rows, title=title)
    context = {
        **frame(actor, ask),
        "below": rows,
        "most": max((row.counts["received"] for row in rows), default=0),
        "map": drawn,
        "schematic": wall.schematic(ask.scope, ask.period, title=title),
        "unplaced": [row.place for row in rows if row.place.longitude is None] if drawn else [],
    }
    response = render(request, "insight/map.html", context)
    if drawn:
        response.headers["Content-Security-Policy"] = policy(img=mapping.HOST)
    return response


@require_safe
@signed_in
@planned_for_its_values
def cases(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The cases behind one number; `part=` names it."""
    ask = asked(request, actor)
    more = behind.narrowings(request.GET)
    after = request.GET.get("after", "")
    if more is None or (after and not (after.isdecimal() and len(after) < 19)):
        raise Http404
    listed = behind.behind(
        actor,
        request.GET.get("part", ""),
        ask.scope,
        ask.period,
        more=more,
        after=int(after) if after else None,
    )
    if listed is None:
        raise Http404
    query = request.GET.copy()
    query.pop("after", None)
    context = {
        **frame(actor, ask),
        "listed": listed,
        "basis": BASES[listed.part.basis],
        "is_now": listed.part.basis == Basis.STOCK,
        "more": [each.said for each in more],
        "here": query.urlencode(),
    }
    return render(request, "insight/cases.html", context)


@require_safe
@signed_in
def definitions(request: HttpRequest, actor: Staff) -> HttpResponse:
    """What each figure counts, over which cases, and what it leaves out."""
    if not scopes.reads_figures(actor):
        raise Http404
    groups = [
        (label, [each for each in FIGURES.values() if each.basis == basis])
        for basis, label in BASES.items()
    ]
    context = {"groups": groups, "durations": DURATIONS.values()}
    return render(request, "insight/definitions.html", context)
