"""QR codes: the state of one, a new sign in place of a lost or damaged one."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.codes.actions import replace
from mashang.codes.models import Code, CodeState
from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, ChangeForm, Preview
from mashang.people.actors import Staff
from mashang.people.fields import LineField, UnitField


class CodeForm(ChangeForm):
    """What may change about a sign: its spot, its unit, its state."""

    spot = LineField(label=gettext_lazy("楼栋或位置"), max_length=80, required=False)
    unit = UnitField(
        label=gettext_lazy("承办单位"),
        required=False,
        help_text=gettext_lazy("不写，就由地点的本级单位办。"),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=CodeState.choices,
        help_text=gettext_lazy("破损的仍能扫；停用和移走的扫了会请人另找地点。"),
    )
    reissues = forms.BooleanField(
        label=gettext_lazy("同时换一个新码"),
        required=False,
        help_text=gettext_lazy("同一地点、同一位置生成新码；旧码停用，扫旧码的人会带到新码。"),
    )

    def __init__(self, data: Any = None, *, code: Code) -> None:
        self.code = code
        names = ("spot", "unit", "state")
        super().__init__(data, initial={name: getattr(code, name) for name in names})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("reissues"):
            if not self.code.is_usable:
                self.add_error("reissues", _("已经停用的码不能再换；请在批次里新做一个。"))
            given["state"] = CodeState.RETIRED
        return given

    def _changes(self) -> list[Change]:
        given, code = self.cleaned_data, self.code
        changes = [
            Change(_("位置"), code.spot, given["spot"]),
            Change(
                _("承办单位"),
                code.unit.name if code.unit else "",
                given["unit"].name if given["unit"] else "",
            ),
            Change(_("状态"), str(code.get_state_display()), str(CodeState(given["state"]).label)),
        ]
        if given["reissues"]:
            changes.append(Change(_("新码"), "", _("保存时生成，状态“已生成”")))
        return changes

    def preview(self) -> Preview:
        warnings = []
        gone = self.cleaned_data["state"] in (CodeState.RETIRED, CodeState.MOVED)
        if self.code.is_usable and gone and not self.cleaned_data["reissues"]:
            warnings.append(_("墙上的旧码从此扫不开表单，请把旧牌取下来。"))
        return Preview(self._changes(), warnings)

    def make(self, actor: Staff) -> str:
        changes, given, code = self._changes(), self.cleaned_data, self.code
        now = timezone.now()
        code.spot, code.unit = given["spot"], given["unit"]
        if code.state != given["state"] and not given["reissues"]:
            code.state, code.state_since = given["state"], now
        code.save(update_fields=["spot", "unit", "state", "state_since"])
        done = _("已保存编码 {code}。").format(code=code.code)
        if given["reissues"]:
            new = replace(code, by=actor)
            changes[-1] = Change(_("新码"), "", new.code)
            done += _("新码是 {code}，请印出来张贴。").format(code=new.code)
        recorded(
            "code",
            by=actor,
            what=code.code,
            changes=[change for change in changes if change.is_change],
            reason=given["reason"],
            about=f"code:{code.code}",
        )
        return done
