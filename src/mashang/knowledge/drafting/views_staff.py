"""The page on which a person looks at what would leave, has a draft made, and takes it to the form
in which they write. Nothing is kept: what is not taken along is gone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mashang.cases.order_access import Order
from mashang.cases.order_extras import Extra
from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.knowledge.drafting import actions
from mashang.knowledge.drafting.actions import MOST_SENT, Kind


def extra(order: Order) -> Extra | None:
    """The link on the case's page."""
    return Extra(_("请机器起草"), order.url("draft")) if actions.kinds(order) else None


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, order: Order) -> HttpResponse:
    kinds = actions.kinds(order)
    if not kinds:
        raise Http404
    wanted = request.POST.get("kind", "")
    kind = Kind(wanted) if wanted in kinds else kinds[0]
    words, done, made, problem, status = "", "", "", "", 200
    try:
        if request.method == "POST":
            words = clean_text(request.POST.get("words", ""))[:MOST_SENT]
            done = clean_text(request.POST.get("done", ""))[:MOST_SENT]
            told = _("办了什么：{done}").format(done=done)
            made = actions.draft(order, kind, f"{words}\n{told}" if done else words)
        else:
            words = actions.material(order)
    except Refused as refusal:
        problem, status = str(refusal), 422
    context = {
        "order": order,
        "case": order.case,
        "kinds": kinds,
        "kind": kind,
        "words": words,
        "done": done,
        "made": made,
        "problem": problem,
        "most": MOST_SENT,
        "move_url": order.url("move", kind.move),
    }
    return render(request, "knowledge/draft.html", context, status=status)
