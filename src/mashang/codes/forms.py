"""Planning batches, ordering prints of signs."""

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from mashang.codes import opening, planning
from mashang.codes.access import areas_of
from mashang.codes.models import BatchKind, Code, PrintRun
from mashang.codes.posters.words import Words
from mashang.people.actors import Staff
from mashang.people.fields import LineField, UnitField
from mashang.places.models import TOWNSHIP_DIGITS, Level, Place, subtree

DESIGN_NAMES = {
    "poster": _("A4 海报"),
    "plate": _("A5 门牌"),
    "sticker": _("9 厘米贴纸（A4 一张六枚，带裁切线）"),
    "large": _("大字版（A4）"),
}
NONE, ENGLISH, OWN = "none", "english", "own"
ENGLISH_WORDS = {"second_title": "Scan the code, tell us what is wrong"}


SUFFIXES = (".csv", ".xlsx")
MOST_BYTES = 8 * 1024 * 1024


class BatchForm(forms.Form):
    """A batch to be planned: out of the places of an area, or of a list."""

    name = LineField(
        label=_("批次名称"),
        max_length=80,
        help_text=_("例：2026年秋季楼栋。印刷文件也用这个名称。"),
    )
    kind = forms.ChoiceField(label=_("贴在哪里"), choices=BatchKind.choices)
    opens = forms.ChoiceField(
        label=_("扫码打开"),
        required=False,
        help_text=_("例如骑手自己的码，一扫就是随手报。反映别的事，表单上有去处。"),
    )
    area = forms.ChoiceField(label=_("范围"), required=False)
    households = forms.IntegerField(
        label=_("农户每几户一个码"), min_value=5, max_value=500, initial=planning.HOUSEHOLDS
    )
    file = forms.FileField(
        label=_("表格"),
        required=False,
        help_text=_("CSV 或 Excel（.xlsx）。不选表格，就按系统里登记的楼栋、联户或单位做。"),
        widget=forms.FileInput({"accept": ".csv,.xlsx"}),
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.use_required_attribute = False
        self.fields["opens"].choices = opening_choices()  # type: ignore[attr-defined]
        places = Place.objects.current(timezone.localdate()).filter(
            level__in=(Level.COUNTY, Level.TOWNSHIP)
        )
        self.fields["area"].choices = [  # type: ignore[attr-defined]
            ("", _("全市")),
            *places.values_list("pk", "full_name"),
        ]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and Path(file.name).suffix.lower() not in SUFFIXES:
            raise forms.ValidationError(_now("只能用 .csv 或 .xlsx 文件。"))
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(_now("文件太大，最多 8 MB。"))
        return file

    def plan(self) -> planning.Plan:
        """What would be made. Raises Refused or BadTable."""
        given = self.cleaned_data
        file = given["file"]
        if not file:
            return planning.from_places(BatchKind(given["kind"]), given["area"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table{Path(file.name).suffix.lower()}"
            path.write_bytes(file.read())
            return planning.from_list(path, households=given["households"])


def opening_choices() -> list[opening.Form]:
    return [("", str(_("平常的表单"))), *opening.forms()]


class OpensForm(forms.Form):
    """What the codes of a batch open from now on; signs that hang need not be printed again."""

    opens = forms.ChoiceField(label=_("扫码打开"), required=False)

    def __init__(self, data: Any = None, *, opens: str) -> None:
        super().__init__(data, initial={"opens": opens})
        self.fields["opens"].choices = opening_choices()  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Where a sign hangs from now on: a place of the same township, and the spot there."""

    place = forms.ModelChoiceField(label=_("村（社区）或楼栋"), queryset=Place.objects.none())
    spot = LineField(label=_("楼栋或位置"), max_length=80, required=False)

    def __init__(self, data: Any = None, *, code: Code, actor: Staff) -> None:
        super().__init__(data, initial={"place": code.place_id, "spot": code.spot})
        self.use_required_attribute = False
        near = subtree(code.place_id[:TOWNSHIP_DIGITS])
        mine = Q(pk=code.place_id)
        areas = areas_of(actor)
        for area in [""] if areas is None else areas:
            mine |= (subtree(area) & near) if area else near
        places = Place.objects.current(timezone.localdate()).filter(mine)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class UnitForm(forms.Form):
    """Which unit answers for a sign."""

    unit = UnitField(
        label=_("承办单位"), required=False, help_text=_("不写，就由地点的本级单位办。")
    )

    def __init__(self, data: Any = None, *, code: Code) -> None:
        super().__init__(data, initial={"unit": code.unit})
        self.use_required_attribute = False


class PrintForm(forms.Form):
    """Which design, and what the signs say. What was ordered last stands there at first."""

    design = forms.ChoiceField(label=_("式样"), choices=list(DESIGN_NAMES.items()))
    title = LineField(label=_("标题"), max_length=12)
    promise = LineField(label=_("承诺"), max_length=24, help_text=_("要和本市定的首联时限一致。"))
    hotline = LineField(label=_("热线"), max_length=20, required=False)
    phone_label = LineField(label=_("热线前的话"), max_length=10, required=False)
    emergency = LineField(label=_("紧急情况（只印在海报上）"), max_length=30, required=False)
    script = forms.ChoiceField(
        label=_("第二种文字"),
        choices=[(NONE, _("不印")), (ENGLISH, _("英文")), (OWN, _("本市给出的文字，写在下面"))],
    )
    second_title = LineField(
        label=_("第二种文字的标题"), max_length=60, required=False,
        help_text=_("藏文、维吾尔文、蒙古文等都行；地名的译文写在表格里，一个码一格。"),
    )  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial=last_words())
        self.use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("script") == OWN and not given.get("second_title"):
            self.add_error("second_title", _("请写上第二种文字的标题，或者选“不印”。"))
        return given

    @property
    def words(self) -> Words:
        given = self.cleaned_data
        own = {
            name: given[name]
            for name in ("title", "promise", "hotline", "phone_label", "emergency")
        }
        second = {OWN: {"second_title": given["second_title"]}, ENGLISH: ENGLISH_WORDS}
        return Words.of(own | second.get(given["script"], {}))


def last_words() -> dict[str, Any]:
    """What the last order said, or what signs say where nobody has changed it."""
    last = PrintRun.objects.order_by("-id").first()
    words = Words.of(last.words) if last else Words(hotline=settings.CITY_HOTLINE)
    script = NONE
    if words.second_title:
        script = ENGLISH if words.second_title == ENGLISH_WORDS["second_title"] else OWN
    return {
        **words.as_data(),
        "second_title": words.second_title if script == OWN else "",
        "design": last.design if last else "poster",
        "script": script,
    }
