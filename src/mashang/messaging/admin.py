"""The outbox and the wordings, for the system operator. No text of an SMS is shown here: codes
and links in it open what an operator has no business with."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.core.admin import ReadOnlyAdmin
from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.core.phones import WrongPhone, clean_phone
from mashang.core.text import mask_phone
from mashang.messaging import actions
from mashang.messaging.models import Approval, Message, Provider, Template
from mashang.people.actors import Staff


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """Read-only but for two actions: send again, cancel."""

    list_display = (
        "template",
        "masked_phone",
        "state",
        "reason",
        "attempts",
        "subject",
        "queued_at",
        "sent_at",
    )
    list_display_links = None
    list_filter = ("state", "is_duty", "template")
    search_fields = ("subject",)
    search_help_text = gettext_lazy("手机号，或事项")
    show_full_result_count = False
    records_actions = True
    actions = ("retry_chosen", "abort_chosen")

    @admin.display(description=gettext_lazy("手机"))
    def masked_phone(self, message: Message) -> str:
        return mask_phone(message.phone)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("params")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        try:
            return queryset.filter(phone_index=blind_index(clean_phone(search_term))), False
        except WrongPhone:
            return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def _each(self, request: HttpRequest, chosen: QuerySet[Message], action: Any) -> None:
        done = 0
        for message in chosen:
            try:
                action(message, by=Staff(request.user))
                done += 1
            except Refused as refusal:
                self.message_user(request, f"{message.subject}: {refusal}", messages.WARNING)
        self.message_user(request, _("已处理 {done} 条。").format(done=done))

    @admin.action(description=gettext_lazy("重发所选短信"))
    def retry_chosen(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        self._each(request, chosen, actions.retry)

    @admin.action(description=gettext_lazy("取消所选短信"))
    def abort_chosen(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        self._each(request, chosen, actions.abort_message)


@admin.register(Template)
class TemplateAdmin(ReadOnlyAdmin):
    """Every version of every wording; they are written on a page of the settings."""

    list_display = ("code", "body", "is_enabled", "valid_from", "made_by", "withdrawn_at")
    list_select_related = ("made_by",)
    list_filter = ("code",)


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    """Every version of every provider. Secrets are in the environment and not here."""

    list_display = ("code", "name", "kind", "weight", "is_enabled", "valid_from", "made_by")
    list_select_related = ("made_by",)
    list_filter = ("kind",)


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """What providers said to our wordings, every version."""

    list_display = ("provider", "template", "language", "state", "provider_code", "valid_from")
    list_filter = ("provider", "state")
