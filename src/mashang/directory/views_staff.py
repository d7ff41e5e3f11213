"""Keeping the services: the list, one service, and that it was checked."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.core.text import clean_line
from mashang.directory.access import kept_by, may_keep
from mashang.directory.actions import confirm, facts, keep
from mashang.directory.forms import ServiceForm
from mashang.directory.models import Service
from mashang.people.actors import Staff, signed_in

A_PAGE = 50


@require_safe
@signed_in
def services(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Those that the person keeps, what waits longest for a look first; `q` is part of a name."""
    if not may_keep(actor):
        raise Http404
    typed = clean_line(request.GET.get("q", ""))
    rows = kept_by(actor).select_related("unit", "place", "checked_by")
    if typed:
        rows = rows.filter(name__icontains=typed)
    rows = rows.order_by("-is_active", "checked_on", "id")
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "typed": typed,
        "unchecked": kept_by(actor).unchecked(timezone.localdate()).count(),
    }
    return render(request, "directory/services.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edited(request: HttpRequest, actor: Staff, key: int | None = None) -> HttpResponse:
    """A new service, or one of the person's own."""
    if not may_keep(actor):
        raise Http404
    if key is None:
        service = Service(place=next((post.place for post in actor.posts), None))
    else:
        service = get_object_or_404(kept_by(actor).select_related("unit", "place"), pk=key)
    before = facts(service) if key else None
    form = ServiceForm(
        request.POST if request.method == "POST" else None, service=service, actor=actor
    )
    if request.method == "POST" and form.is_valid():
        keep(form.filled(), by=actor, before=before)
        messages.success(request, _("已保存“{name}”，居民现在就能看到。").format(name=service.name))
        return redirect("desk_services")
    context = {"form": form, "service": service}
    return render(request, "directory/service.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def checked(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """Everything that stands on the card is still so."""
    if not may_keep(actor):
        raise Http404
    service = get_object_or_404(kept_by(actor), pk=key)
    confirm(service, by=actor)
    messages.success(request, _("已记下：“{name}”今天核对过。").format(name=service.name))
    return redirect("desk_services")
