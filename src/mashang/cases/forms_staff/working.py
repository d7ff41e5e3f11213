"""The handling unit's own moves: sorting, answering, more time, putting off, merging, declining."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.attachments.forms import PhotosField
from mashang.cases import categories, order_photos, rules
from mashang.cases.channels import CHANNELS
from mashang.cases.forms_staff.base import MoveForm, words_field
from mashang.cases.models import AskKind, Urgency
from mashang.cases.order_access import Order, find_number
from mashang.cases.wording import MACHINE
from mashang.core.errors import Refused


class CategoriseForm(MoveForm):
    category = forms.TypedChoiceField(
        label=gettext_lazy("事项类别"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        nodes = categories.active()
        self.categories = {node.category.pk: node.category for node in nodes}
        options = [(node.category.pk, node.full_name) for node in nodes]
        self.fields["category"].choices = [("", _("不清楚")), *options]  # type: ignore[attr-defined]
        self.initial["category"] = order.case.category_id

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        if facts.get("category"):
            facts["category"] = self.categories[facts["category"]]
        return facts


class SortForm(CategoriseForm):
    """The urgency and the category, which may stay as they are."""

    urgency = forms.ChoiceField(
        label=gettext_lazy("紧急程度"), choices=Urgency.choices, required=False
    )

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        self.initial["urgency"] = order.case.urgency
        if not self.categories:  # a city without categories is asked for none
            del self.fields["category"]


class PromiseForm(MoveForm):
    """The day and hour by which it will be done, as the two agreed."""

    promised = forms.DateTimeField(
        label=gettext_lazy("约好什么时候办好"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local", "required": True}, "%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("马上发短信告诉诉求人；过了时间没有办好，会告诉上级。"),
    )
    words = words_field(gettext_lazy("说明（可以不写，诉求人看不到）"), rows=2, required=False)


class AnswerForm(MoveForm):
    answer = words_field(gettext_lazy("给诉求人的答复（诉求人能看到）"), rows=4)
    words = words_field(gettext_lazy("办了什么（内部记录，诉求人看不到）"))
    photos = PhotosField(label=gettext_lazy("照片（可以不传，最多 9 张）"))
    is_internal = forms.BooleanField(
        label=gettext_lazy("照片只供内部看，不给诉求人"), required=False
    )
    drop_kept = forms.BooleanField(label=gettext_lazy("不要上次选的照片"), required=False)

    def clean_answer(self) -> str:
        answer = self.cleaned_data["answer"]
        if MACHINE in answer:
            raise forms.ValidationError(
                _(
                    "这是机器起草的，还不能发出。请一句一句核对、改好，再删去写着“机器起草”的那一行。"
                )
            )
        return answer

    def prepare(self) -> None:
        waiting = order_photos.kept(self.order)
        if waiting:
            hint = _("上次选的 {count} 张还在，不用再选。").format(count=waiting)
            self["photos"].help_text = hint
        else:
            del self.fields["drop_kept"]


class ExtensionForm(MoveForm):
    days = forms.IntegerField(
        label=gettext_lazy("延长几个工作日"),
        required=False,
        widget=forms.NumberInput({"min": 1, "required": True, "inputmode": "numeric"}),
    )
    words = words_field(gettext_lazy("说明"))

    def prepare(self) -> None:
        most = rules.limit("extension", at=timezone.now()).amount
        self.fields["days"].widget.attrs["max"] = most
        self["days"].help_text = _("最多 {most} 个").format(most=most)


class DeferralForm(MoveForm):
    until = forms.DateField(
        label=gettext_lazy("挂账到哪一天"),
        required=False,
        widget=forms.DateInput({"type": "date", "required": True}, format="%Y-%m-%d"),
        help_text=gettext_lazy("到这一天自动恢复办理，并提醒经办人。"),
    )
    words = words_field(gettext_lazy("给诉求人的说明：为什么要等（诉求人能看到）"))

    def prepare(self) -> None:
        """Whoever agrees finds what was asked for filled in, to be changed where need be."""
        tomorrow = timezone.localdate() + timedelta(days=1)
        self.fields["until"].widget.attrs["min"] = tomorrow.isoformat()
        if self.name != "defer" or self.is_bound:
            return
        ask = self.order.case.asks.filter(kind=AskKind.DEFERRAL, decided_at=None).first()
        if ask is not None:
            self.initial |= {"until": ask.until, "words": ask.words}


class MergeForm(MoveForm):
    """Into which case: one that the person may see, by its number."""

    lead_number = forms.CharField(
        label=gettext_lazy("并入哪一件（写编号）"),
        required=False,
        max_length=30,
        widget=forms.TextInput({"required": True, "inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("写先反映的那一件的编号。办好后，两位诉求人都会收到答复。"),
    )
    words = words_field(gettext_lazy("说明（可以不写，诉求人看不到）"), rows=2, required=False)

    def facts(self) -> dict[str, Any]:
        """Raises Refused where the number is none, or of a case that the person may not see."""
        facts = super().facts()
        number = facts.pop("lead_number", "")
        if number:
            facts["lead"] = find_number(number, self.order.actor)
            if facts["lead"] is None:
                raise Refused(
                    _("没有找到您可以办理的事项“{number}”，请核对编号。").format(number=number)
                )
        return facts


class DeclineForm(MoveForm):
    """The reason, and where else to turn: one of the usual channels, more words, or both."""

    words = words_field(gettext_lazy("不能受理的原因（诉求人能看到）"))
    usual = forms.ChoiceField(
        label=gettext_lazy("可以去哪里解决：常用的渠道"),
        required=False,
        choices=lambda: [
            ("", _("请选择，或者在下面写")),
            *((k, c.name()) for k, c in CHANNELS.items()),
        ],
    )
    channel = words_field(
        gettext_lazy("补充地址、电话，或者自己写（诉求人能看到）"), rows=2, required=False
    )

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        usual = facts.pop("usual", "")
        said = [CHANNELS[usual].text()] if usual else []
        said += [facts["channel"]] if facts.get("channel") else []
        return facts | ({"channel": "\n".join(said)} if said else {})
