"""The providers of messages, and the wordings that they approved."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mashang.configuration.access import change_page, may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.providers import ApprovalForm, ProviderForm
from mashang.configuration.kinds import KINDS
from mashang.configuration.showing import lines
from mashang.core.versions import in_force
from mashang.messaging import receiving, senders, templates, texts
from mashang.messaging.models import Approval, Provider, ProviderKind, Purpose
from mashang.people.actors import Staff

LIST = "settings_providers"
ROWS = Provider.objects.select_related("made_by", "withdrawn_by")
APPROVALS = Approval.objects.select_related("made_by", "withdrawn_by")


@require_safe
@seen_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    found = lines(ROWS.all(), say=KINDS["provider"].say)
    context = {"now": found.now, "coming": found.coming, "may_change": may_change(actor)}
    return render(request, "configuration/providers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def new(request: HttpRequest, actor: Staff) -> HttpResponse:
    form = ProviderForm(request.POST or None, now=None)
    context = {"title": _("新增通道"), "list_url": LIST, "list_label": _("短信通道")}
    return change(
        request, actor, form, template="configuration/one.html", context=context, back=LIST
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def one(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """A provider: its versions, the next one, where it calls back, and its approved wordings."""
    known = ROWS.filter(code=code)
    latest = known.order_by("-valid_from", "-pk").first()
    if latest is None:
        raise Http404
    now = in_force(known, timezone.localdate()).get((code,), [latest])[0]
    form = ProviderForm(request.POST or None, code=code, now=now)
    page = "wechat_events" if now.kind == ProviderKind.WECHAT else "message_receipts"
    callback = reverse(page, args=[code, receiving.token_of(code)])
    context = {
        "provider": now,
        "lines": lines(known, say=KINDS["provider"].say),
        "kind": "provider",
        "callback": f"{settings.BASE_URL}{callback}" if may_change(actor) else "",
        "approvals": _approvals(now) if senders.needs_template(now.kind) else None,
    }
    return change(
        request, actor, form, template="configuration/provider.html", context=context, back=LIST
    )


def _approvals(provider: Provider) -> list[tuple[str, str, Approval | None]]:
    rows = Approval.objects.filter(provider=provider.code, language="zh-hans")
    found = in_force(rows, timezone.localdate())
    return [
        (code, text.body, found.get((provider.code, code, "zh-hans"), [None])[0])
        for code, text in texts.TEXTS.items()
        if not text.is_nudge
        and (provider.kind != ProviderKind.WECHAT or text.purpose == Purpose.RESIDENT)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def approval(request: HttpRequest, actor: Staff, code: str, template: str) -> HttpResponse:
    """What a provider says to one wording."""
    provider = in_force(ROWS.filter(code=code), timezone.localdate()).get((code,), [None])[0]
    if provider is None or template not in texts.TEXTS or texts.TEXTS[template].is_nudge:
        raise Http404
    known = APPROVALS.filter(provider=code, template=template, language="zh-hans")
    key = (code, template, "zh-hans")
    now = in_force(known, timezone.localdate()).get(key, [None])[0]
    form = ApprovalForm(request.POST or None, provider=provider, template=template, now=now)
    context = {
        "title": f"{provider.name} · {template}",
        "list_url": LIST,
        "list_label": _("短信通道"),
        "lines": lines(known, say=KINDS["approval"].say),
        "kind": "approval",
        "body": templates.body_of(template),
        "variables": form.variables_there_are,
    }
    return change(
        request, actor, form, template="configuration/approval.html", context=context, back=LIST
    )
