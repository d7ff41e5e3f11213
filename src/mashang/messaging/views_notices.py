"""Notices to many, for those who publish and the system operator."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.core.errors import Refused
from mashang.messaging import notices as sending
from mashang.messaging.actions import end_of_quiet
from mashang.messaging.forms_notices import NoticeForm
from mashang.messaging.models import Notice, NoticeState
from mashang.people.actors import Staff
from mashang.people.doors import only_for

SHOWN = 50
REFRESH_SECONDS = 10


@require_safe
@only_for(*sending.WRITERS)
def notices(request: HttpRequest, actor: Staff) -> HttpResponse:
    found = list(sending.visible_to(actor)[:SHOWN])
    return render(request, "messaging/notices.html", {"notices": found})


@require_http_methods(["GET", "HEAD", "POST"])
@only_for(*sending.WRITERS)
def new(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Write one; what is kept is a draft that goes to nobody before it was looked at."""
    form = NoticeForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        actor=actor,
    )
    problem = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            notice = sending.write(
                form.listed,
                title=given["title"],
                body=given["body"],
                post=form.chosen_post,
                audience=form.audience,
                per_minute=given["per_minute"],
                by=actor,
            )
            return redirect("notice", notice.pk)
        except Refused as refused:
            problem = str(refused)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "problem": problem}
    return render(request, "messaging/notice_form.html", context, status=status)


@require_safe
@only_for(*sending.WRITERS)
def one(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """A draft with what would happen; or how far it is."""
    notice = _notice(actor, key)
    context: dict[str, Any] = {"notice": notice}
    if notice.state == NoticeState.DRAFT:
        context["forecast"] = sending.forecast(notice)
    else:
        context["progress"] = sending.progress(notice)
        context["quiet_until"] = end_of_quiet(sending.TEMPLATE, timezone.now())
        if notice.state == NoticeState.RUNNING and request.GET.get("still") != "1":
            context["refresh"] = REFRESH_SECONDS
    return render(request, "messaging/notice.html", context)


ACTIONS: dict[str, tuple[Callable[..., object], Callable[[], str]]] = {
    "start": (sending.start, lambda: _("开始发了。这里会显示发到哪里。")),
    "pause": (sending.pause, lambda: _("已暂停。已经交发的会发完，其余的等您接着发。")),
    "resume": (sending.resume, lambda: _("接着发了。")),
    "stop": (sending.stop, lambda: _("已停发。没发出的都取消了。")),
    "drop": (sending.drop, lambda: _("已放弃，名单也删除了。")),
}


@require_POST
@only_for(*sending.WRITERS)
def act(request: HttpRequest, actor: Staff, key: int, action: str) -> HttpResponse:
    notice = _notice(actor, key)
    if action not in ACTIONS:
        raise Http404
    do, said = ACTIONS[action]
    try:
        do(notice, by=actor)
        messages.success(request, said())
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("notices") if action == "drop" else redirect("notice", key)


def _notice(actor: Staff, key: int) -> Notice:
    notice = sending.visible_to(actor).filter(pk=key).first()
    if notice is None:
        raise Http404
    return notice
