"""What is put before a meeting of an estate, and what was decided."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mashang.knowledge.topics.views_staff import PublishForm


class TopicForm(PublishForm):
    """For everybody to read: written anew, never taken from a report."""

    meets_on = forms.DateField(
        label=_("哪天开会"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("还没定的，以后再填。"),
    )

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.use_required_attribute = False
        self.fields["title"].label = _("议题")
        self.fields["words"].label = _("要商量什么")
        self.fields["words"].help_text = _(
            "全体业主都能看到：商量什么、有几个办法、要花多少钱。不写人名、电话、门牌。"
        )


class OutcomeForm(PublishForm):
    """What the meeting decided."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.use_required_attribute = False
        del self.fields["title"]
        self.fields["words"].label = _("议定的结果")
        self.fields["words"].help_text = _(
            "全体业主都能看到：定了什么、谁去办、哪天办好。不写人名、电话、门牌。"
        )
