"""The texts of all SMS: the product's own, and the city's over them."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mashang.configuration.access import may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.wording import WordingForm
from mashang.configuration.kinds import say_wording
from mashang.configuration.showing import lines
from mashang.core.versions import in_force
from mashang.messaging import templates, texts
from mashang.messaging.models import Template
from mashang.people.actors import Staff

LIST = "settings_wordings"
ROWS = Template.objects.select_related("made_by", "withdrawn_by")


@require_safe
@seen_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    found = lines(ROWS.all(), say=say_wording)
    current = {line.row.code: line for line in found.now if line.row.is_enabled}
    groups = []
    for title, table in (
        (_("发给居民"), texts.RESIDENT),
        (_("发给工作人员"), texts.STAFF),
        (_("在短信之外提醒工作人员"), texts.REMINDERS),
    ):
        rows = []
        for code, text in table.items():
            own = current.get(code)
            body = own.row.body if own else text.body
            sent = templates.example(code, body, host=settings.BASE_URL)
            rows.append((code, body, templates.parts(sent), own))
        groups.append((title, rows))
    context = {"groups": groups, "coming": found.coming, "may_change": may_change(actor)}
    return render(request, "configuration/wordings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def one(request: HttpRequest, actor: Staff, code: str) -> HttpResponse:
    """One text: its versions, and the next one."""
    if code not in texts.TEXTS:
        raise Http404
    known = ROWS.filter(code=code)
    now = in_force(known, timezone.localdate()).get((code,), [None])[0]
    form = WordingForm(request.POST or None, code=code, now=now)
    context = {
        "code": code,
        "text": texts.TEXTS[code],
        "allowed": form.allowed,
        "lines": lines(known, say=say_wording),
        "kind": "wording",
    }
    return change(
        request, actor, form, template="configuration/wording.html", context=context, back=LIST
    )
