"""Signing in, the second factor, passwords."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.people.models import Account


class SignInForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={"required": gettext_lazy("请写用户名。")},
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("请写密码。")},
    )


class CodeForm(forms.Form):
    """Six digits of the app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("验证码"),
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "characters", "class": "code"}
        ),
        error_messages={"required": gettext_lazy("请写验证码。")},
    )


class AccountForm(forms.Form):
    """About one person's account."""

    def __init__(self, account: Account, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self.account = account


class OwnPasswordForm(AccountForm):
    """The person's own password, asked for before what a stranger at the desk must not do."""

    old = forms.CharField(
        label=gettext_lazy("现在的密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("请写现在的密码。")},
    )

    def clean_old(self) -> str:
        old = self.cleaned_data["old"]
        if not self.account.check_password(old):
            raise forms.ValidationError(_("现在的密码不对。"))
        return old


class NewPasswordForm(AccountForm):
    """A new password, twice."""

    new = forms.CharField(
        label=gettext_lazy("新密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("至少 10 个字符，不要用常见的密码，也不要和姓名、用户名相近。"),
        error_messages={"required": gettext_lazy("请写新密码。")},
    )
    again = forms.CharField(
        label=gettext_lazy("再写一遍"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("请把新密码再写一遍。")},
    )

    def clean_new(self) -> str:
        new = self.cleaned_data["new"]
        validate_password(new, self.account)
        return new

    def clean_again(self) -> str:
        again = self.cleaned_data["again"]
        if self.cleaned_data.get("new") not in (None, again):
            raise forms.ValidationError(_("两遍写的不一样。"))
        return again


class ChangePasswordForm(OwnPasswordForm, NewPasswordForm):
    field_order = ["old", "new", "again"]
