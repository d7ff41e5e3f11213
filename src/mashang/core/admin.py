"""The working calendar, for the system operator to look up: it is changed on its own page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from mashang.core.models import Day


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that have a page or a rule of their own for every change."""

    list_display_links: Any = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Day)
class DayAdmin(ReadOnlyAdmin):
    list_display = ["date", "is_working", "name", "made_by", "made_at"]
    list_select_related = ["made_by"]
    list_filter = ["is_working"]
    date_hierarchy = "date"
    search_fields = ["name"]
    ordering = ["-date"]
