"""The duty pages: rosters side by side, one unit's calendar, what is open, arranging, importing."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.core.errors import Refused
from mashang.core.excel import MEDIA_TYPE
from mashang.core.tables import BadTable
from mashang.people.actors import Staff, signed_in
from mashang.people.models import Absence, Shift, Unit
from mashang.places.models import Place, subtree
from mashang.rosters import actions, sheet
from mashang.rosters.access import arranged_by, has_duty, may_arrange, may_excuse, readable_by
from mashang.rosters.actions import NotThere
from mashang.rosters.coverage import AHEAD, WITHOUT_DUTY, holes
from mashang.rosters.forms import AbsenceForm, EndForm, PlainForm, SheetForm, ShiftForm, SwapForm
from mashang.rosters.queries import Board, current_absences, period, standing_shifts

UNITS_A_PAGE = 6  # beside each other on a screen and on a sheet of paper
LARGEST_SHEET = 2 * 1024 * 1024


# Reading ----------------------------------------------------------------------------------------


@require_safe
@signed_in
def overview(request: HttpRequest, actor: Staff) -> HttpResponse:
    """The units that this person arranges or serves in, side by side; what is open in the next
    fourteen days. `?view=`, `?day=`, `?place=`, `?name=` and `?page=` choose what is shown."""
    now = timezone.now()
    if not has_duty(actor):
        raise Http404
    units = readable_by(actor).exclude(kind__in=WITHOUT_DUTY).order_by("place_id", "code")
    arranged = list(arranged_by(actor).order_by("place_id", "code"))
    place = _place(request.GET.get("place", ""))
    name = request.GET.get("name", "").strip()[:40]
    shown = units
    if place:
        shown = shown.filter(subtree(place, field="place_id"))
    if name:
        shown = shown.filter(name__contains=name)
    page = Paginator(shown, UNITS_A_PAGE).get_page(request.GET.get("page"))
    chosen = period(
        request.GET.get("view", ""), request.GET.get("day", ""), today=timezone.localdate(now)
    )
    first, last = chosen.first, chosen.last
    if chosen.view == "month":
        first, last = chosen.day.replace(day=1), chosen.after - timedelta(days=1)
    board = Board(list(page.object_list), first, last, now)
    columns = [[(unit, cell) for cell in board.days_of(unit)] for unit in board.units]
    context = {
        "holes": holes(arranged, now, now + AHEAD),
        "arranges": bool(arranged),
        "period": chosen,
        "units": board.units,
        "rows": list(zip(*columns, strict=True)),
        "page": page,
        "places": _places(arranged),
        "place": place,
        "name": name,
        "kept": urlencode({"place": place, "name": name}) + "&",
    }
    return render(request, "rosters/overview.html", context)


def _place(written: str) -> str:
    return written if written.isascii() and written.isdigit() and len(written) <= 12 else ""


def _places(units: list[Unit]) -> list[Place]:
    """The counties and townships in which the units lie, for the choice of a part."""
    codes = {unit.place_id[:digits] for unit in units for digits in (6, 9)}
    return list(Place.objects.filter(pk__in=codes).order_by("code")) if len(units) > 1 else []


@require_safe
@signed_in
def unit_page(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """One unit's week or month; for whoever arranges it, everything to arrange it with."""
    return _unit_page(request, actor, _readable(actor, code))


def _unit_page(
    request: HttpRequest,
    actor: Staff,
    unit: Unit,
    *,
    tried: PlainForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    chosen = period(request.GET.get("view", "month"), request.GET.get("day", ""), today=today)
    board = Board([unit], chosen.first, chosen.last, now)
    cells = board.days_of(unit, shown=chosen)
    arranges = may_arrange(actor, unit)
    context: dict[str, Any] = {
        "unit": unit,
        "period": chosen,
        "weeks": [cells[start : start + 7] for start in range(0, len(cells), 7)],
        "arranges": arranges,
        "problem": problem,
    }
    if arranges:
        forms = {
            "shift_form": ShiftForm(unit),
            "swap_form": SwapForm(unit),
            "absence_form": AbsenceForm(unit=unit),
        }
        if tried is not None:
            forms[f"{tried.prefix_of_ids}_form"] = tried
        context |= forms | {
            "tried": tried.prefix_of_ids if tried else "",
            "holes": holes([unit], now, now + AHEAD),
            "shifts": standing_shifts(unit, today=today),
            "absences": current_absences(unit, now=now),
        }
    return render(request, "rosters/unit.html", context, status=status)


def _readable(actor: Staff, code: str) -> Unit:
    return get_object_or_404(readable_by(actor).select_related("parent").distinct(), code=code)


def _arranged(actor: Staff, code: str) -> Unit:
    return get_object_or_404(arranged_by(actor).select_related("parent"), code=code)


# Arranging --------------------------------------------------------------------------------------


def _try(
    request: HttpRequest, actor: Staff, unit: Unit, form: PlainForm, do: Callable[[], str]
) -> HttpResponse:
    """Do what the form says; what could not be done is said, with everything still filled in."""
    problem = _("请看标红的地方。")
    if form.is_valid():
        try:
            messages.success(request, do())
        except Refused as refusal:
            problem = str(refusal)
        except NotThere as gone:
            raise Http404 from gone
        else:
            return redirect("duty_unit", unit.code)
    return _unit_page(request, actor, unit, tried=form, problem=problem, status=422)


@require_POST
@signed_in
def add_shift(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    unit = _arranged(actor, code)
    form = ShiftForm(unit, request.POST)

    def do() -> str:
        actions.arrange(unit, form.plans(), by=actor)
        return _("已排班：{name}。").format(name=form.cleaned_data["account"].name)

    return _try(request, actor, unit, form, do)


@require_POST
@signed_in
def swap(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    unit = _arranged(actor, code)
    form = SwapForm(unit, request.POST)

    def do() -> str:
        actions.swap(unit, form.swap(), by=actor)
        return _("已换班。")

    return _try(request, actor, unit, form, do)


@require_POST
@signed_in
def add_absence(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    unit = _arranged(actor, code)
    form = AbsenceForm(request.POST, unit=unit)

    def do() -> str:
        said = form.cleaned_data
        actions.report_absence(
            said["account"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
            deputy=said["deputy"],
            by=actor,
        )
        return _("已登记离岗：{name}。").format(name=said["account"].name)

    return _try(request, actor, unit, form, do)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def shift(request: HttpRequest, actor: Staff, code: str, key: int) -> HttpResponse:
    """One row of the roster: put another in its place (`step=change`), or end it (`step=end`)."""
    unit = _arranged(actor, code)
    row = get_object_or_404(
        Shift.objects.select_related("account", "unit"), unit=unit, pk=key, withdrawn_at=None
    )
    step = request.POST.get("step", "")
    change_form = ShiftForm(unit, request.POST, shift=row) if step == "change" else None
    end_form = EndForm(request.POST) if step == "end" else None
    tried, problem = change_form or end_form, ""
    if tried is not None:
        problem = _("请看标红的地方。")
        if tried.is_valid():
            try:
                if change_form is not None:
                    _change(unit, key, change_form, by=actor)
                    messages.success(request, _("已改班。"))
                else:
                    actions.end(unit, key, by=actor, last=tried.cleaned_data["last"])
                    messages.success(request, _("已停班：{name}。").format(name=row.account.name))
                return redirect("duty_unit", unit.code)
            except Refused as refusal:
                problem = str(refusal)
            except NotThere as gone:
                raise Http404 from gone
    context = {
        "unit": unit,
        "shift": row,
        "form": change_form or ShiftForm(unit, shift=row),
        "end_form": end_form or EndForm(),
        "problem": problem,
    }
    return render(request, "rosters/shift.html", context, status=422 if problem else 200)


def _change(unit: Unit, key: int, form: ShiftForm, *, by: Staff) -> None:
    plans = form.plans()
    if len(plans) != 1:
        raise Refused(_("改班一次只能改成一班；要排几天，请另外排。"))
    actions.change(unit, key, plans[0], by=by)


@require_POST
@signed_in
def end_absence(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    absence = get_object_or_404(Absence.objects.select_related("account"), pk=key)
    if not may_excuse(actor, absence.account):
        raise Http404
    try:
        actions.end_absence(absence, by=actor)
        messages.success(request, _("已结束离岗：{name}。").format(name=absence.account.name))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    unit = arranged_by(actor).filter(code=request.POST.get("unit", "")).first()
    return redirect("duty_unit", unit.code) if unit else redirect("my_duty")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def my_duty(request: HttpRequest, actor: Staff) -> HttpResponse:
    """One's own shifts and absences; to say that one is away and who stands in."""
    if not has_duty(actor):
        raise Http404
    now = timezone.now()
    form = AbsenceForm(request.POST or None, own=actor.account)
    problem = ""
    if request.method == "POST":
        problem = _("请看标红的地方。")
        if form.is_valid():
            said = form.cleaned_data
            try:
                actions.report_absence(
                    actor.account,
                    starts_at=said["starts_at"],
                    ends_at=said["ends_at"],
                    deputy=said["deputy"],
                    by=actor,
                )
                messages.success(request, _("已登记离岗。"))
                return redirect("my_duty")
            except Refused as refusal:
                problem = str(refusal)
    today = timezone.localdate(now)
    shifts = Shift.objects.filter(account=actor.account, withdrawn_at=None)
    context = {
        "shifts": shifts.exclude(valid_to__lt=today)
        .select_related("unit", "account")
        .order_by("is_dated", "valid_from", "id"),
        "absences": Absence.objects.filter(account=actor.account, ends_at__gt=now)
        .select_related("account", "deputy")
        .order_by("starts_at"),
        "form": form,
        "problem": problem,
    }
    return render(request, "rosters/mine.html", context, status=422 if problem else 200)


# Importing --------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def import_sheet(request: HttpRequest, actor: Staff) -> HttpResponse:
    """A table of duty: first what it would change, then, with the same rows, the change."""
    if not arranged_by(actor).exists():
        raise Http404
    context: dict[str, Any] = {"form": SheetForm()}
    if request.method != "POST":
        return render(request, "rosters/import.html", context)
    try:
        if "rows" in request.POST:
            done = sheet.apply(sheet.unsigned(request.POST["rows"]), by=actor)
            said = _("已导入：新排 {made} 班，停 {ended} 班，没有变化的 {same} 班。")
            messages.success(
                request,
                said.format(made=len(done.made), ended=len(done.ended), same=done.unchanged),
            )
            return redirect("duty")
        form = SheetForm(request.POST, request.FILES)
        context["form"] = form
        if form.is_valid():
            cells = _cells(form.cleaned_data["file"])
            context |= {"proposal": sheet.propose(cells, by=actor), "rows": sheet.signed(cells)}
            return render(request, "rosters/import.html", context)
    except BadTable as refused:
        context["faults"] = refused.faults
    return render(request, "rosters/import.html", context, status=422)


def _cells(file: Any) -> list[tuple[int, dict[str, str]]]:
    if file.size > LARGEST_SHEET:
        raise BadTable([sheet.Fault(0, _("文件太大，最多 2 MB。"))])
    with tempfile.TemporaryDirectory() as folder:
        # The reader goes by the ending; of the name nothing else is used.
        path = Path(folder) / f"duty{Path(file.name).suffix.lower()[:8]}"
        path.write_bytes(file.read())
        return sheet.cells_of(path)


@require_safe
@signed_in
def sheet_template(request: HttpRequest, actor: Staff) -> HttpResponseBase:
    if not arranged_by(actor).exists():
        raise Http404
    return FileResponse(
        sheet.template(actor), as_attachment=True, filename="值班表.xlsx", content_type=MEDIA_TYPE
    )
