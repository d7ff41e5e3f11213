"""The city's rules, the daily roots and the links in duty messages, for the system operator.

No case is shown here, neither its text nor who asked: an operator has no business with them.
"""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from mashang.cases.models import DayRoot, LadderStep, Limit, OrderLink
from mashang.core.admin import ReadOnlyAdmin


@admin.register(Limit)
class LimitAdmin(ReadOnlyAdmin):
    """Every version; they are written on a page of the settings."""

    list_display = ["name", "urgency", "amount", "unit", "warn_after", "valid_from", "basis"]
    list_filter = ["name"]


@admin.register(LadderStep)
class LadderStepAdmin(ReadOnlyAdmin):
    list_display = ["ladder", "clock", "rung", "position", "after", "unit", "valid_from"]
    list_filter = ["ladder", "clock", "valid_from"]


@admin.register(DayRoot)
class DayRootAdmin(ReadOnlyAdmin):
    list_display = ["day", "entries", "root", "made_at"]


@admin.register(OrderLink)
class OrderLinkAdmin(ReadOnlyAdmin):
    """Links by the order's number and the person; a revoked one opens nothing any more."""

    list_display = [
        "number",
        "account",
        "created_at",
        "expires_at",
        "first_opened_at",
        "revoked_at",
    ]
    list_select_related = ["case", "account"]
    search_fields = ["account__name", "account__username"]
    actions = ["revoke_chosen"]
    ordering = ["-id"]

    @admin.display(description=gettext_lazy("编号"))
    def number(self, link: OrderLink) -> str:
        return link.case.number

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLink]:
        return super().get_queryset(request).defer("case__text", "case__answer")

    @admin.action(description=gettext_lazy("停用所选的链接"))
    def revoke_chosen(self, request: HttpRequest, chosen: QuerySet[OrderLink]) -> None:
        count = chosen.filter(revoked_at=None).update(revoked_at=timezone.now())
        told = ngettext("已停用 {count} 个链接。", "已停用 {count} 个链接。", count)
        messages.success(request, told.format(count=count))
