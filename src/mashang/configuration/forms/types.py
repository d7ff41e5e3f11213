"""A type of matters and its form."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases import categories, types
from mashang.cases.models import CaseType, Channel, Urgency
from mashang.cases.types import KINDS, PRIVACIES, AnswerKind, Privacy, Question
from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, DatedForm, Preview
from mashang.configuration.forms.fields import CategoryField
from mashang.core.versions import in_force, write
from mashang.people.actors import Staff
from mashang.people.fields import LineField

MOST_QUESTIONS = 8
BETWEEN = "、,，;；"
NONE = "-"
PARTS = ("label", "kind", "choices", "implies", "is_required", "privacy", "help", "name")


class TypeForm(DatedForm):
    """The next version of a type, its questions with it."""

    layout = "configuration/type_fields.html"

    code = LineField(
        label=gettext_lazy("代号"),
        max_length=30,
        help_text=gettext_lazy("小写字母和数字，写在链接里，定了就不改，例如 consultation。"),
        error_messages={"required": gettext_lazy("请写代号。")},
    )
    name = LineField(
        label=gettext_lazy("名称"),
        max_length=40,
        error_messages={"required": gettext_lazy("请写名称。")},
    )
    help = LineField(
        label=gettext_lazy("给诉求人的说明"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("一两句话，写在表单最上面。"),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("启用"),
        required=False,
        initial=True,
        help_text=gettext_lazy("停用后不再收新的；已经收的照常办。"),
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("办理时限按"), choices=Urgency.choices, initial=Urgency.ORDINARY
    )
    default_category = CategoryField(
        label=gettext_lazy("自带类别"),
        empty=gettext_lazy("（没有）"),
        required=False,
        help_text=gettext_lazy("用这张表单反映的，都归这一类，按职责目录派单。"),
    )
    is_short = forms.BooleanField(
        label=gettext_lazy("随手报"),
        required=False,
        help_text=gettext_lazy(
            "选一选就能交：不用写字，不用留姓名；留了电话的才回电。要有一个必须选的问题。"
        ),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("哪些渠道可以用"),
        choices=Channel.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=list(Channel.values),
        error_messages={"required": gettext_lazy("至少选一个渠道。")},
    )

    def __init__(self, data: Any = None, *, now: CaseType | None) -> None:
        self.now = now
        names = (
            "code", "name", "help", "is_active", "urgency", "default_category", "is_short",
            "channels",
        )  # fmt: skip
        initial = {name: getattr(now, name) for name in names} if now else {}
        for number, question in enumerate(types.questions(now)):
            kept = {
                **question.kept(),
                "choices": "、".join(question.choices),
                "implies": "、".join(code or NONE for code in question.implies),
            }
            initial |= {f"{part}_{number}": kept[part] for part in PARTS}
        super().__init__(data, initial=initial)
        if now is not None:
            self.fields["code"].disabled = True
        for number in range(MOST_QUESTIONS):
            self.fields |= _question_fields(number)
        self.order_fields([*names, "valid_from", "reason"])

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """Those of the type itself."""
        return [
            field for field in self.visible_fields() if field.name.rsplit("_", 1)[-1] not in NUMBERS
        ]

    @property
    def question_groups(self) -> list[list[forms.BoundField]]:
        return [[self[f"{part}_{n}"] for part in PARTS] for n in range(MOST_QUESTIONS)]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].lower()
        if not (code.isascii() and code.replace("_", "").isalnum()):
            raise forms.ValidationError(_("代号只用小写字母、数字和下划线。"))
        if code == types.PLAIN:
            raise forms.ValidationError(_("request 是普通反映，系统自带，请换一个代号。"))
        if self.now is None and CaseType.objects.filter(code=code).exists():
            raise forms.ValidationError(_("这个代号已经用了，请换一个。"))
        return code

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        names: set[str] = set()
        known = {node.category.code for node in categories.active()}
        for number in range(MOST_QUESTIONS):
            if not given.get(f"label_{number}"):
                continue
            name = given.get(f"name_{number}") or _free_name(names, given)
            if name in names:
                self.add_error(f"name_{number}", _("代号重复了。"))
            names.add(name)
            given[f"name_{number}"] = name
            options = _split(given.get(f"choices_{number}", ""))
            if given.get(f"kind_{number}") == AnswerKind.CHOICE and len(options) < 2:
                self.add_error(f"choices_{number}", _("至少写两个选项，用顿号隔开。"))
            implied = _codes(given.get(f"implies_{number}", ""))
            unknown = {code for code in implied if code} - known
            if implied and len(implied) != len(options):
                self.add_error(
                    f"implies_{number}",
                    _("要和选项一样多，没有类别的写“{none}”。").format(none=NONE),
                )
            elif unknown:
                self.add_error(
                    f"implies_{number}", _("没有这个类别：{codes}").format(codes="、".join(unknown))
                )
        if given.get("is_short") and not any(
            given.get(f"label_{n}")
            and given.get(f"is_required_{n}")
            and given.get(f"kind_{n}") == AnswerKind.CHOICE
            for n in range(MOST_QUESTIONS)
        ):
            self.add_error("is_short", _("随手报至少要有一个“选一个”、必须填的问题。"))
        return given

    def _questions(self) -> list[Question]:
        given = self.cleaned_data
        return [
            Question(
                name=given[f"name_{n}"],
                label=given[f"label_{n}"],
                kind=given[f"kind_{n}"] or AnswerKind.TEXT,
                is_required=given[f"is_required_{n}"],
                help=given[f"help_{n}"],
                privacy=given[f"privacy_{n}"] or Privacy.INTERNAL,
                choices=tuple(_split(given[f"choices_{n}"]))
                if given[f"kind_{n}"] == AnswerKind.CHOICE
                else (),
                implies=_codes(given[f"implies_{n}"])
                if given[f"kind_{n}"] == AnswerKind.CHOICE
                else (),
            )
            for n in range(MOST_QUESTIONS)
            if given[f"label_{n}"]
        ]

    def _row(self) -> CaseType:
        given = self.cleaned_data
        names = (
            "code", "name", "help", "is_active", "urgency", "default_category", "is_short",
            "channels", "valid_from", "reason",
        )  # fmt: skip
        return CaseType(
            **{name: given[name] for name in names},
            fields=[question.kept() for question in self._questions()],
        )

    def _before(self, row: CaseType) -> CaseType | None:
        known = CaseType.objects.of(row).select_related("default_category")
        return in_force(known, row.valid_from).get(row.key, [None])[0]

    def preview(self) -> Preview:
        row = self._row()
        before = self._before(row)
        old, new = described(before), described(row)
        changes = [Change(what, old.get(what, ""), new.get(what, "")) for what in {**new, **old}]
        return Preview(changes, self._warnings(), self._notes(before))

    def _warnings(self) -> list[str]:
        asked = [q for q in self._questions() if q.privacy == Privacy.IDENTITY]
        if not asked:
            return []
        labels = "、".join(question.label for question in asked)
        return [_("表单要问身份信息：{labels}。只问办这件事非要不可的。").format(labels=labels)]

    def _notes(self, before: CaseType | None) -> list[str]:
        gone = {q.name: q for q in types.questions(before)}
        for question in self._questions():
            gone.pop(question.name, None)
        if not gone:
            return []
        labels = "、".join(question.label for question in gone.values())
        return [_("不再问的：{labels}。以前的回答都保留。").format(labels=labels)]

    def make(self, actor: Staff) -> str:
        row = self._row()
        old, new = described(self._before(row)), described(row)
        changes = [Change(what, old.get(what, ""), new.get(what, "")) for what in {**new, **old}]
        write([row], by=actor.account)
        recorded(
            "type",
            by=actor,
            what=row.name,
            changes=[change for change in changes if change.is_change],
            reason=row.reason,
        )
        return _("已保存。“{name}”自 {day} 起按这一版。").format(
            name=row.name, day=row.valid_from.isoformat()
        )


NUMBERS = {str(number) for number in range(MOST_QUESTIONS)}


def _question_fields(number: int) -> dict[str, forms.Field]:
    """The fields of one question; without a label there is no question."""
    return {
        f"label_{number}": LineField(label=_("问题"), max_length=60, required=False),
        f"kind_{number}": forms.ChoiceField(label=_("怎么答"), choices=KINDS, required=False),
        f"choices_{number}": LineField(
            label=_("选项"),
            max_length=300,
            required=False,
            help_text=_("只给“选一个”用，用顿号隔开。"),
        ),
        f"implies_{number}": LineField(
            label=_("选项归哪类"),
            max_length=300,
            required=False,
            help_text=_(
                "按选项的顺序写类别代码，用顿号隔开，没有的写“-”。选了就归这一类，按职责目录派单；"
                "不写，用上面的自带类别。"
            ),
        ),
        f"is_required_{number}": forms.BooleanField(label=_("必须填"), required=False),
        f"privacy_{number}": forms.ChoiceField(
            label=_("谁能看"), choices=PRIVACIES, required=False, initial=Privacy.INTERNAL
        ),
        f"help_{number}": LineField(label=_("填写提示"), max_length=120, required=False),
        f"name_{number}": forms.SlugField(
            label=_("代号"),
            max_length=30,
            required=False,
            help_text=_("不写就自动编。改问法时不要改代号。"),
            error_messages={"invalid": _("代号只用字母、数字、下划线和短横。")},
        ),
    }


def _free_name(taken: set[str], given: dict[str, Any]) -> str:
    written = {given.get(f"name_{n}") for n in range(MOST_QUESTIONS)}
    number = 1
    while f"q{number}" in taken | written:
        number += 1
    return f"q{number}"


def _codes(written: str) -> tuple[str, ...]:
    """Categories' codes as they were written, one for each choice."""
    for sign in BETWEEN:
        written = written.replace(sign, "\n")
    codes = [part.strip() for part in written.split("\n") if part.strip()]
    return tuple("" if code == NONE else code for code in codes)


def _split(written: str) -> list[str]:
    for sign in BETWEEN:
        written = written.replace(sign, "\n")
    return list(dict.fromkeys(part for part in (p.strip() for p in written.split("\n")) if part))


def described(row: CaseType | None) -> dict[str, str]:
    """A version of a type in words, line by line."""
    if row is None:
        return {}
    kinds, privacies = dict(KINDS), dict(PRIVACIES)
    found = {
        _("名称"): row.name,
        _("说明"): row.help,
        _("状态"): _("启用") if row.is_active else _("停用"),
        _("办理时限按"): str(Urgency(row.urgency).label),
        _("自带类别"): row.default_category.name if row.default_category else "",
        _("随手报"): _("是") if row.is_short else _("否"),
        _("渠道"): "、".join(str(Channel(each).label) for each in row.channels),
    }
    for question in types.questions(row):
        parts = [kinds[AnswerKind(question.kind)], privacies[Privacy(question.privacy)]]
        if question.is_required:
            parts.append(_("必须填"))
        if question.choices:
            parts.append("、".join(question.choices))
        if question.implies:
            codes = "、".join(code or NONE for code in question.implies)
            parts.append(_("归类：{codes}").format(codes=codes))
        found[_("问题“{label}”").format(label=question.label)] = "，".join(map(str, parts))
    return found
