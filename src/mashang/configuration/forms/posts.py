"""Who holds what from when to when."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, ChangeForm, DayField, Preview
from mashang.core.errors import Refused
from mashang.people.actors import Staff
from mashang.people.fields import LineField, PlaceField, UnitField
from mashang.people.models import Account, Position, Post, Role
from mashang.people.roles import EXCLUSIVE, clash


def say(post: Post) -> str:
    """颐和社区居委会 · 经办 · 书记，管颐和社区，2024-01-01 起."""
    parts = [post.unit.name, str(Role(post.role).label)]
    if post.position:
        parts.append(str(Position(post.position).label))
    if post.title:
        parts.append(post.title)
    text = " · ".join(parts) + _("，管{place}").format(place=post.place.full_name)
    if post.is_lead:
        text += _("，负责人")
    return text + "，" + say_span(post.starts_on, post.ends_on)


def say_span(first: date, last: date | None) -> str:
    if last is None:
        return _("{day} 起").format(day=first.isoformat())
    return _("{first} 至 {last}").format(first=first.isoformat(), last=last.isoformat())


class PostForm(ChangeForm):
    """A new post: it begins today or later."""

    username = LineField(
        label=gettext_lazy("用户名"),
        max_length=40,
        help_text=gettext_lazy("在“人员”里登记的用户名；同名的人靠它分清。"),
        error_messages={"required": gettext_lazy("请写用户名。")},
    )
    unit = UnitField(
        label=gettext_lazy("单位"), error_messages={"required": gettext_lazy("请写单位。")}
    )
    role = forms.ChoiceField(label=gettext_lazy("角色"), choices=Role.choices)
    position = forms.ChoiceField(
        label=gettext_lazy("职级"),
        choices=[("", gettext_lazy("（不在上报的阶梯里）")), *Position.choices],
        required=False,
        help_text=gettext_lazy("超时逐级上报时，按职级找人。"),
    )
    title = LineField(label=gettext_lazy("职务"), max_length=60, required=False)
    place = PlaceField(
        label=gettext_lazy("管辖范围"),
        required=False,
        help_text=gettext_lazy("不写就是单位的所在地。"),
    )
    is_lead = forms.BooleanField(
        label=gettext_lazy("单位负责人"),
        required=False,
        help_text=gettext_lazy("没有人值班时，短信发给负责人。"),
    )
    starts_on = DayField(
        label=gettext_lazy("任职日期"),
        initial=timezone.localdate,
        error_messages={"required": gettext_lazy("请选日期。")},
    )
    ends_on = DayField(
        label=gettext_lazy("离任日期"),
        required=False,
        help_text=gettext_lazy("最后一天。不知道就不写，以后再结束。"),
    )

    def __init__(self, data: Any = None, *, actor: Staff, initial: Any = None) -> None:
        self.actor = actor
        super().__init__(data, initial=initial)

    def clean_username(self) -> Account:
        typed = self.cleaned_data["username"]
        account = Account.objects.filter(username=typed, is_active=True).first()
        if account is None:
            raise forms.ValidationError(_("没有这个用户名，或已停用。请先登记人员。"))
        if account.pk == self.actor.account.pk:
            raise forms.ValidationError(_("不能给自己加任职，请另一位系统管理员来加。"))
        return account

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts, ends = given.get("starts_on"), given.get("ends_on")
        if starts and starts < timezone.localdate():
            self.add_error("starts_on", _("只能从今天或以后开始。"))
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("离任日期早于任职日期。"))
        if not self.errors:
            self._refuse_clash(self._post())
        return given

    def _refuse_clash(self, post: Post) -> None:
        others = list(Post.objects.filter(account=post.account))
        pair = clash([post, *others])
        if pair is not None:
            raise forms.ValidationError(
                _("一个人不能同时是{one}和{other}。").format(
                    one=Role(pair[0].role).label, other=Role(pair[1].role).label
                )
            )

    def _post(self) -> Post:
        given = self.cleaned_data
        return Post(
            account=given["username"],
            unit=given["unit"],
            role=given["role"],
            position=given["position"],
            title=given["title"],
            place=given["place"] or given["unit"].place,
            is_lead=given["is_lead"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
        )

    def preview(self) -> Preview:
        post = self._post()
        changes = [Change(post.account.name, "", say(post))]
        warnings = []
        if post.role in EXCLUSIVE:
            warnings.append(
                _("{role}管全系统。系统管理员、安全管理员、审计员要由三个人分别担任。").format(
                    role=Role(post.role).label
                )
            )
        same = Post.objects.current().filter(unit=post.unit, role=post.role, account=post.account)
        if same.exists():
            warnings.append(_("这个人在这个单位已经有同样的任职。"))
        if not post.account.phone and post.role in (Role.HANDLER, Role.DISPATCHER):
            warnings.append(_("这个人没有登记手机号，收不到短信。"))
        return Preview(changes, warnings)

    def make(self, actor: Staff) -> str:
        post = self._post()
        post.save()
        recorded(
            "post",
            by=actor,
            what=post.account.name,
            changes=[Change(post.account.name, "", say(post))],
            reason=self.cleaned_data["reason"],
            about=f"account:{post.account_id}",
        )
        return _("已登记：{name}，{post}。").format(name=post.account.name, post=say(post))


class EndPostForm(ChangeForm):
    """The last day of a post; one that has not begun is taken back altogether."""

    ends_on = DayField(
        label=gettext_lazy("离任日期"),
        required=False,
        help_text=gettext_lazy("最后一天，今天或以后。还没有开始的任职，不写日期就撤回。"),
    )

    def __init__(self, data: Any = None, *, post: Post) -> None:
        self.post = post
        super().__init__(data, initial={"ends_on": timezone.localdate()})

    @property
    def has_begun(self) -> bool:
        return self.post.starts_on <= timezone.localdate()

    def clean_ends_on(self) -> date | None:
        day = self.cleaned_data["ends_on"]
        if day is None and self.has_begun:
            raise forms.ValidationError(_("请选日期。"))
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("只能是今天或以后；以前的不改。"))
        if day is not None and day < self.post.starts_on:
            raise forms.ValidationError(_("离任日期早于任职日期。"))
        return day

    def preview(self) -> Preview:
        if self.post.ends_on is not None and self.post.ends_on < timezone.localdate():
            raise Refused(_("这个任职已经结束了。"))
        changes = [Change(self.post.account.name, say(self.post), self._after())]
        return Preview(changes, self._warnings())

    def _after(self) -> str:
        day = self.cleaned_data["ends_on"]
        if day is None:
            return _("撤回，从来没有开始")
        return say_span(self.post.starts_on, day)

    def _warnings(self) -> list[str]:
        """Who is then missing."""
        post, day = self.post, self.cleaned_data["ends_on"]
        if day is None:
            return []
        others = Post.objects.current(day + timedelta(days=1)).exclude(pk=post.pk)
        warnings = []
        if post.position and not others.filter(position=post.position, place=post.place).exists():
            warnings.append(
                _("以后{place}没有{position}了，上报到这一级会马上报下一级。").format(
                    place=post.place.full_name, position=Position(post.position).label
                )
            )
        if not others.filter(unit=post.unit).exists():
            warnings.append(_("以后{unit}没有人了，短信发给上级单位。").format(unit=post.unit.name))
        if post.role == Role.SYSTEM_OPERATOR and not others.filter(role=post.role).exists():
            warnings.append(_("这是最后一位系统管理员：以后没有人能改设置。"))
        return warnings

    def make(self, actor: Staff) -> str:
        changes = [Change(self.post.account.name, say(self.post), self._after())]
        day = self.cleaned_data["ends_on"]
        if day is None:
            self.post.delete()
        else:
            self.post.ends_on = day
            self.post.save(update_fields=["ends_on"])
        recorded(
            "post",
            by=actor,
            what=self.post.account.name,
            changes=changes,
            reason=self.cleaned_data["reason"],
            about=f"account:{self.post.account_id}",
        )
        return _("已保存：{name}，{after}。").format(
            name=self.post.account.name, after=changes[0].after
        )
