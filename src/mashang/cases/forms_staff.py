"""What a member of the staff fills in for each move.

The rules stand in `flow` and `actions.moving`; a form only gathers the facts that a move takes,
so that what is missing is said in one place and in one wording.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.attachments.forms import PhotosField
from mashang.cases import order_photos, rules
from mashang.cases.actions.moving import WORDS_LIMIT
from mashang.cases.models import AskKind, Urgency
from mashang.cases.order_access import Order, find_number
from mashang.cases.redispatching import Choices
from mashang.cases.sentences import SENTENCES
from mashang.core.errors import Refused

# Fields that say how to do a move and are no facts of it.
NO_FACTS = {"seen", "photos", "is_internal", "drop_kept"}


def _words(label: object, *, rows: int = 3, required: bool = True, hint: object = "") -> Any:
    """A box for words; the browser asks for them, the move itself insists."""
    attributes: dict[str, object] = {"rows": rows, "maxlength": WORDS_LIMIT}
    if required:
        attributes["required"] = True
    widget = forms.Textarea(attributes)
    return forms.CharField(label=label, required=False, widget=widget, help_text=hint, strip=False)


class MoveForm(forms.Form):
    """A move without any facts. `seen` is the number of entries the person had before them."""

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        name: str,
        order: Order,
        *,
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files, auto_id=f"{name}-%s", initial={"seen": order.case.version})
        self.name = name
        self.order = order
        self.use_required_attribute = False
        words = self.fields.get("words")
        if words is not None:
            words.label = LABELS.get(name, words.label)

    def facts(self) -> dict[str, Any]:
        """What was filled in, by the names that `advance` knows. Call after `is_valid`."""
        fields = self.fields.keys() - NO_FACTS
        return {name: self.cleaned_data[name] for name in fields if self.cleaned_data.get(name)}

    def prepare(self) -> None:
        """What is to be done just before the form is shown."""

    @property
    def sentences(self) -> Sequence[object]:
        """Prepared words, to tap and then to edit."""
        return SENTENCES.get(self.name, ())

    def say(self, sentence: str) -> None:
        """Fill in a prepared sentence, unless something was typed."""
        if sentence and not self.is_bound and "words" in self.fields:
            self.initial["words"] = sentence

    @property
    def takes_photos(self) -> bool:
        return "photos" in self.fields


class WordsForm(MoveForm):
    words = _words(gettext_lazy("说明"))


class OptionalWordsForm(MoveForm):
    words = _words(gettext_lazy("说明（可以不写）"), rows=2, required=False)


class AcknowledgeForm(MoveForm):
    urgency = forms.ChoiceField(
        label=gettext_lazy("紧急程度"), choices=Urgency.choices, required=False
    )

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        self.initial["urgency"] = order.case.urgency


class AnswerForm(MoveForm):
    answer = _words(gettext_lazy("给诉求人的答复（诉求人能看到）"), rows=4)
    words = _words(gettext_lazy("办了什么（内部记录，诉求人看不到）"))
    photos = PhotosField(label=gettext_lazy("照片（可以不传，最多 9 张）"))
    is_internal = forms.BooleanField(
        label=gettext_lazy("照片只供内部看，不给诉求人"), required=False
    )
    drop_kept = forms.BooleanField(label=gettext_lazy("不要上次选的照片"), required=False)

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
    words = _words(gettext_lazy("说明"))

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
    words = _words(gettext_lazy("给诉求人的说明：为什么要等（诉求人能看到）"))

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
    words = _words(gettext_lazy("说明（可以不写，诉求人看不到）"), rows=2, required=False)

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
    words = _words(gettext_lazy("不能受理的原因（诉求人能看到）"))
    channel = _words(gettext_lazy("可以去哪里解决（诉求人能看到）"), rows=2)


class UnitForm(MoveForm):
    """Where a case goes: a unit of the list, or one found by a part of its name."""

    unit = forms.ChoiceField(label=gettext_lazy("交给"), required=False)
    unit_name = forms.CharField(
        label=gettext_lazy("列表里没有？写单位名称"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("写名称的一部分就行；有几个相近的，会让您再选一次。"),
    )

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        choices = Choices(order.case, order.actor)
        self.found = choices.found(str(self.data.get("unit_name", "")))
        self.listed = {unit.pk: unit for unit in (*self.found, *choices.near())}
        options = [(pk, unit.name) for pk, unit in self.listed.items()]
        self.fields["unit"].choices = [("", _("请选择单位")), *options]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Raises Refused where a typed name fits no unit, or several."""
        facts = super().facts()
        name, chosen = facts.pop("unit_name", ""), facts.pop("unit", "")
        if chosen:
            facts["unit"] = self.listed[int(chosen)]
        elif name and len(self.found) == 1:
            facts["unit"] = self.found[0]
        elif name and self.found:
            raise Refused(_("名称里有“{name}”的单位有几个，请在“交给”里选一个。").format(name=name))
        elif name:
            raise Refused(_("没有找到名称里有“{name}”的单位。").format(name=name))
        return facts


class RedispatchForm(UnitForm):
    words = _words(gettext_lazy("转派说明"))


FORMS: dict[str, type[MoveForm]] = {
    "dispatch": UnitForm,
    "redispatch": RedispatchForm,
    "decline": DeclineForm,
    "acknowledge": AcknowledgeForm,
    "contact_reached": OptionalWordsForm,
    "contact_missed": OptionalWordsForm,
    "contact_wrong": OptionalWordsForm,
    "answer": AnswerForm,
    "ask_extension": ExtensionForm,
    "grant_extension": OptionalWordsForm,
    "ask_deferral": DeferralForm,
    "defer": DeferralForm,
    "resume_deferred": OptionalWordsForm,
    "merge": MergeForm,
}
LABELS: dict[str, object] = {
    "contact_reached": gettext_lazy("通话要点（可以不写）"),
    "note": gettext_lazy("备注（诉求人看不到）"),
    "ask_resident": gettext_lazy("请诉求人补充什么（诉求人能看到）"),
    "pass_up": gettext_lazy("为什么要上报"),
    "ask_return": gettext_lazy("为什么不属于本单位，应当归谁管"),
    "refuse_return": gettext_lazy("维持原派单的理由"),
    "ask_help": gettext_lazy("需要什么支援"),
    "give_help": gettext_lazy("怎样支援"),
    "ask_extension": gettext_lazy("为什么需要延期"),
    "refuse_extension": gettext_lazy("不同意的理由"),
    "instruct": gettext_lazy("批示内容"),
    "refuse_deferral": gettext_lazy("不同意的理由"),
    "split": gettext_lazy("为什么拆分（诉求人看不到）"),
}


def move_form(name: str, order: Order, **more: Any) -> MoveForm:
    """The form of a move; `more`: what was sent, as `data` and `files`."""
    return FORMS.get(name, WordsForm)(name, order, **more)
