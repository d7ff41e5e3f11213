"""What is filled in for a service."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.core.phones import WrongPhone
from mashang.directory.access import may_serve
from mashang.directory.actions import clean_number
from mashang.directory.models import Kind, Service
from mashang.people.actors import Staff
from mashang.people.fields import LineField, PlaceField, UnitField


class ServiceForm(forms.Form):
    """A new service, or a change of one."""

    name = LineField(label=gettext_lazy("名称"), max_length=40)
    kind = forms.ChoiceField(
        label=gettext_lazy("怎么用"), choices=Kind.choices, widget=forms.RadioSelect
    )
    words = LineField(
        label=gettext_lazy("能办什么"),
        max_length=120,
        help_text=gettext_lazy("一句话，居民一看就懂。例如：60 岁以上老人午餐，一餐 8 元。"),
    )
    place = PlaceField(
        label=gettext_lazy("为哪里服务"),
        required=False,
        help_text=gettext_lazy("村、社区、乡镇、县区的名字。全市都能用的不写。"),
    )
    phone = LineField(label=gettext_lazy("电话"), max_length=20, required=False)
    address = LineField(
        label=gettext_lazy("在哪里"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("写到人能找到：哪条路、哪个门、几楼。"),
    )
    hours = LineField(
        label=gettext_lazy("什么时间"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("例如：周一到周五 8:30 到 12:00，14:30 到 18:00。"),
    )
    url = forms.URLField(
        label=gettext_lazy("网址"), max_length=300, required=False, assume_scheme="https"
    )
    unit = UnitField(
        label=gettext_lazy("负责单位"), help_text=gettext_lazy("谁保证上面写的是对的。")
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("在用"),
        required=False,
        help_text=gettext_lazy("不勾选，居民就看不到；记录还在。"),
    )

    def __init__(self, data: Any = None, *, service: Service, actor: Staff):
        names = [name for name in self.base_fields if name != "is_active"]
        initial = {name: getattr(service, name) for name in names if service.pk or name == "place"}
        if not service.pk:
            initial["unit"] = next((post.unit for post in actor.posts), None)
        super().__init__(data, initial={**initial, "is_active": service.is_active})
        self.use_required_attribute = False
        self.service, self.actor = service, actor
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写。")

    def clean_phone(self) -> str:
        try:
            return clean_number(self.cleaned_data["phone"])
        except WrongPhone:
            raise forms.ValidationError(
                _("请写手机号、带区号的座机，或者 12345 这样的短号码。")
            ) from None

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        if url and not url.startswith("https://"):
            raise forms.ValidationError(_("请写 https:// 开头的网址。"))
        return url

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "place" in given and not may_serve(self.actor, given["place"]):
            self.add_error("place", _("请写您负责的地方；您不能替别的地方、全市发布。"))
        if not self.errors and not (given["phone"] or given["address"] or given["url"]):
            self.add_error("phone", _("电话、地址、网址至少写一样，居民才用得上。"))
        return given

    def filled(self) -> Service:
        """The service with what the form holds, not stored."""
        for name in self.fields:
            setattr(self.service, name, self.cleaned_data[name])
        return self.service
