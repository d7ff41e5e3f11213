"""Where somebody is reminded besides the SMS: what is typed, and what of it is kept."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.messaging import nudging
from mashang.messaging.models import Channel
from mashang.messaging.senders.webpush import decode, is_allowed


class AddressForm(forms.Form):
    """`kept` is what the channel's sender needs; call it once the form is valid."""

    channel: Channel

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix=self.channel.value)

    def kept(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


class EmailForm(AddressForm):
    channel = Channel.SMTP
    email = forms.EmailField(label=gettext_lazy("邮箱"), max_length=120)


class UserForm(AddressForm):
    user = forms.CharField(
        max_length=64,
        validators=[RegexValidator(r"^[\w.@-]+\Z", gettext_lazy("这不像通讯录里的账号。"))],
        help_text=gettext_lazy("通讯录里的账号，不是手机号；不知道就问管通讯录的人。"),
    )


class WecomUserForm(UserForm):
    channel = Channel.WECOM_APP

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["user"].label = _("企业微信账号")


class DingUserForm(UserForm):
    channel = Channel.DING_APP

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["user"].label = _("钉钉 userid")


class GroupForm(AddressForm):
    """The Webhook address of a robot; only the key in it is kept."""

    HOST = PATH = PARAMETER = ""
    webhook = forms.CharField(
        label=gettext_lazy("机器人的 Webhook 地址"),
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=gettext_lazy("在群设置里添加机器人后复制过来。存好以后不再显示。"),
    )

    def clean_webhook(self) -> str:
        try:
            parts = urlsplit(self.cleaned_data["webhook"].strip())
        except ValueError:
            parts = urlsplit("")
        keys = parse_qs(parts.query).get(self.PARAMETER, [])
        if (parts.scheme, parts.netloc, parts.path) != ("https", self.HOST, self.PATH) or (
            len(keys) != 1
        ):
            raise forms.ValidationError(
                _("应是 https://{host}{path} 开头的整个地址。").format(
                    host=self.HOST, path=self.PATH
                )
            )
        return keys[0]


class WecomGroupForm(GroupForm):
    channel = Channel.WECOM_GROUP
    HOST, PATH, PARAMETER = "qyapi.weixin.qq.com", "/cgi-bin/webhook/send", "key"

    def kept(self) -> dict[str, str]:
        return {"key": self.cleaned_data["webhook"]}


class DingGroupForm(GroupForm):
    channel = Channel.DING_GROUP
    HOST, PATH, PARAMETER = "oapi.dingtalk.com", "/robot/send", "access_token"
    secret = forms.CharField(
        label=gettext_lazy("加签密钥"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "off"}),
        validators=[RegexValidator(r"^SEC\w+\Z", gettext_lazy("密钥以 SEC 开头。"))],
        help_text=gettext_lazy("机器人的安全设置选“加签”，复制 SEC 开头的密钥。"),
    )

    def kept(self) -> dict[str, str]:
        return {"token": self.cleaned_data["webhook"], "secret": self.cleaned_data["secret"]}


class PushForm(AddressForm):
    """What the browser tells of its subscription; the page's script fills it in."""

    channel = Channel.PUSH
    endpoint = forms.CharField(max_length=1000, widget=forms.HiddenInput)
    p256dh = forms.CharField(max_length=100, widget=forms.HiddenInput)
    auth = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        lane = nudging.push_lane()
        try:
            is_sound = len(decode(given["p256dh"])) == 65 and len(decode(given["auth"])) == 16
        except (KeyError, ValueError):
            is_sound = False
        if lane is None or not is_sound or not is_allowed(given["endpoint"], lane.sender.account):
            raise forms.ValidationError(_("这个浏览器的通知这里用不了，请换一个浏览器。"))
        return given


FORMS: dict[str, type[AddressForm]] = {
    each.channel: each
    for each in (
        EmailForm,
        WecomUserForm,
        DingUserForm,
        WecomGroupForm,
        DingGroupForm,
        PushForm,
    )
}
