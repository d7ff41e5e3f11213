"""A unit: added, renamed, moved, closed with a successor. At once, since it is a thing, no rule."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.flow import Phase
from mashang.cases.models import Case, CatalogueRule
from mashang.codes.models import Code
from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, ChangeForm, Preview
from mashang.core.errors import Refused
from mashang.core.tables import narrow
from mashang.core.versions import in_force, write
from mashang.people.actors import Staff
from mashang.people.fields import LineField, PlaceField, UnitField
from mashang.people.models import Post, Shift, Unit, UnitKind

LIVE = (Phase.OPEN, Phase.WAITING)


def described(unit: Unit | None) -> dict[str, str]:
    """A unit in words."""
    if unit is None:
        return {}
    return {
        _("名称"): unit.name,
        _("类别"): str(UnitKind(unit.kind).label),
        _("所在地"): unit.place.full_name,
        _("上级单位"): unit.parent.name if unit.parent else "",
        _("状态"): _("在用") if unit.is_active else _("停用"),
    }


class UnitForm(ChangeForm):
    code = LineField(
        label=gettext_lazy("代码"),
        max_length=40,
        help_text=gettext_lazy("字母、数字和短横，定了就不改，例如 620402-water。"),
        error_messages={"required": gettext_lazy("请写代码。")},
    )
    name = LineField(
        label=gettext_lazy("名称"),
        max_length=80,
        help_text=gettext_lazy("短信和页面上都用它，请写大家叫惯的名称。"),
        error_messages={"required": gettext_lazy("请写名称。")},
    )
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=UnitKind.choices)
    place = PlaceField(
        label=gettext_lazy("所在地"),
        help_text=gettext_lazy("管到哪里就写哪里：白银区的局写“白银区”。"),
        error_messages={"required": gettext_lazy("请写所在地。")},
    )
    parent = UnitField(
        label=gettext_lazy("上级单位"),
        required=False,
        help_text=gettext_lazy("退单、支援、延期由它决定；没有人值班时找它。"),
    )

    def __init__(self, data: Any = None, *, unit: Unit | None = None) -> None:
        self.unit = unit
        names = ("code", "name", "kind", "place", "parent")
        super().__init__(
            data, initial={name: getattr(unit, name) for name in names} if unit else {}
        )
        if unit is not None:
            self.fields["code"].disabled = True

    def clean_code(self) -> str:
        code = "".join(narrow(self.cleaned_data["code"]).split())
        if self.unit is None and Unit.objects.filter(code=code).exists():
            raise forms.ValidationError(_("这个代码已经用了，请换一个。"))
        return code

    def clean_parent(self) -> Unit | None:
        parent = step = self.cleaned_data["parent"]
        while step is not None and self.unit is not None:
            if step.pk == self.unit.pk:
                raise forms.ValidationError(_("上级单位绕成了圈。"))
            step = step.parent
        return parent

    def _unit(self) -> Unit:
        given = self.cleaned_data
        unit = Unit(pk=self.unit.pk, is_active=self.unit.is_active) if self.unit else Unit()
        for name in ("code", "name", "kind", "place", "parent"):
            setattr(unit, name, given[name])
        return unit

    def _changes(self) -> list[Change]:
        old, new = described(self.unit), described(self._unit())
        return [Change(what, old.get(what, ""), new[what]) for what in new]

    def preview(self) -> Preview:
        given, warnings = self.cleaned_data, []
        same = Unit.objects.filter(name=given["name"], is_active=True)
        if self.unit is not None:
            same = same.exclude(pk=self.unit.pk)
        if same.exists():
            warnings.append(_("已经有一个单位叫“{name}”。").format(name=given["name"]))
        if given["parent"] is None and given["kind"] in (UnitKind.COMMUNITY, UnitKind.TOWNSHIP):
            warnings.append(_("没有上级单位：没有人值班时，短信就没有人收。"))
        notes = [_("以前的经过里，仍写当时的名称。")] if self.unit else []
        return Preview(self._changes(), warnings, notes)

    def make(self, actor: Staff) -> str:
        changes, unit = self._changes(), self._unit()
        unit.save()
        recorded(
            "unit",
            by=actor,
            what=unit.code,
            changes=[change for change in changes if change.is_change],
            reason=self.cleaned_data["reason"],
            about=f"unit:{unit.pk}",
        )
        return _("已保存“{name}”。").format(name=unit.name)


class CloseUnitForm(ChangeForm):
    """Closing: another unit takes over its signs, its rules in the catalogue, the units below."""

    successor = UnitField(
        label=gettext_lazy("由哪个单位接替"),
        required=False,
        help_text=gettext_lazy("它的二维码、职责目录、下级单位都转给接替的单位。没有就不写。"),
    )

    def __init__(self, data: Any = None, *, unit: Unit) -> None:
        self.unit = unit
        super().__init__(data)

    def clean_successor(self) -> Unit | None:
        successor = self.cleaned_data["successor"]
        if successor == self.unit:
            raise forms.ValidationError(_("接替的不能是它自己。"))
        return successor

    def _rules(self) -> list[CatalogueRule]:
        known = CatalogueRule.objects.select_related("category", "place", "unit")
        every = in_force(known.standing(), timezone.localdate()).values()
        return [rule for (rule,) in every if rule.unit_id == self.unit.pk]

    def _check(self) -> None:
        coming = CatalogueRule.objects.standing().filter(
            unit=self.unit, valid_from__gt=timezone.localdate()
        )
        if coming.exists():
            raise Refused(_("职责目录里有还没有生效的条目写着它，请先撤回或改掉。"))
        if self.cleaned_data["successor"] is None and self._below().exists():
            raise Refused(_("它下面还有单位，请写接替的单位。"))

    def _below(self) -> Any:
        return Unit.objects.filter(parent=self.unit, is_active=True)

    def _posts(self) -> Any:
        today = timezone.localdate()
        return Post.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today), unit=self.unit)

    def preview(self) -> Preview:
        self._check()
        successor = self.cleaned_data["successor"]
        to = successor.name if successor else _("没有")
        count = _("{count} 个").format
        codes = Code.objects.filter(unit=self.unit).count()
        changes = [
            Change(_("状态"), _("在用"), _("停用")),
            Change(_("二维码"), count(count=codes), to if codes else count(count=0)),
            Change(_("职责目录"), count(count=len(self._rules())), to),
            Change(_("下级单位"), count(count=self._below().count()), to),
            Change(_("任职"), count(count=self._posts().count()), _("今天结束")),
        ]
        warnings = []
        live = Case.objects.filter(unit=self.unit, phase__in=LIVE).count()
        if live:
            warnings.append(
                _("还有 {count} 件没有办结。停用后请派单员在“移交”里整体转给{to}。").format(
                    count=live, to=successor.name if successor else _("别的单位")
                )
            )
        if successor is None:
            warnings.append(_("没有接替的单位：它的二维码改由地点的本级单位接，目录里的条目取消。"))
        return Preview([each for each in changes if each.before != count(count=0)], warnings)

    def make(self, actor: Staff) -> str:
        self._check()
        changes = self.preview().changes
        successor, today = self.cleaned_data["successor"], timezone.localdate()
        reason = self.cleaned_data["reason"] or _("{unit}停用").format(unit=self.unit.name)
        rules = [
            CatalogueRule(
                category=rule.category,
                place=rule.place,
                unit=successor,
                keeps_above=rule.keeps_above and successor is not None,
                is_ended=successor is None,
                valid_from=today,
                reason=reason,
            )
            for rule in self._rules()
        ]
        if rules:
            write(rules, by=actor.account)
        Code.objects.filter(unit=self.unit).update(unit=successor)
        self._below().update(parent=successor)
        Shift.objects.filter(unit=self.unit, valid_to=None).update(valid_to=today)
        self._posts().filter(starts_on__lte=today).update(ends_on=today)
        self._posts().filter(starts_on__gt=today).delete()
        Unit.objects.filter(pk=self.unit.pk).update(is_active=False)
        recorded(
            "unit",
            by=actor,
            what=self.unit.code,
            changes=changes,
            reason=reason,
            about=f"unit:{self.unit.pk}",
        )
        return _("已停用“{name}”。").format(name=self.unit.name)
