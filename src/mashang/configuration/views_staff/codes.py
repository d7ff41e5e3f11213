"""QR codes by batch, place and state."""

from functools import partial
from pathlib import Path

from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from mashang.codes.loading import COLUMNS, load_codes
from mashang.codes.models import Batch, Code, CodeState
from mashang.configuration.access import change_page, may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.codes import CodeForm
from mashang.configuration.forms.importing import ImportForm
from mashang.configuration.loading import Loaded
from mashang.configuration.showing import register_of
from mashang.core.ids import clean_code, is_code
from mashang.core.text import clean_line
from mashang.people.actors import Staff
from mashang.places.models import subtree

LIST = "settings_codes"
A_PAGE = 50


@require_safe
@seen_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?batch=`, `?state=` and `?find=` (a code, a place, a spot) narrow it down."""
    find, state = clean_line(request.GET.get("find", "")), request.GET.get("state", "")
    batch = request.GET.get("batch", "")
    rows = Code.objects.select_related("place", "unit", "batch")
    if find and is_code(clean_code(find)):
        rows = rows.filter(pk=clean_code(find))
    elif find:
        inside = subtree(find, field="place_id") if find.isascii() and find.isdigit() else Q()
        by_name = Q(place__full_name__contains=find) | Q(spot__contains=find)
        rows = rows.filter(inside or by_name)
    if state in CodeState:
        rows = rows.filter(state=state)
    if batch.isascii() and batch.isdigit():
        rows = rows.filter(batch=batch)
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "batches": Batch.objects.annotate(size=Count("codes")),
        "states": CodeState.choices,
        "find": find,
        "state": state,
        "batch": batch,
        "may_change": may_change(actor),
    }
    return render(request, "configuration/codes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def one(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    known = get_object_or_404(Code.objects.select_related("place", "unit", "batch"), pk=code)
    form = CodeForm(request.POST or None, code=known)
    context = {"code": known, "register": register_of(f"code:{code}")}
    return change(
        request, actor, form, template="configuration/code.html", context=context, back=LIST
    )


def _read(path: Path, *, dry_run: bool, by: models.Model | None) -> Loaded:
    """The table of `mashang load-codes`; it tells how many, not which."""
    return Loaded(load_codes(path, dry_run=dry_run))


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def imported(request: HttpRequest, actor: Staff) -> HttpResponse:
    make = partial(ImportForm, read=_read, kind="code")
    form = make(request.POST, request.FILES) if request.method == "POST" else make()
    context = {"columns": COLUMNS, "example": EXAMPLE, "back": LIST}
    return change(
        request, actor, form, template="configuration/import.html", context=context, back=LIST
    )


EXAMPLE = "地点代码,楼栋或位置,批次,批次类别\n620402004007,5号楼,2026年秋季楼栋,居民楼\n"
