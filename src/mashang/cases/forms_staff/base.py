"""What all forms of moves share."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy

from mashang.cases.actions.moving import WORDS_LIMIT
from mashang.cases.order_access import Order
from mashang.cases.sentences import SENTENCES

# Fields that say how to do a move and are no facts of it.
NO_FACTS = {"seen", "photos", "is_internal", "drop_kept"}
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
    "report_instruction": gettext_lazy("怎样落实的"),
    "report_supervision": gettext_lazy("办到哪一步了"),
    "end_supervision": gettext_lazy("为什么结束督办"),
    "rework": gettext_lazy("诉求人说哪里没有解决（诉求人看不到）"),
    "withdraw_from": gettext_lazy("为什么要回避（例如被反映的是亲属）"),
    "arrive": gettext_lazy("到了以后的情况（可以不写）"),
    "reply_assist": gettext_lazy("协办办了什么"),
    "refuse_deferral": gettext_lazy("不同意的理由"),
    "split": gettext_lazy("为什么拆分（诉求人看不到）"),
}


def words_field(label: object, *, rows: int = 3, required: bool = True, hint: object = "") -> Any:
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

    def choose(self, field: str, tapped: Mapping[str, str]) -> bool:
        """Choose what was tapped for a list of choices, unless something was chosen; whether the
        list has it."""
        wanted = tapped.get(field, "")
        options = getattr(self.fields.get(field), "choices", ())
        if self.is_bound or wanted not in {str(key) for key, _label in options if key}:
            return False
        self.initial[field] = wanted
        return True

    @property
    def takes_photos(self) -> bool:
        return "photos" in self.fields


class WordsForm(MoveForm):
    words = words_field(gettext_lazy("说明"))


class OptionalWordsForm(MoveForm):
    words = words_field(gettext_lazy("说明（可以不写）"), rows=2, required=False)
