"""The outbox and the providers, for the system operator and the dispatchers."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mashang.audit.actions import record
from mashang.core.errors import Refused
from mashang.messaging import actions, desk, templates
from mashang.messaging.models import Message
from mashang.people.actors import Staff
from mashang.people.doors import holds, only_for
from mashang.people.models import Role

SEEN_BY = (Role.SYSTEM_OPERATOR, Role.DISPATCHER)


@require_safe
@only_for(*SEEN_BY)
def outbox(request: HttpRequest, actor: Staff) -> HttpResponse:
    """`?state=`, `?number=`, `?phone=`, `?template=`, `?provider=` choose, `?before=` pages."""
    search = desk.Search(request.GET)
    is_sound = search.is_valid()
    page = desk.Page([], None)
    if is_sound:
        page = desk.page(
            desk.visible_to(actor).filter(search.found), before=_number(request.GET.get("before"))
        )
    if is_sound and search.cleaned_data.get("phone"):
        record("identity_search", by=actor, data={"way": "messages", "count": len(page.lines)})
    chosen = {name: value for name in search.fields if (value := search.data.get(name, ""))}
    is_operator = holds(actor, Role.SYSTEM_OPERATOR)
    context = {
        "search": search,
        "page": page,
        "chosen": urlencode(chosen),
        "waiting": desk.waiting() if is_operator else None,
        "failed_duty": desk.failed_duty(actor),
        "may_read_replies": desk.may_read_replies(actor),
    }
    return render(request, "messaging/outbox.html", context, status=200 if is_sound else 422)


@require_safe
@only_for(*SEEN_BY)
def one(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """What became of one message; its wording with the variables' names, not their values."""
    message = _message(actor, key)
    [line] = desk.lines([message])
    context = {
        "line": line,
        "steps": desk.history(message),
        "wording": templates.described(templates.body_of(message.template, message.language)),
    }
    return render(request, "messaging/message.html", context)


@require_POST
@only_for(*SEEN_BY)
def act(request: HttpRequest, actor: Staff, key: int, action: str) -> HttpResponse:
    """Send again, or cancel."""
    message = _message(actor, key)
    if action not in ("retry", "abort"):
        raise BadRequest
    try:
        if action == "retry":
            actions.retry(message, by=actor)
            messages.success(request, _("已重新排队，马上会再发一次。"))
        else:
            actions.abort_message(message, by=actor)
            messages.success(request, _("已取消，这条短信不会再发。"))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("message", key)


@require_safe
@only_for(*SEEN_BY)
def providers(request: HttpRequest, actor: Staff) -> HttpResponse:
    """What each provider did in the last `?days=`."""
    asked = _number(request.GET.get("days"))
    days = asked if asked in desk.PERIODS else desk.PERIODS[0]
    context = {
        "figures": desk.figures(days=days),
        "days": days,
        "periods": desk.PERIODS,
        "waiting": desk.waiting(),
    }
    return render(request, "messaging/providers.html", context)


@require_safe
@only_for(Role.DISPATCHER)
def replies(request: HttpRequest, actor: Staff) -> HttpResponse:
    """SMS that belong to no case, for a person to read and file."""
    if not desk.may_read_replies(actor):
        raise Http404
    return render(request, "messaging/replies.html", {"lines": desk.unmatched_replies()})


@require_POST
@only_for(Role.DISPATCHER)
def reply_done(request: HttpRequest, actor: Staff, key: int) -> HttpResponse:
    """Take one off the list; who did it is recorded."""
    if not desk.may_read_replies(actor):
        raise Http404
    actions.settle_reply(key, by=actor)
    messages.success(request, _("已处理，不再列出。"))
    return redirect("message_replies")


def _message(actor: Staff, key: int) -> Message:
    message = desk.visible_to(actor).filter(pk=key).first()
    if message is None:
        raise Http404
    return message


def _number(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 19 else None
