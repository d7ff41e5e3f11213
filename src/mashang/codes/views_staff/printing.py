"""Printing a batch: ordering, progress, files."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.codes.access import codes_page, operator_page, runs_of
from mashang.codes.forms import DESIGN_NAMES, PrintForm
from mashang.codes.models import Batch, PrintFile, RunState
from mashang.codes.posters import orders
from mashang.core.errors import Refused
from mashang.people.actors import Staff

SAMPLE = "sample"
REFRESH_SECONDS = 4


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page
def ordered(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """Order the printing of a batch, or of one sign of it to look at first."""
    found = get_object_or_404(Batch, pk=key)
    codes = orders.printable(found)
    form = PrintForm(request.POST) if request.method == "POST" else PrintForm()
    context = {"batch": found, "form": form, "count": len(codes)}
    if request.method != "POST":
        return render(request, "codes/print.html", context)
    if not form.is_valid():
        return render(request, "codes/print.html", context, status=422)
    is_sample = request.POST.get("step") == SAMPLE
    title = _("{batch}（样张）").format(batch=found.name) if is_sample else found.name
    try:
        run = orders.order_run(
            codes[:1] if is_sample else codes,
            design=form.cleaned_data["design"],
            words=form.words,
            title=title,
            batch=found,
            is_sample=is_sample,
            by=actor,
        )
    except Refused as refused:
        return render(request, "codes/print.html", context | {"problem": refused}, status=422)
    return redirect("codes_run", run.pk)


@require_safe
@codes_page
def run(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """How far an order is, and its files; the page loads itself anew while they are made."""
    found = get_object_or_404(runs_of(actor).select_related("batch", "ordered_by"), pk=key)
    files = list(found.files.defer("codes"))
    done = sum(file.signs for file in files if file.done_at)
    context = {
        "run": found,
        "design": DESIGN_NAMES.get(found.design, found.design),
        "files": files,
        "done": done,
        "share": round(100 * done / found.signs) if found.signs else 100,
        "refresh": REFRESH_SECONDS if found.is_under_way else 0,
        "may_resume": found.state in (RunState.STOPPED, RunState.FAILED),
    }
    return render(request, "codes/run.html", context)


@require_POST
@codes_page
def change_run(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """Stop an order, or go on with it."""
    found = get_object_or_404(runs_of(actor), pk=key)
    act = orders.stop_run if request.POST.get("do") == "stop" else orders.resume_run
    try:
        act(found, by=actor)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("codes_run", found.pk)


@require_safe
@codes_page
def file(request: HttpRequest, actor: Staff, key: int, number: int) -> HttpResponseBase:
    """One file of an order, for download."""
    order = get_object_or_404(runs_of(actor), pk=key)
    found = get_object_or_404(PrintFile.objects.exclude(done_at=None), run=order, number=number)
    try:
        content = orders.path_of(found).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    name = f"{order.title}-{found.number:03d}-{found.title}.pdf".replace("/", "／")
    return FileResponse(content, as_attachment=True, filename=name)
