"""The city's own wording of an SMS."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, DatedForm, Preview
from mashang.core.versions import in_force, write
from mashang.messaging import templates, texts
from mashang.messaging.models import Template
from mashang.people.actors import Staff
from mashang.people.fields import LineField

# Without these a message is of no use to whoever gets it.
NEEDED = ("link", "code")


def say(row: Template | None) -> str:
    """What a version sends; "" for the product's own text."""
    if row is None or not row.is_enabled:
        return ""
    return row.body


class WordingForm(DatedForm):
    is_enabled = forms.BooleanField(
        label=gettext_lazy("用本市的文字"),
        required=False,
        initial=True,
        help_text=gettext_lazy("不勾，就从这天起改回系统自带的文字，短信照发。"),
    )
    body = LineField(
        label=gettext_lazy("中文"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("签名会自动加在前面，不用写【】。"),
    )
    body_en = LineField(
        label=gettext_lazy("英文"),
        max_length=600,
        required=False,
        widget=forms.Textarea({"rows": 3, "lang": "en"}),
        help_text=gettext_lazy("不写，就用系统自带的英文。"),
    )
    provider_code = LineField(
        label=gettext_lazy("运营商模板号"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("运营商审核通过后给的编号。"),
    )

    def __init__(self, data: Any = None, *, code: str, now: Template | None) -> None:
        self.code, self.text = code, texts.TEXTS[code]
        fields = ("is_enabled", "body", "body_en", "provider_code")
        initial = {name: getattr(now, name) for name in fields} if now else {"body": self.text.body}
        super().__init__(data, initial=initial)
        self.order_fields([*fields, "valid_from", "reason"])

    @property
    def allowed(self) -> list[tuple[str, object, str]]:
        """(name, meaning, example) of each variable that this text may have."""
        return [
            (f"{{{name}}}", texts.MEANINGS[name], texts.VARIABLES[name])
            for name in texts.VARIABLES
            if name in self.text.variables
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("is_enabled"):
            return given
        if not given.get("body"):
            self.add_error("body", _("请写短信的文字；要用系统自带的，请不要勾“用本市的文字”。"))
        for name in ("body", "body_en"):
            body = given.get(name) or ""
            for fault in self._faults(body) if body else ():
                self.add_error(name, fault)
        return given

    def _faults(self, body: str) -> list[str]:
        used = texts.placeholders(body)
        unknown = sorted(used - self.text.variables)
        missing = [name for name in NEEDED if name in self.text.variables - used]
        faults = []
        if unknown:
            names = "、".join(f"{{{name}}}" for name in unknown)
            faults.append(
                _("这条短信没有这些变量：{names}。可以用的列在下面。").format(names=names)
            )
        if missing:
            names = "、".join(f"{{{name}}}（{texts.MEANINGS[name]}）" for name in missing)
            faults.append(_("少了{names}，收到的人没法用。").format(names=names))
        if "【" in body or "】" in body:
            faults.append(_("签名会自动加上，正文里不能有【】。"))
        leftover = texts.PLACEHOLDER.sub("", body)
        if "{" in leftover or "}" in leftover:
            faults.append(_("花括号不成对，或里面不是变量名。"))
        return faults

    def _row(self) -> Template:
        given = self.cleaned_data
        return Template(
            code=self.code,
            body=given["body"] or self.text.body,
            body_en=given["body_en"],
            provider_code=given["provider_code"],
            is_enabled=given["is_enabled"],
            valid_from=given["valid_from"],
            reason=given["reason"],
        )

    def _before(self, row: Template) -> Template | None:
        return in_force(Template.objects.of(row), row.valid_from).get(row.key, [None])[0]

    def preview(self) -> Preview:
        row = self._row()
        before = self._before(row)
        new, old = say(row) or self.text.body, say(before) or self.text.body
        changes = [
            Change(_("文字"), old, new),
            Change(_("英文"), self._english(before), self._english(row)),
            Change(_("运营商模板号"), before.provider_code if before else "", row.provider_code),
            Change(_("实际会这样发"), self._sent(old), self._sent(new)),
        ]
        return Preview(changes, self._warnings(new), self._notes(new))

    def _english(self, row: Template | None) -> str:
        return (row.body_en if row and row.is_enabled else "") or self.text.body_en

    def _sent(self, body: str) -> str:
        return templates.example(self.code, body, host=settings.BASE_URL)

    def _warnings(self, body: str) -> list[str]:
        if not self.cleaned_data["is_enabled"]:
            return []  # the product's own text, as it always was
        warnings, sent = [], self._sent(body)
        missing = sorted(self.text.variables - texts.placeholders(body) - set(NEEDED))
        if missing:
            names = "、".join(f"{{{name}}}（{texts.MEANINGS[name]}）" for name in missing)
            warnings.append(_("没有用到{names}，收到的人看不到。").format(names=names))
        if templates.parts(sent) > 1:
            warnings.append(
                _("按例子算有 {length} 个字，要拆成 {parts} 条，按 {parts} 条计费。").format(
                    length=len(sent), parts=templates.parts(sent)
                )
            )
        return warnings

    def _notes(self, body: str) -> list[str]:
        sent = self._sent(body)
        return [
            _("连签名和链接共 {length} 个字，计 {parts} 条（70 个字以内一条）。").format(
                length=len(sent), parts=templates.parts(sent)
            )
        ]

    def make(self, actor: Staff) -> str:
        row = self._row()
        before = self._before(row)
        write([row], by=actor.account)
        changes = [Change(self.code, say(before) or self.text.body, say(row) or self.text.body)]
        recorded("wording", by=actor, what=self.code, changes=changes, reason=row.reason)
        return _("已保存。自 {day} 起用新的文字。").format(day=row.valid_from.isoformat())
