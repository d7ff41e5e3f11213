"""A provider of messages, and what it says to one of our wordings."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, DatedForm, LineField, Preview
from mashang.core.text import clean_line
from mashang.core.versions import in_force, write
from mashang.messaging import lanes, senders, sending, templates, texts
from mashang.messaging.models import (
    THAT_CALL,
    Approval,
    ApprovalState,
    Channel,
    Provider,
    ProviderKind,
    Purpose,
    channel_of,
)
from mashang.people.actors import Staff

KEYWORD = re.compile(r"[a-z_]+\d*")  # 微信's names: thing1, character_string2
MOST_OPTIONS, LONGEST_OPTION, MOST_CHARACTERS = 20, 300, 500
# An answer must be there before a worker gives the message up, and long before what became of it is
# asked.
# Those that have none, or whose keys are a group's own; mail may go by the server of the settings.
WITHOUT_SECRET = (
    ProviderKind.DEMO,
    ProviderKind.WECOM_GROUP,
    ProviderKind.DING_GROUP,
    ProviderKind.SMTP,
)
NUMBERS = {"seconds": (1, 10), "at_once": (1, sending.THREADS)}


def say_options(options: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {_written(value)}" for name, value in sorted(options.items()))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(value: str) -> object:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else value


def say_provider(row: Provider) -> str:
    """A version of a provider in a line or two."""
    known = dict(Purpose.choices)
    purposes = "、".join(str(known[each]) for each in row.purposes if each in known)
    told = [
        f"{row.name}（{row.said_kind}）",
        purposes,
        _("权重 {weight}").format(weight=row.weight),
        "" if row.is_enabled else _("停用"),
    ]
    return " · ".join(each for each in told if each)


def say_approval(row: Approval) -> str:
    variables = "、".join(" ".join(map(str, each)) for each in row.variables)
    told = [row.template, row.get_state_display(), row.provider_code, variables]
    return " · ".join(str(each) for each in told if each)


class ProviderForm(DatedForm):
    name = LineField(label=gettext_lazy("名称"), max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("接口"), choices=ProviderKind.choices)
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("用途"),
        choices=[choice for choice in Purpose.choices if choice[0] != Purpose.NUDGE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy(
            "哪几类短信可以走这个通道。短信以外的通道不用选：只提醒工作人员，值班短信照发；"
            "点击拨打的只打电话。"
        ),
    )
    weight = forms.IntegerField(
        label=gettext_lazy("权重"),
        min_value=0,
        max_value=100,
        initial=100,
        help_text=gettext_lazy("几个通道都能发时，按权重分。0 就是不发。"),
    )
    signature = LineField(
        label=gettext_lazy("签名"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("审核通过的签名，不写【】。空着，就用系统设置里的。"),
    )
    price = forms.DecimalField(
        label=gettext_lazy("每条多少元"),
        min_value=0,
        max_value=10,
        decimal_places=3,
        initial=Decimal("0.000"),
        help_text=gettext_lazy("只用来算费用。"),
    )
    options = forms.CharField(
        label=gettext_lazy("参数"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("一行一个：名称 = 值。密钥不写在这里，由管服务器的人放进系统设置。"),
    )
    is_enabled = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    FIELDS = ("name", "kind", "purposes", "weight", "signature", "is_enabled")

    def __init__(self, data: Any = None, *, code: str = "", now: Provider | None) -> None:
        self.code = code
        initial: dict[str, Any] = {}
        if now is not None:
            initial = {name: getattr(now, name) for name in self.FIELDS}
            initial |= {
                "price": Decimal(now.price) / 1000,
                "options": say_options(now.options),
            }
        super().__init__(data, initial=initial)
        if not code:
            self.fields["code"] = forms.SlugField(
                label=gettext_lazy("代号"),
                max_length=30,
                help_text=gettext_lazy("小写字母、数字和短横，例如 aliyun-1；以后不能改。"),
            )
            self.order_fields(["code"])

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).lower()
        if Provider.objects.filter(code=code).exists():
            raise forms.ValidationError(_("这个代号已经有了，请到它的页面上改。"))
        return code

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") in (*THAT_CALL, ProviderKind.WECHAT):
            given["purposes"] = []
        elif channel_of(given.get("kind", "")) != Channel.SMS:
            given["purposes"] = [Purpose.NUDGE.value]
        elif not given.get("purposes") and "purposes" not in self.errors:
            self.add_error("purposes", _("请选这个通道发哪几类短信。"))
        return given

    def clean_options(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for line in self.cleaned_data["options"].splitlines():
            name, equals, value = (clean_line(part) for part in line.partition("="))
            if not name and not equals:
                continue
            if not (equals and name.isidentifier() and value) or len(value) > LONGEST_OPTION:
                raise forms.ValidationError(
                    _("“{line}”不是“名称 = 值”。").format(line=clean_line(line)[:60])
                )
            found[name] = _read(value)
            if name in NUMBERS:
                self._check_number(name, found[name])
        if len(found) > MOST_OPTIONS:
            raise forms.ValidationError(_("参数太多了。"))
        return found

    def _check_number(self, name: str, value: object) -> None:
        least, most = NUMBERS[name]
        if type(value) is not int or not least <= value <= most:
            raise forms.ValidationError(
                _("{name} 应是 {least} 到 {most} 的整数。").format(
                    name=name, least=least, most=most
                )
            )

    def _row(self) -> Provider:
        given = self.cleaned_data
        return Provider(
            code=self.code or given["code"],
            price=int(given["price"] * 1000),
            options=given["options"],
            valid_from=given["valid_from"],
            reason=given["reason"],
            **{name: given[name] for name in self.FIELDS},
        )

    def _before(self, row: Provider) -> Provider | None:
        return in_force(Provider.objects.of(row), row.valid_from).get(row.key, [None])[0]

    def preview(self) -> Preview:
        row = self._row()
        return Preview(self._changes(row), self._warnings(row))

    def _changes(self, row: Provider) -> list[Change]:
        before = self._before(row)
        return [
            Change(_("通道"), say_provider(before) if before else "", say_provider(row)),
            Change(_("签名"), before.signature if before else "", row.signature),
            Change(
                _("每条多少元"),
                f"{before.price / 1000:.3f}" if before else "",
                f"{row.price / 1000:.3f}",
            ),
            Change(
                _("参数"), say_options(before.options) if before else "", say_options(row.options)
            ),
        ]

    def _warnings(self, row: Provider) -> list[str]:
        warnings = []
        if row.is_enabled:
            try:
                senders.make(row)
            except ImportError:
                warnings.append(_("服务器上没有装这个接口要的程序，装好以前这个通道发不了。"))
            except Exception as error:
                warnings.append(
                    _("按现在的参数用不起来：{fault}").format(fault=type(error).__name__)
                )
            name = senders.secret_name(row.code, "SECRET")
            if row.kind not in WITHOUT_SECRET and not settings.PROVIDER_SECRETS.get(name):
                warnings.append(
                    _("系统设置里还没有它的密钥 MASHANG_PROVIDER_{name}。").format(name=name)
                )
        others = [
            other
            for other in lanes.standing()
            if other.code != row.code and other.is_enabled and other.weight
        ]
        left = [*others, *([row] if row.is_enabled and row.weight else [])]
        covered = {purpose for other in left for purpose in other.purposes}
        missing = [
            str(label)
            for value, label in Purpose.choices
            if value not in covered and value != Purpose.NUDGE
        ]
        # As long as no provider of SMS is data, those go by what the settings name.
        are_data = any(channel_of(each.kind) == Channel.SMS for each in (*lanes.standing(), row))
        if missing and are_data:
            warnings.append(
                _("这样以后，{purposes}没有通道可走，会发不出去。").format(
                    purposes="、".join(missing)
                )
            )
        return warnings

    def make(self, actor: Staff) -> str:
        row = self._row()
        changes = self._changes(row)
        write([row], by=actor.account)
        recorded("provider", by=actor, what=row.code, changes=changes, reason=row.reason)
        return _("已保存。自 {day} 起按新的通道发。").format(day=row.valid_from.isoformat())


class ApprovalForm(DatedForm):
    state = forms.ChoiceField(label=gettext_lazy("审核"), choices=ApprovalState.choices)
    provider_code = LineField(
        label=gettext_lazy("通道模板号"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("审核通过后，通道给这条短信的编号。"),
    )
    variables = forms.CharField(
        label=gettext_lazy("变量"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy(
            "一行一个，按通道模板里的先后：变量名 最多字数。空着，就按文字里的先后，"
            "每个最多 20 个字，链接不限。微信模板在后面再写它在模板里的名字，例如 unit 20 thing1；"
            "链接不用写，点开就是。"
        ),
    )

    def __init__(
        self, data: Any = None, *, provider: Provider, template: str, now: Approval | None
    ) -> None:
        self.provider, self.template = provider, template
        self.is_wechat = provider.kind == ProviderKind.WECHAT
        initial = {}
        if now is not None:
            initial = {
                "state": now.state,
                "provider_code": now.provider_code,
                "variables": "\n".join(" ".join(map(str, each)) for each in now.variables),
            }
        super().__init__(data, initial=initial)

    @property
    def variables_there_are(self) -> list[tuple[str, str, str]]:
        """(name, meaning, example) of each variable of the wording, in its order."""
        names = dict.fromkeys(texts.PLACEHOLDER.findall(templates.body_of(self.template)))
        return [(name, texts.meaning(name), texts.VARIABLES[name]) for name in names]

    def clean_variables(self) -> list[list[object]]:
        allowed = texts.TEXTS[self.template].variables
        found: list[list[object]] = []
        for line in self.cleaned_data["variables"].splitlines():
            words = clean_line(line).replace("{", "").replace("}", "").split()
            if not words:
                continue
            name, most, names = words[0], words[1] if len(words) > 1 else "", words[2:]
            is_right = (
                len(names) == 1 and KEYWORD.fullmatch(names[0]) if self.is_wechat else not names
            )
            if not (is_right and most.isascii() and most.isdigit()):
                raise forms.ValidationError(
                    _("“{line}”不是“变量名 最多字数”。").format(line=clean_line(line)[:60])
                )
            if name not in allowed:
                raise forms.ValidationError(
                    _("这条短信没有变量 {name}。").format(name=f"{{{name}}}")
                )
            if not 1 <= int(most) <= MOST_CHARACTERS:
                raise forms.ValidationError(
                    _("字数应在 1 到 {most} 之间。").format(most=MOST_CHARACTERS)
                )
            found.append([name, int(most), *names])
        if len({each[0] for each in found}) != len(found):
            raise forms.ValidationError(_("有变量写了两遍。"))
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("state") == ApprovalState.APPROVED and not given.get("provider_code"):
            self.add_error("provider_code", _("审核通过的，请写通道给的模板号。"))
        return given

    def _row(self) -> Approval:
        given = self.cleaned_data
        return Approval(
            provider=self.provider.code,
            template=self.template,
            state=given["state"],
            provider_code=given["provider_code"],
            variables=given["variables"],
            valid_from=given["valid_from"],
            reason=given["reason"],
        )

    def _changes(self, row: Approval) -> list[Change]:
        before = in_force(Approval.objects.of(row), row.valid_from).get(row.key, [None])[0]
        said = say_approval(before) if before else ""
        return [Change(self.provider.name, said, say_approval(row))]

    def preview(self) -> Preview:
        row = self._row()
        warnings = []
        for name, most in lanes.variables_of(row):
            example = texts.VARIABLES[name]
            if name == "link":
                example = example.replace(texts.EXAMPLE_HOST, settings.BASE_URL)
            if most and len(example) > most:
                warnings.append(
                    _(
                        "{name}一般有 {length} 个字，像“{example}”，超过 {most} 个字的会发不出去。"
                    ).format(
                        name=texts.meaning(name),
                        length=len(example),
                        example=example,
                        most=most,
                    )
                )
        body = templates.body_of(self.template)
        told = {name for name, _most in lanes.variables_of(row)}
        missing = sorted(texts.placeholders(body) - told - ({"link"} if self.is_wechat else set()))
        if missing:
            names = "、".join(texts.meaning(name) for name in missing)
            warnings.append(_("没有写{names}，通道的模板里也没有它吗？").format(names=names))
        sent = templates.example(self.template, body, host=settings.BASE_URL)
        notes = [
            sent,
            _("连签名和链接共 {length} 个字，计 {parts} 条（70 个字以内一条）。").format(
                length=len(sent), parts=templates.parts(sent)
            ),
        ]
        return Preview(self._changes(row), warnings, notes)

    def make(self, actor: Staff) -> str:
        row = self._row()
        changes = self._changes(row)
        write([row], by=actor.account)
        what = f"{row.provider} {row.template}"
        recorded("approval", by=actor, what=what, changes=changes, reason=row.reason)
        return _("已保存。自 {day} 起算数。").format(day=row.valid_from.isoformat())
