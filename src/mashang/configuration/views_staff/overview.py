"""The first page of the settings, and taking back a version that has not begun."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mashang.configuration.access import change_page, may_change, seen_page
from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change
from mashang.configuration.days import ends_soon
from mashang.configuration.kinds import KINDS
from mashang.core.errors import Refused
from mashang.core.versions import withdraw
from mashang.people.actors import Staff


@dataclass(frozen=True)
class Subject:
    """One of the pages, as the first page tells of it."""

    url_name: str
    label: object
    what: object


SUBJECTS = (
    Subject("settings_categories", _lazy("事项类别"), _lazy("事情分哪些类。")),
    Subject("settings_catalogue", _lazy("职责目录"), _lazy("什么类别、在哪里、归谁办。")),
    Subject(
        "settings_try", _lazy("试一试"), _lazy("写一段话，看它会怎么走：派给谁，几点前要做什么。")
    ),
    Subject("settings_types", _lazy("事项类型"), _lazy("普通反映以外的表单，多问哪些问题。")),
    Subject("settings_limits", _lazy("时限"), _lazy("多久内回电、签收、办结，最多延多久。")),
    Subject(
        "settings_ladders",
        pgettext_lazy("settings", "逐级上报"),
        _lazy("超时了报给谁，隔多久再往上报。"),
    ),
    Subject("settings_calendar", _lazy("工作日历"), _lazy("哪天上班、哪天休息。")),
    Subject("settings_wordings", _lazy("短信文字"), _lazy("发给居民和工作人员的短信怎么写。")),
    Subject(
        "settings_providers", _lazy("短信通道"), _lazy("短信由谁发，几个通道怎么分，模板审核。")
    ),
    Subject("settings_units", _lazy("单位"), _lazy("有哪些单位，上级是谁。")),
    Subject("settings_posts", _lazy("任职"), _lazy("谁在哪里担任什么，从哪天到哪天。")),
    Subject("codes", _lazy("二维码"), _lazy("贴在哪里，什么状态，破了换新的。")),
)


@require_safe
@seen_page
def overview(request: HttpRequest, actor: Staff) -> HttpResponse:
    context = {
        "subjects": SUBJECTS,
        "warnings": warnings(),
        "may_change": may_change(actor),
    }
    return render(request, "configuration/overview.html", context)


def warnings() -> list[str]:
    """What somebody must see to before it goes wrong."""
    return [warning for warning in (ends_soon(),) if warning]


@require_http_methods(["GET", "HEAD", "POST"])
@change_page
def take_back(request: HttpRequest, actor: Staff, kind: str, key: int) -> HttpResponse:
    """Ask once, then take back a version that has not begun."""
    known = KINDS.get(kind)
    row = known and known.model.objects.select_related(*known.select).filter(pk=key).first()
    if known is None or row is None:
        raise Http404
    rows = list(
        known.model.objects.of(row)
        .filter(valid_from=row.valid_from, withdrawn_at=row.withdrawn_at)
        .select_related(*known.select)
    )
    said, problem = known.say(rows), ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                withdraw(row, by=actor.account)
                taken = [Change(f"{row.valid_from}", said, _("撤回"))]
                recorded(known.record, by=actor, what=_("撤回未生效的一版"), changes=taken)
            messages.success(request, _("已撤回。现在的规则不变。"))
            return redirect(known.page)
        except Refused as refused:
            problem = str(refused)
    context = {"row": row, "said": said, "back": known.page, "problem": problem}
    status = 422 if problem else 200
    return render(request, "configuration/withdraw.html", context, status=status)
