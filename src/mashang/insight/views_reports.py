"""Reports: ordering, watching them being made, downloading; subscribing by mail."""

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mashang.core.errors import Refused
from mashang.insight.models import Every, Form, ReportState, Subscription
from mashang.insight.reports import orders
from mashang.insight.reports.files import MEDIA
from mashang.insight.views_staff import Asked, asked, frame
from mashang.people.actors import Staff, signed_in

SHOWN = 50
LOOK_AGAIN = 3  # seconds, while one is being made


class SubscribeForm(forms.Form):
    """How often, in which form, to which address."""

    every = forms.ChoiceField(label=gettext_lazy("多久一次"), choices=Every.choices)
    form = forms.ChoiceField(label=gettext_lazy("格式"), choices=Form.choices)
    email = forms.EmailField(label=gettext_lazy("邮箱"), max_length=120)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def reports(request: HttpRequest, actor: Staff) -> HttpResponse:
    """What is there, newest first; a POST orders one of the scope and period in the address."""
    ask = asked(request, actor, usual="last_month")
    if request.method != "POST":
        return _page(request, actor, ask)
    try:
        orders.order(ask.scope, ask.period, request.POST.get("form", ""), by=actor)
    except Refused as refused:
        return _page(request, actor, ask, problem=str(refused), status=422)
    return redirect(f"{reverse('figure_reports')}?{ask.scope.key}&{ask.period.query}")


def _page(
    request: HttpRequest,
    actor: Staff,
    ask: Asked,
    *,
    problem: str = "",
    tried: SubscribeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list(orders.visible_to(actor).select_related("place", "unit", "ordered_by")[:SHOWN])
    mine = Subscription.objects.filter(account=actor.account, ended_at=None)
    context = {
        **frame(actor, ask),
        "reports": [(row, orders.name_of(row)) for row in rows],
        "forms": Form.choices,
        "subscriptions": mine.select_related("place", "unit").order_by("pk"),
        "mails": orders.mails(),
        "subscribe": tried or SubscribeForm(),
        "problem": problem,
    }
    answer = render(request, "insight/reports.html", context, status=status)
    if status == 200 and any(row.is_under_way for row in rows):
        answer["Refresh"] = str(LOOK_AGAIN)
    return answer


@require_safe
@signed_in
def file(request: HttpRequest, actor: Staff, pk: int) -> HttpResponseBase:
    """The file, for whoever reads the figures of its place or unit today."""
    found = orders.visible_to(actor).filter(pk=pk, state=ReportState.DONE)
    report = found.select_related("place", "unit").first()
    if report is None or not orders.path_of(report).is_file():
        raise Http404
    return FileResponse(
        orders.path_of(report).open("rb"), as_attachment=True,
        filename=orders.name_of(report), content_type=MEDIA[report.form],
    )  # fmt: skip


@require_POST
@signed_in
def subscribe(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Have reports of the scope in the address mailed."""
    ask = asked(request, actor, usual="last_month")
    if not orders.mails():
        raise Http404
    form = SubscribeForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, ask, tried=form, problem=_("请看标红的地方。"), status=422)
    row = orders.subscribe(ask.scope, by=actor, **form.cleaned_data)
    messages.success(request, _("已订阅，第一份在 {day} 寄出。").format(day=row.next_on))
    return redirect(f"{reverse('figure_reports')}?{ask.scope.key}")


@require_POST
@signed_in
def end(request: HttpRequest, actor: Staff, pk: int) -> HttpResponse:
    """No further report of this subscription is mailed."""
    mine = Subscription.objects.filter(pk=pk, account=actor.account, ended_at=None)
    if not mine.update(ended_at=timezone.now()):
        raise Http404
    messages.success(request, _("已退订。"))
    return redirect("figure_reports")
