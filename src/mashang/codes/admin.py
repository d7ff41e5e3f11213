"""QR codes and their batches, for the system operator."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.codes.models import Batch, Code
from mashang.core.ids import clean_code, is_code


@admin.register(Batch)
class BatchAdmin(admin.ModelAdmin):
    list_display = ["name", "kind", "created_at"]
    list_filter = ["kind"]
    search_fields = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:
        return False


class CodeForm(forms.ModelForm):
    def clean_code(self) -> str:
        code = clean_code(self.cleaned_data["code"])
        if not is_code(code):
            raise forms.ValidationError(_("编码不对，请核对。"))
        return code


@admin.register(Code)
class CodeAdmin(admin.ModelAdmin):
    form = CodeForm
    list_display = ["code", "place", "spot", "unit", "batch", "state", "state_since"]
    list_filter = ["state", "batch__kind"]
    list_select_related = ["place", "unit", "batch"]
    search_fields = ["=code", "place__full_name", "spot", "batch__name"]
    autocomplete_fields = ["place", "unit", "batch"]
    fields = ["code", "place", "spot", "unit", "batch", "state"]

    def get_readonly_fields(self, request: HttpRequest, obj: Code | None = None) -> list[str]:
        return ["code", "place", "batch"] if obj else []

    def save_model(self, request: HttpRequest, obj: Code, form: CodeForm, change: bool) -> None:
        if "state" in form.changed_data:
            obj.state_since = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Code | None = None) -> bool:
        return False
