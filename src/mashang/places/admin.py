"""Places, to look at: they change through `mashang load-divisions`, which keeps their history."""

from django.contrib import admin
from django.http import HttpRequest

from mashang.places.models import FormerName, Place


class FormerNames(admin.TabularInline):
    model = FormerName
    extra = 0


@admin.register(Place)
class PlaceAdmin(admin.ModelAdmin):
    list_display = ["code", "full_name", "level", "kind", "valid_from", "valid_to", "successor"]
    list_filter = ["level", "kind"]
    list_select_related = ["successor"]
    search_fields = ["=code", "full_name", "pinyin", "=initials", "former_names__name"]
    inlines = [FormerNames]
    fields = readonly_fields = [
        "code",
        "full_name",
        "parent",
        "level",
        "kind",
        "pinyin",
        "initials",
        "valid_from",
        "valid_to",
        "successor",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Place | None = None) -> bool:
        return False
