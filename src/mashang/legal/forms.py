"""What is typed for counsel, and what counsel type."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.core.phones import WrongPhone, clean_phone
from mashang.core.text import clean_text
from mashang.legal.access import keeper_posts
from mashang.legal.flows import Topic
from mashang.legal.models import Guide, InterestKind
from mashang.people.actors import Staff
from mashang.people.fields import LineField, PlaceField
from mashang.places.models import Place

MOST_WORDS = 2000


class WordsField(forms.CharField):
    """Several lines, control characters dropped."""

    widget = forms.Textarea(attrs={"rows": 7})

    def to_python(self, value: object) -> str:
        return clean_text(str(super().to_python(value) or ""))


class PlainForm(forms.Form):
    """A form whose empty fields are refused in one plain sentence."""

    use_required_attribute = False

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写。")


class AskForm(PlainForm):
    """A question to counsel."""

    topic = forms.ChoiceField(
        label=gettext_lazy("哪方面的事"), choices=[("", gettext_lazy("请选择")), *Topic.choices]
    )
    place = PlaceField(
        label=gettext_lazy("您住在哪个村或社区"),
        help_text=gettext_lazy("写村或社区的名字，我们交给那里的值班律师。"),
    )
    words = WordsField(
        label=gettext_lazy("您想问什么"),
        max_length=MOST_WORDS,
        min_length=8,
        help_text=gettext_lazy("什么时候、谁和谁、发生了什么、您想怎么办。不用写身份证号。"),
    )
    other_party = LineField(
        label=gettext_lazy("对方是谁"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "写姓名或单位。只用来核对律师和他有没有关系，有关系的律师不会看到。"
        ),
    )
    name = LineField(label=gettext_lazy("您的姓名"), max_length=40, min_length=2)
    phone = LineField(
        label=gettext_lazy("您的手机号"),
        max_length=20,
        help_text=gettext_lazy("答复了发短信告诉您；律师要打电话时会留下记录。"),
    )
    may_publish = forms.BooleanField(
        label=gettext_lazy("答复以后，可以去掉身份公开给别人看"),
        required=False,
        help_text=gettext_lazy("不勾选，谁也不会公开。公开前由两位律师看过，认不出是您。"),
    )

    def clean_phone(self) -> str:
        try:
            return clean_phone(self.cleaned_data["phone"])
        except WrongPhone:
            raise forms.ValidationError(_("请写 11 位手机号。")) from None


class PublishForm(PlainForm):
    """An answered question as everybody may read it."""

    question = WordsField(label=gettext_lazy("问题"), max_length=500, min_length=8)
    answer = WordsField(label=gettext_lazy("答复"), max_length=2000, min_length=8)


class InterestForm(PlainForm):
    kind = forms.ChoiceField(label=gettext_lazy("什么关系"), choices=InterestKind.choices)
    name = LineField(
        label=gettext_lazy("姓名或单位"),
        max_length=60,
        min_length=2,
        help_text=gettext_lazy("写全名。加密保存，只有您自己能看，系统只用来核对。"),
    )


class FlowFileForm(PlainForm):
    file = forms.FileField(
        label=gettext_lazy("流程文件（.xlsx 或 .csv）"),
        help_text=gettext_lazy("先下载现在用的，改好再传上来。改过的要重新签署。"),
    )


class GuideForm(PlainForm):
    """A legal guide: new, or changed. An empty phone leaves the one that is kept."""

    name = LineField(label=gettext_lazy("姓名"), max_length=40, min_length=2)
    place = PlaceField(label=gettext_lazy("村或社区"))
    phone = LineField(label=gettext_lazy("电话"), max_length=20)
    certificate = LineField(label=gettext_lazy("证书编号"), max_length=40)
    certified_on = forms.DateField(
        label=gettext_lazy("发证日期"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    expires_on = forms.DateField(
        label=gettext_lazy("证书到期"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    ended_on = forms.DateField(
        label=gettext_lazy("不再担任"),
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        required=False,
    )

    def __init__(self, data: Any = None, *, guide: Guide, actor: Staff):
        names = [name for name in self.base_fields if name != "phone"]
        initial = {name: getattr(guide, name) for name in names} if guide.pk else {}
        super().__init__(data, initial=initial)
        self.guide, self.actor = guide, actor
        if guide.pk:
            self.fields["phone"].required = False
            self.fields["phone"].help_text = _("现在是尾号 {end} 的。不改就空着。").format(
                end=guide.phone_end
            )

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        if not typed and self.guide.pk:
            return self.guide.phone
        try:
            return clean_phone(typed)
        except WrongPhone:
            raise forms.ValidationError(_("请写 11 位手机号。")) from None

    def clean_place(self) -> Place:
        place = self.cleaned_data["place"]
        if not any(place.code.startswith(post.place_id) for post in keeper_posts(self.actor)):
            raise forms.ValidationError(_("请写您负责的地方。"))
        return place

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and given["expires_on"] <= given["certified_on"]:
            self.add_error("expires_on", _("到期要晚于发证日期。"))
        same = Guide.objects.filter(certificate=given.get("certificate")).exclude(pk=self.guide.pk)
        if same.exists():
            self.add_error("certificate", _("这个证书编号已经登记过。"))
        return given


class TrainingForm(PlainForm):
    day = forms.DateField(
        label=gettext_lazy("日期"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    subject = LineField(label=gettext_lazy("内容"), max_length=60)
    hours = forms.IntegerField(label=gettext_lazy("学时"), min_value=1, max_value=99)
