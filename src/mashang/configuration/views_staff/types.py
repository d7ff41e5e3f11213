"""Types of matters and their forms."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases.models import CaseType
from mashang.configuration.access import may_change, seen_page
from mashang.configuration.changing import change
from mashang.configuration.forms.types import TypeForm
from mashang.configuration.kinds import say_type
from mashang.configuration.showing import lines
from mashang.core.versions import in_force
from mashang.people.actors import Staff

LIST = "settings_types"
ROWS = CaseType.objects.select_related("default_category", "made_by", "withdrawn_by")


@require_safe
@seen_page
def listed(request: HttpRequest, actor: Staff) -> HttpResponse:
    found = lines(ROWS.all(), say=say_type)
    context = {"now": found.now, "coming": found.coming, "may_change": may_change(actor)}
    return render(request, "configuration/types.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_page
def one(request: HttpRequest, actor: Staff, code: str = "") -> HttpResponse:
    """A new type, or all versions of one and its next version."""
    now, history = None, None
    if code:
        known = ROWS.filter(code=code)
        newest = get_object_or_404(known.order_by("-valid_from", "-pk")[:1])
        now = in_force(known, timezone.localdate()).get((code,), [newest])[0]
        history = lines(known, say=say_type)
    form = TypeForm(request.POST or None, now=now)
    context = {"type": now, "lines": history, "kind": "type"}
    return change(
        request, actor, form, template="configuration/type.html", context=context, back=LIST
    )
