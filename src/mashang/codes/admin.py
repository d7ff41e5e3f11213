"""QR codes and their batches, for the system operator."""

from django.contrib import admin
from django.http import HttpRequest

from mashang.codes.models import Batch, Code


@admin.register(Batch)
class BatchAdmin(admin.ModelAdmin):
    list_display = ["name", "kind", "created_at"]
    list_filter = ["kind"]
    search_fields = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:
        return False


@admin.register(Code)
class CodeAdmin(admin.ModelAdmin):
    """To look things up: what is changed here would stand in no sign's history."""

    list_display = ["code", "place", "spot", "unit", "batch", "state", "state_since"]
    list_filter = ["state", "batch__kind"]
    list_select_related = ["place", "unit", "batch"]
    search_fields = ["=code", "place__full_name", "spot", "batch__name"]
    fields = ["code", "place", "spot", "unit", "batch", "state"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Code | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Code | None = None) -> bool:
        return False
