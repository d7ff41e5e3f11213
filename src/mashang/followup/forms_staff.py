"""What a caller fills in after a call."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mashang.cases.models import Score
from mashang.followup.actions import NO, UNSURE, WORDS_LIMIT, YES, Said
from mashang.followup.models import Outcome


class CallForm(forms.Form):
    """The three answers and the resident's words. What is missing, the action itself says."""

    outcome = forms.ChoiceField(
        choices=[(o.value, o.label) for o in Outcome if o != Outcome.MOVED_ON]
    )
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    contacted = forms.ChoiceField(
        label=_("按时接到电话"),
        choices=[(YES, _("接到了")), (NO, _("没有，或者很晚")), (UNSURE, _("记不清"))],
        required=False,
        widget=forms.RadioSelect,
    )
    solved = forms.ChoiceField(
        label=_("解决没有"),
        choices=[(YES, _("解决了")), (NO, _("没有解决"))],
        required=False,
        widget=forms.RadioSelect,
    )
    score = forms.ChoiceField(
        label=_("满意吗"), choices=Score.choices, required=False, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("诉求人说了什么（可以不写）"),
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 3, "maxlength": WORDS_LIMIT}),
    )
    send_back = forms.BooleanField(
        label=_("没有解决的，退回承办单位重办"), required=False, initial=True
    )

    def said(self) -> Said:
        given = self.cleaned_data
        names = ("outcome", "contacted", "solved", "score", "words", "send_back")
        return Said(**{name: given[name] for name in names})
