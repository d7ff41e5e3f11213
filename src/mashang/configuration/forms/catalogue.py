"""A rule of the responsibility catalogue: a category, a place, a unit, from a day on."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases import routing
from mashang.cases.models import CatalogueRule
from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, DatedForm, Preview
from mashang.configuration.forms.fields import CategoryField
from mashang.configuration.loading.catalogue import said
from mashang.core.versions import in_force, write
from mashang.people.actors import Staff
from mashang.people.fields import PlaceField, UnitField


class RuleForm(DatedForm):
    category = CategoryField(
        label=gettext_lazy("类别"),
        empty=gettext_lazy("请选择类别"),
        help_text=gettext_lazy("对它下面的各类也有效；下面另有规定的，按下面的。"),
        error_messages={"required": gettext_lazy("请选择类别。")},
    )
    place = PlaceField(
        label=gettext_lazy("地点"),
        help_text=gettext_lazy("市、县区、乡镇或村社区的名称或代码，例如：白银区。"),
        error_messages={"required": gettext_lazy("请写地点。")},
    )
    unit = UnitField(
        label=gettext_lazy("承办单位"),
        required=False,
        help_text=gettext_lazy(
            "名称或代码。不写，就由当地村（社区）办；勾了“不下沉”，就由县区综治中心分派。"
        ),
    )
    keeps_above = forms.BooleanField(
        label=gettext_lazy("不下沉"),
        required=False,
        help_text=gettext_lazy("部门的职责：不能再派给乡镇（街道）和村（社区）。"),
    )
    is_ended = forms.BooleanField(
        label=gettext_lazy("取消本条"),
        required=False,
        help_text=gettext_lazy("从这天起，这个类别在这个地点不再单独规定，按上一级的。"),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        unit = given.get("unit")
        if given.get("is_ended"):
            given["unit"], given["keeps_above"] = None, False
        elif unit is not None and given.get("keeps_above") and unit.kind in routing.GRASSROOTS:
            self.add_error(
                "unit", _("{unit}是乡镇（街道）或村（社区），不能同时“不下沉”。").format(unit=unit)
            )
        return given

    def _rule(self) -> CatalogueRule:
        given = self.cleaned_data
        return CatalogueRule(
            **{
                name: given[name]
                for name in (
                    "category", "place", "unit", "keeps_above", "is_ended", "valid_from", "reason",
                )
            }
        )  # fmt: skip

    def _before(self, rule: CatalogueRule) -> str:
        known = CatalogueRule.objects.of(rule).select_related("unit")
        return said(in_force(known, rule.valid_from).get(rule.key, [None])[0])

    def preview(self) -> Preview:
        rule = self._rule()
        change = Change(self._name(rule), self._before(rule), said(rule))
        return Preview([change], notes=self._notes(rule))

    def _name(self, rule: CatalogueRule) -> str:
        return f"{rule.category.name} · {rule.place.full_name}"

    def _notes(self, rule: CatalogueRule) -> list[str]:
        """What else applies there, so that nobody wonders why a rule does not win."""
        others = [
            other for other in routing.applying(rule.category, rule.place) if other.key != rule.key
        ]
        notes = [
            _("从 {day} 起，对新来的和新归类的事项有效；正在办的不动。").format(
                day=rule.valid_from.isoformat()
            )
        ]
        if others:
            notes.append(
                _("上一级还有规定，本条比它们优先：{rules}").format(
                    rules="；".join(f"{self._name(o)} → {said(o)}" for o in others)
                )
            )
        elif rule.is_ended:
            notes.append(_("没有别的规定了：以后按扫的码或地点派给当地单位。"))
        return notes

    def make(self, actor: Staff) -> str:
        rule = self._rule()
        change = Change(self._name(rule), self._before(rule), said(rule))
        write([rule], by=actor.account)
        recorded("catalogue", by=actor, what=self._name(rule), changes=[change], reason=rule.reason)
        return _("已保存。自 {day} 起：{rule}").format(
            day=rule.valid_from.isoformat(), rule=f"{self._name(rule)} → {said(rule) or _('取消')}"
        )
