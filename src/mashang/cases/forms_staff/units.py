"""Moves that name units or people: where a case goes, who helps, who keeps out of it."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.access import ROLES_THAT_SEE
from mashang.cases.forms_staff.base import MoveForm, words_field
from mashang.cases.forms_staff.working import SortForm
from mashang.cases.models import Conflict
from mashang.cases.order_access import Order
from mashang.cases.redispatching import Choices, higher_units
from mashang.core.errors import Refused
from mashang.people.models import Account, Post, Unit
from mashang.places.models import ancestors


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


class DispatchForm(UnitForm, SortForm):
    """The unit, with the urgency and the category as whoever triages sees them."""

    field_order = ("urgency", "category", "unit", "unit_name")


class RedispatchForm(UnitForm):
    words = words_field(gettext_lazy("转派说明"))


class ElevateForm(MoveForm):
    unit = forms.ChoiceField(label=gettext_lazy("提到"), required=False)
    words = words_field(gettext_lazy("为什么提级办理"))

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        self.listed = {unit.pk: unit for unit in higher_units(order.case)}
        options = [(pk, unit.name) for pk, unit in self.listed.items()]
        self.fields["unit"].choices = [("", _("请选择单位")), *options]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        if facts.get("unit"):
            facts["unit"] = self.listed[int(facts["unit"])]
        return facts


class CallInForm(MoveForm):
    """Units called in to help, several at once."""

    units = forms.TypedMultipleChoiceField(
        label=gettext_lazy("请哪些单位"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    words = words_field(gettext_lazy("请它们做什么"))
    sees_identity = forms.BooleanField(
        label=gettext_lazy("请协办单位直接联系诉求人（可以查看电话，查看会记录）"), required=False
    )

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        self.listed = {unit.pk: unit for unit in order.units_to_call(name)}
        options = [(pk, unit.name) for pk, unit in self.listed.items()]
        self.fields["units"].choices = options  # type: ignore[attr-defined]
        if order.case.is_confidential:
            del self.fields["sees_identity"]

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        if facts.get("units"):
            facts["units"] = [self.listed[pk] for pk in facts["units"]]
        return facts


class SuperviseForm(MoveForm):
    until = forms.DateField(
        label=gettext_lazy("请在哪一天下班前报告进展"),
        required=False,
        widget=forms.DateInput({"type": "date", "required": True}, format="%Y-%m-%d"),
    )
    words = words_field(gettext_lazy("督办要求"))

    def prepare(self) -> None:
        self.fields["until"].widget.attrs["min"] = timezone.localdate().isoformat()


class ExcludeForm(MoveForm):
    """A person who might see the case, or a unit that might get it."""

    person = forms.ChoiceField(label=gettext_lazy("要回避的人"), required=False)
    barred = forms.ChoiceField(label=gettext_lazy("或者，要回避的单位"), required=False)
    words = words_field(gettext_lazy("为什么要回避"))

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        case = order.case
        self.people = {account.pk: account for account in _who_may_see(order)}
        self.units = {unit.pk: unit for unit in Choices(case, order.actor).near()}
        if case.unit:
            self.units = {case.unit.pk: case.unit} | self.units
        for field, listed in (("person", self.people), ("barred", self.units)):
            options = [(pk, row.name) for pk, row in listed.items()]
            self.fields[field].choices = [("", _("不选")), *options]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        listed: dict[str, dict[int, Account] | dict[int, Unit]] = {
            "person": self.people,
            "barred": self.units,
        }
        for field, rows in listed.items():
            if facts.get(field):
                facts[field] = rows[int(facts[field])]
        return facts


def _who_may_see(order: Order) -> list[Account]:
    """Whoever serves in the handling unit or watches over the place, but for the person asking."""
    case = order.case
    posts = Post.objects.current().select_related("account")
    here = posts.filter(unit=case.unit_id)
    above = posts.filter(role__in=ROLES_THAT_SEE, place__in=ancestors(case.place_id))
    found = {post.account_id: post.account for post in (here | above).order_by("account__name")}
    found.pop(order.actor.account.pk, None)
    return list(found.values())


class ReadmitForm(MoveForm):
    conflict = forms.TypedChoiceField(
        label=gettext_lazy("取消谁的回避"), required=False, coerce=int, empty_value=None
    )
    words = words_field(gettext_lazy("为什么取消"))

    def __init__(self, name: str, order: Order, **more: Any) -> None:
        super().__init__(name, order, **more)
        rows = Conflict.objects.filter(case=order.case, lifted_at=None)
        options = [
            (row.pk, row.account.name if row.account else row.unit.name)  # type: ignore[union-attr]
            for row in rows.select_related("account", "unit")
        ]
        self.fields["conflict"].choices = [("", _("请选择")), *options]  # type: ignore[attr-defined]
