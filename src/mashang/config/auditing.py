"""Every change made in the administration goes into the register, whoever's page it is."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import translation

from mashang.audit.actions import record
from mashang.audit.kinds import OF_MODEL
from mashang.people.actors import Staff

SECRET = ("new_password", "new_phone", "password", "phone")


class Audited(admin.ModelAdmin):
    """Mixed into each ModelAdmin as it is registered (config/admin.py)."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        request.changes = _changes(form)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        _record(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        _record(request, obj, "changed")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> Any:
        for obj in queryset:
            _record(request, obj, "removed")
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> Any:
        answer = super().response_action(request, queryset)
        name = request.POST.get("action", "")
        chosen = request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME)
        # `records_actions` is set on pages whose actions record themselves, with more to say.
        is_recorded = name == "delete_selected" or getattr(self, "records_actions", False)
        if name and chosen and not is_recorded:
            kind = OF_MODEL.get(self.opts.label_lower, "setting")
            data = {"what": name, "row": self.opts.label_lower, "count": len(chosen)}
            about = f"{self.opts.model_name}:{chosen[0]}" if len(chosen) == 1 else ""
            record(kind, by=Staff(request.user), about=about, data=data, request=request)  # type: ignore[arg-type]
        return answer


def _changes(form: Any) -> dict[str, Any]:
    """Field by field what it was and what it is now; of secrets only that they were changed."""
    changes: dict[str, Any] = {}
    with translation.override(settings.LANGUAGE_CODE):  # the register's, whatever page this is
        for name in form.changed_data:
            label = str(form.fields[name].label or name)
            if name in SECRET:
                changes[label] = "***"
            else:
                both = form.initial.get(name), form.cleaned_data.get(name)
                changes[label] = [_plain(value) for value in both]
    return changes


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _record(request: HttpRequest, obj: models.Model, what: str) -> None:
    kind = OF_MODEL.get(obj._meta.label_lower, "setting")
    about = f"{obj._meta.model_name}:{obj.pk}"
    data = {"what": what, "row": str(obj), "changes": getattr(request, "changes", {})}
    record(kind, by=Staff(request.user), about=about[:60], data=data, request=request)  # type: ignore[arg-type]
