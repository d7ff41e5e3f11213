"""What is asked about on the page "what would happen to this text here?"."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from mashang.cases.forms import ACCUSED_LEVELS
from mashang.cases.models import AccusedLevel
from mashang.configuration.forms.fields import CategoryField
from mashang.configuration.trying import Question
from mashang.core.text import clean_text
from mashang.people.fields import PlaceField


class TryForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("诉求人会怎么写"),
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("只在这里试，不保存，不发短信。请不要写真人的姓名和电话。"),
        error_messages={"required": gettext_lazy("请写几句话。")},
    )
    place = PlaceField(
        label=gettext_lazy("在哪里"),
        help_text=gettext_lazy("例如：颐和社区。写名称或代码。"),
        error_messages={"required": gettext_lazy("请写地点。")},
    )
    category = CategoryField(
        label=gettext_lazy("类别"), empty=gettext_lazy("（没有人选）"), required=False
    )
    is_confidential = forms.BooleanField(label=gettext_lazy("保密"), required=False)
    is_sealed = forms.BooleanField(label=gettext_lazy("反映的是干部或单位"), required=False)
    accused_level = forms.ChoiceField(
        label=gettext_lazy("反映的是哪一级"),
        choices=ACCUSED_LEVELS,
        initial=AccusedLevel.UNKNOWN,
        required=False,
    )
    is_anonymous = forms.BooleanField(label=gettext_lazy("匿名"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.use_required_attribute = False

    def clean_text(self) -> str:
        return clean_text(self.cleaned_data["text"])

    def question(self) -> Question:
        given = dict(self.cleaned_data)
        if not given["is_sealed"]:
            given["accused_level"] = ""
        return Question(**given)
