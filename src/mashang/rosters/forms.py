"""What is filled in to arrange duty. The rules stand in `actions`; a form gathers and reads."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.people.hours import WHOLE_DAY, Hours
from mashang.people.models import EVERY_DAY, Account, Shift, Unit
from mashang.rosters.access import deputies_of, members
from mashang.rosters.actions import Plan, Swap, dates_between, next_order
from mashang.rosters.wording import DAY_NAMES

REGULAR, DATED = "regular", "dated"
DAY_INPUT = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
MOMENT_INPUT = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
TIME_INPUT = forms.TimeInput({"type": "time"}, format="%H:%M")


class PersonField(forms.ModelChoiceField):
    """Somebody of the staff, by name."""

    def label_from_instance(self, obj: Account) -> str:
        return obj.name if obj.phone_index else _("{name}（没有手机号）").format(name=obj.name)


class PlainForm(forms.Form):
    """No browser's own wording; ids of their own for each form of a page."""

    prefix_of_ids = "f"

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, auto_id=f"{self.prefix_of_ids}-%s", **more)
        self.use_required_attribute = False


class ShiftForm(PlainForm):
    """A regular shift by weekday, or duty on single dates."""

    prefix_of_ids = "shift"
    account = PersonField(
        label=gettext_lazy("谁"), queryset=None, empty_label=gettext_lazy("请选择")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("哪种"),
        choices=[
            (REGULAR, gettext_lazy("固定班：每周这几天")),
            (DATED, gettext_lazy("专排：只排这几天（那几天不按固定班）")),
        ],
        widget=forms.RadioSelect,
        initial=REGULAR,
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("星期（固定班才选，不选就是每天）"),
        choices=[(digit, DAY_NAMES[int(digit) - 1]) for digit in EVERY_DAY],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    starts = forms.TimeField(label=gettext_lazy("几点起"), widget=TIME_INPUT, required=False)
    ends = forms.TimeField(
        label=gettext_lazy("到几点"),
        widget=TIME_INPUT,
        required=False,
        help_text=gettext_lazy("都不写就是全天；比开始早，就是到第二天。"),
    )
    first = forms.DateField(label=gettext_lazy("从哪天起"), widget=DAY_INPUT)
    last = forms.DateField(
        label=gettext_lazy("到哪天止"),
        widget=DAY_INPUT,
        required=False,
        help_text=gettext_lazy("固定班不写就一直排下去；专排不写就只排一天。"),
    )
    order = forms.IntegerField(
        label=gettext_lazy("第几个叫"),
        min_value=1,
        max_value=99,
        help_text=gettext_lazy("几个人同时值班，先叫数小的。"),
    )

    def __init__(self, unit: Unit, *args: Any, shift: Shift | None = None, **more: Any):
        initial: dict[str, object] = {"first": timezone.localdate(), "order": 1}
        if shift is not None:
            initial = _as_initial(shift)
        elif not args:
            initial["order"] = next_order(unit)
        super().__init__(*args, initial=initial, **more)
        self.fields["account"].queryset = members(unit)  # type: ignore[attr-defined]

    def plans(self) -> list[Plan]:
        """Call after `is_valid`. Raises Refused where the days are too many."""
        said = self.cleaned_data
        starts, ends = said["starts"], said["ends"]
        hours = (starts or WHOLE_DAY, ends or WHOLE_DAY)
        if said["kind"] == DATED:
            days = dates_between(said["first"], said["last"] or said["first"])
            read = Hours(starts=hours[0], ends=hours[1])
            return [Plan(said["account"], read, said["order"], day=day) for day in days]
        weekdays = "".join(sorted(said["weekdays"])) or EVERY_DAY
        read = Hours(weekdays, *hours)
        return [Plan(said["account"], read, said["order"], first=said["first"], last=said["last"])]


def _as_initial(shift: Shift) -> dict[str, object]:
    whole = shift.starts == shift.ends
    first = max(shift.valid_from, timezone.localdate())
    return {
        "account": shift.account_id,
        "kind": DATED if shift.is_dated else REGULAR,
        "weekdays": [] if shift.weekdays == EVERY_DAY else list(shift.weekdays),
        "starts": None if whole else shift.starts,
        "ends": None if whole else shift.ends,
        "first": first,
        "last": None if shift.is_dated else shift.valid_to,
        "order": shift.order,
    }


class EndForm(PlainForm):
    prefix_of_ids = "end"
    last = forms.DateField(
        label=gettext_lazy("值到哪天"),
        widget=DAY_INPUT,
        required=False,
        help_text=gettext_lazy("不写就是从现在起不值。"),
    )


class SwapForm(PlainForm):
    prefix_of_ids = "swap"
    day = forms.DateField(label=gettext_lazy("哪天"), widget=DAY_INPUT)
    one = PersonField(
        label=gettext_lazy("本来谁值"), queryset=None, empty_label=gettext_lazy("请选择")
    )
    other = PersonField(
        label=gettext_lazy("换成谁"), queryset=None, empty_label=gettext_lazy("请选择")
    )
    back = forms.DateField(
        label=gettext_lazy("换回来的那天（可以不写）"),
        widget=DAY_INPUT,
        required=False,
        help_text=gettext_lazy("那天本来由对方值，换给前面这个人。"),
    )

    def __init__(self, unit: Unit, *args: Any, **more: Any):
        super().__init__(*args, **more)
        for name in ("one", "other"):
            self.fields[name].queryset = members(unit)  # type: ignore[attr-defined]

    def swap(self) -> Swap:
        said = self.cleaned_data
        return Swap(said["one"], said["other"], said["day"], said["back"])


class AbsenceForm(PlainForm):
    """Of one's own, or of somebody of a unit."""

    prefix_of_ids = "absence"
    account = PersonField(
        label=gettext_lazy("谁离岗"), queryset=None, empty_label=gettext_lazy("请选择")
    )
    starts_at = forms.DateTimeField(label=gettext_lazy("从"), widget=MOMENT_INPUT)
    ends_at = forms.DateTimeField(label=gettext_lazy("到"), widget=MOMENT_INPUT)
    deputy = PersonField(
        label=gettext_lazy("谁代班"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("没有人代"),
        help_text=gettext_lazy("没有人代班，就叫下一个值班的人，再没有就叫负责人。"),
    )

    def __init__(
        self, *args: Any, unit: Unit | None = None, own: Account | None = None, **more: Any
    ):
        super().__init__(*args, **more)
        if own is not None:
            del self.fields["account"]
            self.fields["deputy"].queryset = deputies_of(own)  # type: ignore[attr-defined]
        elif unit is not None:
            people = members(unit)
            self.fields["account"].queryset = people  # type: ignore[attr-defined]
            near = people | members(unit.parent) if unit.parent else people
            self.fields["deputy"].queryset = near.distinct()  # type: ignore[attr-defined]


class SheetForm(PlainForm):
    prefix_of_ids = "sheet"
    file = forms.FileField(
        label=gettext_lazy("值班表文件（.xlsx 或 .csv）"),
        error_messages={"required": gettext_lazy("请选择文件。")},
    )
