"""The register of village legal guides: certificates that end, trainings, a masked phone."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mashang.audit.actions import record
from mashang.core.text import clean_line
from mashang.legal.access import guides_of, keeps_guides
from mashang.legal.forms import GuideForm, TrainingForm
from mashang.legal.models import WARN_BEFORE, Guide
from mashang.people.actors import Staff, signed_in

A_PAGE = 50


@require_safe
@signed_in
def guides(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Those of one's places, whose certificate ends first first; `q` is part of a name or place."""
    if not keeps_guides(actor):
        raise Http404
    today, typed = timezone.localdate(), clean_line(request.GET.get("q", ""))
    rows = guides_of(actor).filter(ended_on=None).select_related("place")
    ending = rows.filter(expires_on__lte=today + WARN_BEFORE)
    context = {
        "expired": ending.filter(expires_on__lt=today).count(),
        "soon": ending.filter(expires_on__gte=today).count(),
        "typed": typed,
    }
    if typed:
        rows = rows.filter(name__icontains=typed) | rows.filter(place__full_name__icontains=typed)
    rows = rows.annotate(hours=Sum("trainings__hours")).order_by("expires_on", "id")
    context["page"] = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "legal/guides.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def guide(request: HttpRequest, actor: Staff, key: int | None = None) -> HttpResponse:
    """A new guide or one of one's places: changed, trained, phoned (which is recorded)."""
    if not keeps_guides(actor):
        raise Http404
    rows = guides_of(actor).select_related("place")
    row = get_object_or_404(rows, pk=key) if key else Guide()
    does = request.POST.get("do", "") if request.method == "POST" else ""
    form = GuideForm(request.POST if does == "keep" else None, guide=row, actor=actor)
    training = TrainingForm(request.POST if does == "train" else None, prefix="t")
    shown = ""
    if does == "look" and row.pk:
        record("legal_guide", by=actor, data={"what": "looked", "row": row.name})
        shown = row.phone
    elif does == "train" and row.pk and training.is_valid():
        row.trainings.create(**training.cleaned_data)
        messages.success(request, _("已记下培训。"))
        return redirect("desk_legal_guide", row.pk)
    elif does == "keep" and form.is_valid():
        _keep(row, form.cleaned_data, by=actor)
        messages.success(request, _("已保存“{name}”。").format(name=row.name))
        return redirect("desk_legal_guides")
    context = {"row": row, "form": form, "training": training, "shown": shown}
    failed = form.errors or training.errors
    return render(request, "legal/guide.html", context, status=422 if failed else 200)


def _keep(row: Guide, given: dict[str, Any], *, by: Staff) -> None:
    what = "changed" if row.pk else "added"
    for name, value in given.items():
        setattr(row, name, value)
    with transaction.atomic():
        row.save()
        record("legal_guide", by=by, data={"what": what, "row": row.name})
