"""The city's rules, the daily roots and the links in duty messages, for the system operator.

No case is shown here, neither its text nor who asked: an operator has no business with them.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mashang.cases.flow import ClockName
from mashang.cases.models import DayRoot, LadderStep, Limit, OrderLink
from mashang.cases.rules import ORDINARY, SEALED

LIMIT_NAMES = [
    *ClockName.choices,
    ("extension", gettext_lazy("延期最多")),
    ("return", gettext_lazy("退单期限")),
    ("deferral", gettext_lazy("挂账累计最多")),
    ("contact_attempts", gettext_lazy("拨打次数")),
]
LADDERS = [(ORDINARY, gettext_lazy("一般")), (SEALED, gettext_lazy("涉及干部或单位"))]


class ReadOnlyAdmin(admin.ModelAdmin):
    list_display_links = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RuleForm(forms.ModelForm):
    """A rule begins today or later: what was promised under an older one stays explained."""

    def clean_valid_from(self) -> Any:
        day = self.cleaned_data["valid_from"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("新规则只能从今天或以后开始。"))
        return day


class RuleAdmin(admin.ModelAdmin):
    """Rules that have begun are read; those to come may still be changed or taken back."""

    show_full_result_count = False

    def _is_to_come(self, rule: Any) -> bool:
        return rule is None or rule.valid_from > timezone.localdate()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_to_come(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_to_come(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the deletion of many at once, which asks about no single row."""
        return {}


class LimitForm(RuleForm):
    name = forms.ChoiceField(label=gettext_lazy("时限"), choices=LIMIT_NAMES)

    class Meta:
        model = Limit
        fields = ["name", "urgency", "amount", "unit", "warn_after", "valid_from", "basis"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("urgency") and cleaned.get("name") != ClockName.HANDLING:
            self.add_error("urgency", _("只有办理时限按紧急程度区分。"))
        if cleaned.get("amount") == 0:
            self.add_error("amount", _("至少是 1。"))
        if (cleaned.get("warn_after") or 0) >= cleaned.get("amount", 1):
            self.add_error("warn_after", _("提醒要早于期限。"))
        return cleaned


@admin.register(Limit)
class LimitAdmin(RuleAdmin):
    form = LimitForm
    list_display = ["name", "urgency", "amount", "unit", "warn_after", "valid_from", "basis"]
    list_filter = ["name"]


class LadderStepForm(RuleForm):
    ladder = forms.ChoiceField(label=gettext_lazy("阶梯"), choices=LADDERS)

    class Meta:
        model = LadderStep
        fields = ["ladder", "clock", "rung", "position", "after", "unit", "valid_from"]


@admin.register(LadderStep)
class LadderStepAdmin(RuleAdmin):
    form = LadderStepForm
    list_display = ["ladder", "clock", "rung", "position", "after", "unit", "valid_from"]
    list_filter = ["ladder", "clock", "valid_from"]
    fieldsets = [
        (
            None,
            {
                "fields": LadderStepForm.Meta.fields,
                "description": gettext_lazy(
                    "同一阶梯、同一时限，用同一个日期把各级都写全：从那天起，"
                    "以前日期的各级就不再用了。"
                ),
            },
        )
    ]


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
