"""Saved lists: one's own and those of one's unit."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mashang.core.errors import Refused
from mashang.people.actors import Staff, signed_in
from mashang.people.models import Unit
from mashang.workbench import saved
from mashang.workbench.models import SavedView
from mashang.workbench.queues import works_on_cases


@require_safe
@signed_in
def views(request: HttpRequest, actor: Staff) -> HttpResponse:
    """All of them, to be renamed, shared, removed, or opened first."""
    if not works_on_cases(actor):
        raise Http404
    return _page(request, actor)


@require_POST
@signed_in
def keep_view(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Save the list whose address is `query`."""
    if not works_on_cases(actor):
        raise Http404
    try:
        view = saved.keep(
            actor,
            name=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
            unit=_unit(request, actor),
        )
    except Refused as refused:
        return _page(request, actor, problem=str(refused), tried=request.POST, status=422)
    if request.POST.get("is_first"):
        saved.set_first(actor, view)
    messages.success(request, _("已保存“{name}”。").format(name=view.name))
    return redirect(f"/desk?{view.query}")


@require_POST
@signed_in
def change_view(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """`do`: save, remove, first (open the desk with it) or not_first."""
    view = SavedView.objects.of(actor).filter(pk=key).first()
    if view is None:
        raise Http404
    do = request.POST.get("do", "")
    if do in ("first", "not_first"):
        saved.set_first(actor, view if do == "first" else None)
        said = _("以后打开工作台先看“{name}”。") if do == "first" else _("已取消。")
        messages.success(request, said.format(name=view.name))
        return redirect("desk_views")
    if not saved.may_change(actor, view):
        raise Http404
    if do == "remove":
        saved.remove(view)
        messages.success(request, _("已删除“{name}”。").format(name=view.name))
        return redirect("desk_views")
    try:
        saved.change(view, actor, name=request.POST.get("name", ""), unit=_unit(request, actor))
    except Refused as refused:
        return _page(request, actor, problem=str(refused), status=422)
    messages.success(request, _("已保存“{name}”。").format(name=view.name))
    return redirect("desk_views")


def _unit(request: HttpRequest, actor: Staff) -> Unit | None:
    """The unit to share with, one of the person's own."""
    chosen = request.POST.get("unit", "")
    return next((post.unit for post in actor.posts if str(post.unit_id) == chosen), None)


def _page(
    request: HttpRequest,
    actor: Staff,
    *,
    problem: str = "",
    tried: object = None,
    status: int = 200,
) -> HttpResponse:
    views = saved.views_of(actor)
    context = {
        "views": [(view, saved.may_change(actor, view)) for view in views],
        "units": list({post.unit_id: post.unit for post in actor.posts}.values()),
        "problem": problem,
        "tried": tried,
    }
    return render(request, "workbench/views.html", context, status=status)
