"""Types of matters and the questions of their forms: what is asked, checked, kept, and shown.

An answer is one of a few kinds; there are no rules between answers and no expressions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases import categories
from mashang.cases.models import CaseType, Category
from mashang.core.cached import Fresh
from mashang.core.tables import narrow
from mashang.core.text import clean_line, clean_text
from mashang.core.versions import in_force

PLAIN = "request"  # needs no row and asks nothing further
MOST_TEXT, MOST_LONG = 100, 1000
PREFIX = "answer_"  # of the questions' names in the resident's form


class AnswerKind(StrEnum):
    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


class Privacy(StrEnum):
    """Who may see an answer. `identity` is kept and shown as a name or phone is."""

    PUBLIC = "public"
    INTERNAL = "internal"
    IDENTITY = "identity"


KINDS = (
    (AnswerKind.TEXT, gettext_lazy("一行字")),
    (AnswerKind.LONG, gettext_lazy("几行字")),
    (AnswerKind.NUMBER, gettext_lazy("数字")),
    (AnswerKind.DATE, gettext_lazy("日期")),
    (AnswerKind.CHOICE, gettext_lazy("选一个")),
    (AnswerKind.YES_NO, gettext_lazy("是或否")),
)
PRIVACIES = (
    (Privacy.PUBLIC, gettext_lazy("可以公开")),
    (Privacy.INTERNAL, gettext_lazy("只给工作人员看")),
    (Privacy.IDENTITY, gettext_lazy("身份信息，像电话一样遮住")),
)


@dataclass(frozen=True)
class Question:
    """One question of a form."""

    name: str
    label: str
    kind: str = AnswerKind.TEXT
    is_required: bool = False
    help: str = ""
    privacy: str = Privacy.INTERNAL
    choices: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()  # a category's code for each choice, "" for none

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Question":
        """From the type's row."""
        lists = {name: tuple(kept.get(name, ())) for name in ("choices", "implies")}
        return cls(**{**kept, **lists})

    def kept(self) -> dict[str, Any]:
        kept = {**asdict(self), "choices": list(self.choices), "implies": list(self.implies)}
        return kept if self.implies else {k: v for k, v in kept.items() if k != "implies"}

    @property
    def field_name(self) -> str:
        return PREFIX + self.name


@dataclass(frozen=True)
class Answer:
    """A question with what was answered, in words."""

    question: Question
    text: str


_types: Fresh[list[CaseType]] = Fresh(
    lambda: list(CaseType.objects.standing().select_related("default_category"))
)


def type_of(code: str, *, at: datetime | None = None) -> CaseType | None:
    """The version of a type that was in force at `at`; None for the plain request."""
    day = timezone.localdate(at or timezone.now())
    rows = [row for row in _types.get() if row.code == code]
    return in_force(rows, day).get((code,), [None])[0]


def offered(*channels: str) -> list[CaseType]:
    """The types whose forms may be used by one of these channels today."""
    found = in_force(_types.get(), timezone.localdate()).values()
    return [row for (row,) in found if is_offered(row, *channels)]


def openable() -> list[tuple[str, str]]:
    """(code, name) of the types in use: those that the codes of a batch may open."""
    found = in_force(_types.get(), timezone.localdate()).values()
    return [(row.code, row.name) for (row,) in found if row.is_active]


def opened_by(code: str) -> CaseType | None:
    """The type that a batch's codes open by themselves, whatever channels it has besides."""
    row = type_of(code) if code else None
    return row if row is not None and row.is_active else None


def is_offered(row: CaseType | None, *channels: str) -> bool:
    return row is not None and row.is_active and not set(channels).isdisjoint(row.channels)


def questions(row: CaseType | None) -> list[Question]:
    return [Question.read(kept) for kept in row.fields] if row is not None else []


class AnswerField(forms.Field):
    """The answer to one question: cleaned to what JSON keeps, refused in plain words."""

    def __init__(self, question: Question) -> None:
        super().__init__(required=False, label=question.label)
        self.question = question

    def to_python(self, value: object) -> str:
        clean = clean_text if self.question.kind == AnswerKind.LONG else clean_line
        return clean(str(value or ""))

    def clean(self, value: object) -> str | int | float | bool | None:
        typed = self.to_python(value)
        if not typed:
            if self.question.is_required:
                raise forms.ValidationError(_("请填“{label}”。").format(label=self.question.label))
            return None
        return CHECKS[AnswerKind(self.question.kind)](self.question, typed)


def _text(question: Question, typed: str) -> str:
    most = MOST_LONG if question.kind == AnswerKind.LONG else MOST_TEXT
    if len(typed) > most:
        raise forms.ValidationError(
            _("“{label}”最多 {most} 个字，请删短一些。").format(label=question.label, most=most)
        )
    return typed


def _number(question: Question, typed: str) -> int | float:
    try:
        number = float(narrow(typed).replace(",", ""))
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e12:  # not a number is not less either
        raise forms.ValidationError(_("“{label}”请写数字。").format(label=question.label))
    return int(number) if number.is_integer() else number


def _date(question: Question, typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise forms.ValidationError(
            _("“{label}”请写日期，例如 2026-01-31。").format(label=question.label)
        ) from None


def _choice(question: Question, typed: str) -> str:
    if typed not in question.choices:
        raise forms.ValidationError(_("“{label}”请选一个。").format(label=question.label))
    return typed


def _yes_no(question: Question, typed: str) -> bool:
    if typed not in ("yes", "no"):
        raise forms.ValidationError(_("“{label}”请选“是”或“否”。").format(label=question.label))
    return typed == "yes"


CHECKS = {
    AnswerKind.TEXT: _text,
    AnswerKind.LONG: _text,
    AnswerKind.NUMBER: _number,
    AnswerKind.DATE: _date,
    AnswerKind.CHOICE: _choice,
    AnswerKind.YES_NO: _yes_no,
}


def split(
    asked: Sequence[Question], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(answers for the case, answers for the requester's own row) of a form's cleaned data."""
    open_answers, identity = {}, {}
    for question in asked:
        value = given.get(question.field_name)
        if value is None:
            continue
        kept = identity if question.privacy == Privacy.IDENTITY else open_answers
        kept[question.name] = value
    return open_answers, identity


def implied(asked: Sequence[Question], given: Mapping[str, Any]) -> Category | None:
    """The category that what was chosen implies: the first one that is in use."""
    codes = [
        dict(zip(question.choices, question.implies, strict=False)).get(
            given.get(question.field_name, ""), ""
        )
        for question in asked
        if question.implies
    ]
    known = {node.category.code: node.category for node in categories.active()} if codes else {}
    return next((known[code] for code in codes if code in known), None)


def in_one_line(asked: Sequence[Question], given: Mapping[str, Any]) -> str:
    """What was answered, as the text of a report that has no words; nothing of an identity."""
    open_answers, _identity = split(asked, given)
    labels = {question.name: question.label for question in asked}
    return "；".join(f"{labels[name]}：{_in_words(value)}" for name, value in open_answers.items())


def of_report(
    row: CaseType | None,
    asked: Sequence[Question],
    given: Mapping[str, Any],
    *,
    is_anonymous: bool = False,
) -> dict[str, Any]:
    """What the form of a type adds to a `Report`; of the plain request, nothing."""
    if row is None:
        return {}
    answers, identity = split(asked, given)
    return {
        "type": row.code,
        "urgency": row.urgency,
        "category": implied(asked, given) or row.default_category,
        "answers": answers,
        "identity_answers": {} if is_anonymous else identity,
    }


def said(row: CaseType | None, answers: Mapping[str, Any]) -> list[Answer]:
    """Answers in words, in the order of the form. What an older form asked stays readable."""
    asked = {question.name: question for question in questions(row)}
    unknown = [Question(name, name) for name in answers if name not in asked]
    return [
        Answer(question, _in_words(answers[question.name]))
        for question in (*asked.values(), *unknown)
        if question.name in answers
    ]


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)
