"""A category: added, renamed, moved, closed. At once, since it is a thing and no rule."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.models import Case, CatalogueRule, Category
from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, ChangeForm, Preview
from mashang.configuration.forms.fields import CategoryField
from mashang.configuration.loading.categories import described, why_not
from mashang.core.cached import forget_all
from mashang.core.tables import narrow
from mashang.core.versions import in_force
from mashang.people.actors import Staff
from mashang.people.fields import LineField

LONGEST_CODE = 40


class CategoryForm(ChangeForm):
    code = LineField(
        label=gettext_lazy("代码"),
        max_length=LONGEST_CODE,
        help_text=gettext_lazy("字母、数字、点和短横，定了就不改，例如 water.outage。"),
        error_messages={"required": gettext_lazy("请写代码。")},
    )
    name = LineField(
        label=gettext_lazy("名称"),
        max_length=40,
        error_messages={"required": gettext_lazy("请写名称。")},
    )
    parent = CategoryField(
        label=gettext_lazy("上级类别"), empty=gettext_lazy("（最上级）"), required=False
    )
    order = forms.IntegerField(
        label=gettext_lazy("次序"),
        min_value=0,
        max_value=32767,
        required=False,
        initial=0,
        help_text=gettext_lazy("数字小的排在前面。"),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("在用"),
        required=False,
        initial=True,
        help_text=gettext_lazy("停用后不能再选；已经归到这一类的事项不变。"),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        category: Category | None = None,
        parent: Category | None = None,
    ) -> None:
        self.category = category
        initial: dict[str, object] = {"parent": parent}
        if category is not None:
            initial = {
                "code": category.code,
                "name": category.name,
                "parent": category.parent,
                "order": category.order,
                "is_active": category.is_active,
            }
        super().__init__(data, initial=initial)
        if category is not None:
            self.fields["code"].disabled = True

    def clean_code(self) -> str:
        code = "".join(narrow(self.cleaned_data["code"]).split())
        if not all(char.isalnum() or char in ".-_" for char in code) or not code.isascii():
            raise forms.ValidationError(_("代码只用字母、数字、点和短横。"))
        if self.category is None and Category.objects.filter(code=code).exists():
            raise forms.ValidationError(_("这个代码已经用了，请换一个。"))
        return code

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        code, parent = given.get("code"), given.get("parent")
        if code and "parent" in given:
            rows = Category.objects.values_list("code", "parent__code")
            above = {each: up or "" for each, up in rows} | {code: parent.code if parent else ""}
            for each in above:
                fault = why_not(each, above)
                if fault:
                    self.add_error("parent", fault)
                    break
        return given

    def preview(self) -> Preview:
        return Preview(
            changes=[Change(self.cleaned_data["code"], self._before(), self._after())],
            notes=self._notes(),
        )

    def _before(self) -> str:
        old = self.category
        if old is None:
            return ""
        above = old.parent.code if old.parent else ""
        return described((old.name, above, old.order, old.is_active))

    def _after(self) -> str:
        given = self.cleaned_data
        above = given["parent"].code if given["parent"] else ""
        return described((given["name"], above, given["order"] or 0, given["is_active"]))

    def _notes(self) -> list[str]:
        if self.category is None:
            return []
        cases = Case.objects.filter(category=self.category).count()
        rules = in_force(CatalogueRule.objects.filter(category=self.category), timezone.localdate())
        return [
            _("已经归到这一类的事项 {cases} 件，目录里有 {rules} 条，都保留。").format(
                cases=cases, rules=len(rules)
            )
        ]

    def make(self, actor: Staff) -> str:
        given, before = self.cleaned_data, self._before()
        category = self.category or Category(code=given["code"])
        category.name, category.parent = given["name"], given["parent"]
        category.order, category.is_active = given["order"] or 0, given["is_active"]
        category.save()
        forget_all()
        recorded(
            "category",
            by=actor,
            what=category.code,
            changes=[Change(category.code, before, self._after())],
            reason=given["reason"],
        )
        return _("已保存类别“{name}”。").format(name=category.name)
