"""What residents type: the report, an addition, a rating. Cleaned, and refused in plain words.

Every form keeps what was typed (`typed`), so that a page with an error shows all of it again.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.models import AccusedLevel, CaseType, Score
from mashang.cases.types import AnswerField, Question, in_one_line, questions
from mashang.core.phones import WrongPhone, clean_phone
from mashang.core.text import clean_line, clean_text
from mashang.places.models import Level, Place
from mashang.places.queries import resolve, search

LEAST_TEXT, MOST_TEXT = 4, 2000
LEAST_NAME, MOST_NAME = 2, 40
MOST_SPOT = 80
MOST_PLACES = 8
DIVISIONS = (Level.PREFECTURE, Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE)


class Words(forms.Field):
    """Text of several lines. Control characters are dropped and never an error."""

    clean_typed = staticmethod(clean_text)

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: object) -> str:
        return self.clean_typed(str(value or ""))


class Line(Words):
    """Text of one line."""

    clean_typed = staticmethod(clean_line)


class Tick(forms.BooleanField):
    def __init__(self) -> None:
        super().__init__(required=False)


class ResidentForm(forms.Form):
    """A form whose faults can be listed with the field that each belongs to."""

    @cached_property
    def typed(self) -> dict[str, Any]:
        """What was typed, field by field, cleaned of control characters only."""
        return {
            name: field.to_python(field.widget.value_from_datadict(self.data, self.files, name))
            for name, field in self.fields.items()
        }

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(field, what to do) for the list above the form, in the order of the page."""
        return [(name, self.errors[name][0]) for name in self.fields if name in self.errors]


def check_length(text: str, *, most: int = MOST_TEXT) -> str:
    """`text` itself; a refusal that says by how much where it is too long."""
    if len(text) > most:
        raise forms.ValidationError(
            _("写了 {count} 个字，最多 {most} 个字，请删去 {over} 个字。").format(
                count=len(text), most=most, over=len(text) - most
            )
        )
    return text


class ReportForm(ResidentForm):
    """The report. `place` is where the code or the address says; the person may correct it.

    `has_voice` says that a voice message came with it, and then no words are needed. The form of a
    `type` asks its questions; a short one wants no words and no name, and who leaves no phone is
    anonymous. After `is_valid`, `place` is where the matter belongs; `choices` are the places to
    choose from where what was typed fits several.
    """

    place_text = Line()
    place_searched = Line()
    place_choice = Line()
    spot = Line()
    text = Words()
    name = Line()
    phone = Line()
    is_confidential = Tick()
    is_sealed = Tick()
    accused_level = Line()
    is_anonymous = Tick()

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        place: Place | None,
        has_voice: bool = False,
        type: CaseType | None = None,
    ):
        super().__init__(data)
        self.asked = questions(type)
        self.is_short = type is not None and type.is_short
        self.is_chosen = False  # whether the text was put together from the answers
        self.fields |= {question.field_name: AnswerField(question) for question in self.asked}
        self.place = place
        self.is_elsewhere = False
        self.choices: list[Place] = []
        self.has_voice = has_voice

    def answers(self, problems: Mapping[str, str]) -> list[tuple[Question, str, str]]:
        """For the page: each question of the type's form, what was typed, what is wrong with it."""
        return [
            (question, self.typed[question.field_name], problems.get(question.field_name, ""))
            for question in self.asked
        ]

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        if len(text) < LEAST_TEXT and not self.has_voice and not self.is_short:
            raise forms.ValidationError(
                _("请写下发生了什么事，至少 {least} 个字；也可以只录一段语音。").format(
                    least=LEAST_TEXT
                )
            )
        return check_length(text)

    def clean_spot(self) -> str:
        return check_length(self.cleaned_data["spot"], most=MOST_SPOT)

    def clean_accused_level(self) -> str:
        level = self.cleaned_data["accused_level"]
        return level if level in AccusedLevel else AccusedLevel.UNKNOWN

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.is_short:
            given["is_anonymous"] = given["is_anonymous"] or not given["phone"]
            given["name"] = given["name"] or _("热心人")
            self.is_chosen = not given.get("text")
            if self.is_chosen:
                given["text"] = in_one_line(self.asked, given)[:MOST_TEXT]
        if given.get("is_anonymous"):
            given["name"] = given["phone"] = ""
        else:
            self._check_name()
            self._check_phone()
        self._correct_place()
        return given

    def _check_name(self) -> None:
        name = self.cleaned_data["name"]
        if not LEAST_NAME <= len(name) <= MOST_NAME:
            self.add_error(
                "name",
                _("请写您的姓名（{least} 到 {most} 个字），回电话时好称呼您。").format(
                    least=LEAST_NAME, most=MOST_NAME
                ),
            )

    def _check_phone(self) -> None:
        typed = self.cleaned_data["phone"]
        if not typed:
            self.add_error(
                "phone",
                _("请写能打通的电话。不想留电话，可以勾选下面的“匿名反映”。"),
            )
            return
        try:
            self.cleaned_data["phone"] = clean_phone(typed)
        except WrongPhone:
            self.add_error(
                "phone",
                _("这个电话号码不对。手机号是 11 位数字，座机请加区号，例如 0943-8221234。"),
            )

    def _correct_place(self) -> None:
        """Where the person says the place is another one: what they chose, or typed."""
        typed, chosen = self.cleaned_data["place_text"], self.cleaned_data["place_choice"]
        if not typed:
            if self.place is None:
                self.add_error("place_text", _("请写事情发生在哪个村或社区。"))
            return
        if chosen and typed == self.cleaned_data["place_searched"]:
            found = resolve(chosen)
            if found is not None:
                self._move_to(found)
                return
        matches = matching_places(typed)
        if len(matches) == 1:
            self._move_to(matches[0])
        elif matches:
            self.choices = matches
            self.add_error("place_text", _("有几个地方都像，请选一个。"))
        else:
            self.add_error(
                "place_text",
                _("没有找到“{typed}”。请只写村或社区的名字，例如“颐和社区”，也可以写拼音。").format(
                    typed=typed[:MOST_NAME]
                ),
            )

    def _move_to(self, place: Place) -> None:
        self.is_elsewhere = self.place is None or place.code != self.place.code
        self.place = place


def matching_places(typed: str) -> list[Place]:
    """The divisions that a typed place may mean; one that bears exactly this name is the one."""
    found = [place for place in search(typed, limit=MOST_PLACES * 2) if place.level in DIVISIONS]
    exact = [place for place in found if typed in (place.name, place.full_name)]
    return exact if len(exact) == 1 else found[:MOST_PLACES]


class AdditionForm(ResidentForm):
    """Further words, or photos alone."""

    words = Words()

    def __init__(self, data: Mapping[str, Any], *, has_files: bool = False):
        super().__init__(data)
        self.has_files = has_files

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if not words and not self.has_files:
            raise forms.ValidationError(_("请写几句要补充的话，或者选几张照片。"))
        return check_length(words) or _("（补充照片）")


class WordsForm(ResidentForm):
    """Words that a move carries; `is_needed` where it cannot do without."""

    words = Words()

    def __init__(self, data: Mapping[str, Any], *, is_needed: bool = False):
        super().__init__(data)
        self.is_needed = is_needed

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if self.is_needed and not words:
            raise forms.ValidationError(_("请写一写还有什么没有解决。"))
        return check_length(words)


class RatingForm(ResidentForm):
    """Solved or not, how satisfied, and words if one likes."""

    is_solved = Line()
    score = Line()
    words = Words()

    def clean_is_solved(self) -> bool:
        answer = self.cleaned_data["is_solved"]
        if answer not in ("yes", "no"):
            raise forms.ValidationError(_("请选择“解决了”或“没有解决”。"))
        return answer == "yes"

    def clean_score(self) -> str:
        score = self.cleaned_data["score"]
        if score not in Score:
            raise forms.ValidationError(_("请选择满意、基本满意或不满意。"))
        return score

    def clean_words(self) -> str:
        return check_length(self.cleaned_data["words"])


ACCUSED_LEVELS = (
    (AccusedLevel.VILLAGE, gettext_lazy("村（社区）的干部")),
    (AccusedLevel.TOWNSHIP, gettext_lazy("乡镇（街道）的干部或单位")),
    (AccusedLevel.COUNTY, gettext_lazy("县区的干部或单位")),
    (AccusedLevel.UNKNOWN, gettext_lazy("说不清")),
)
