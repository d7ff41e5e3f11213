"""Units, people, posts and duty, for the system operator.

Nobody is deleted: an account is switched off (by the security operator), a post ends. A phone
number can be set here, and never read: whoever needs one sees it on the order, where the look is
recorded. Passwords are set by their owners, over a link that the security operator has sent.
"""

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.core.crypto import blind_index
from mashang.core.phones import WrongPhone, clean_phone, is_mobile
from mashang.people.models import Absence, Account, Device, Post, Shift, Unit


class KeptAdmin(admin.ModelAdmin):
    """Rows that history needs are ended or switched off, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Unit)
class UnitAdmin(KeptAdmin):
    list_display = ["code", "name", "kind", "place", "parent", "is_active"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["place", "parent"]
    search_fields = ["code", "name", "place__full_name"]
    autocomplete_fields = ["place", "parent"]


class AccountForm(forms.ModelForm):
    new_phone = forms.CharField(
        label=gettext_lazy("设置手机号"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("不填就不改。改了号码，原来绑定的手机全部停用。"),
    )

    class Meta:
        model = Account
        fields = ["username", "name"]

    def clean_new_phone(self) -> str:
        typed = self.cleaned_data["new_phone"]
        if not typed:
            return ""
        try:
            phone = clean_phone(typed)
        except WrongPhone:
            phone = ""
        if not is_mobile(phone):
            raise forms.ValidationError(_("请写能收短信的手机号。"))
        others = Account.objects.filter(phone_index=blind_index(phone), is_active=True)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("这个手机号已经登记在别人名下。"))
        return phone


@admin.register(Account)
class AccountAdmin(KeptAdmin):
    form = AccountForm
    fields = [
        "username",
        "name",
        "is_active",
        "has_phone",
        "new_phone",
        "may_sign_in",
    ]
    readonly_fields = ["is_active", "has_phone", "may_sign_in"]
    list_display = ["username", "name", "is_active", "has_phone", "may_sign_in", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["username", "name"]

    @admin.display(boolean=True, description=gettext_lazy("有手机号"))
    def has_phone(self, account: Account) -> bool:
        return bool(account.phone_index)

    @admin.display(boolean=True, description=gettext_lazy("有密码"))
    def may_sign_in(self, account: Account) -> bool:
        return bool(account.password) and account.has_usable_password()

    def save_model(
        self, request: HttpRequest, obj: Account, form: AccountForm, change: bool
    ) -> None:
        phone = form.cleaned_data["new_phone"]
        if phone:
            obj.phone = phone
        if not obj.password:
            obj.set_unusable_password()
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if phone and change:
                revoke(Device.objects.filter(account=obj))


@admin.register(Post)
class PostAdmin(KeptAdmin):
    list_display = [
        "account",
        "unit",
        "role",
        "position",
        "title",
        "place",
        "is_lead",
        "starts_on",
        "ends_on",
    ]
    list_filter = ["role", "position", "is_lead"]
    list_select_related = ["account", "unit", "place"]
    search_fields = ["account__name", "account__username", "unit__name", "title"]
    autocomplete_fields = ["account", "unit", "place"]


@admin.register(Shift)
class ShiftAdmin(admin.ModelAdmin):
    list_display = [
        "unit",
        "order",
        "account",
        "weekdays",
        "starts",
        "ends",
        "valid_from",
        "valid_to",
        "is_dated",
        "withdrawn_at",
    ]
    list_select_related = ["unit", "account"]
    search_fields = ["unit__name", "account__name", "account__username"]
    autocomplete_fields = ["unit", "account"]


@admin.register(Absence)
class AbsenceAdmin(admin.ModelAdmin):
    list_display = ["account", "starts_at", "ends_at", "deputy"]
    list_select_related = ["account", "deputy"]
    search_fields = ["account__name", "account__username"]
    autocomplete_fields = ["account", "deputy"]
    date_hierarchy = "starts_at"


def revoke(devices: QuerySet[Device]) -> int:
    return devices.filter(revoked_at=None).update(revoked_at=timezone.now())


@admin.register(Device)
class DeviceAdmin(KeptAdmin):
    list_display = ["account", "created_at", "last_seen_at", "revoked_at"]
    list_select_related = ["account"]
    search_fields = ["account__name", "account__username"]
    readonly_fields = ["account", "created_at", "last_seen_at", "revoked_at"]
    actions = ["revoke_chosen"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=gettext_lazy("停用选中的手机"))
    def revoke_chosen(self, request: HttpRequest, devices: QuerySet[Device]) -> None:
        count = revoke(devices)
        self.message_user(request, _("停用了 %(count)d 部。") % {"count": count})
