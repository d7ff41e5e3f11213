"""What the auditor looks for."""

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.audit import kinds
from mashang.core.ids import parse_case_number
from mashang.people.models import Account, Unit
from mashang.places.models import Place, subtree
from mashang.places.naming import short_code

# Beyond so many a name is too common to look for.
MOST_NAMESAKES = 100
DATE_INPUT = ({"type": "date"}, "%Y-%m-%d")


def _kinds() -> list[Any]:
    return [("", gettext_lazy("全部")), *kinds.choices()]


class Search(forms.Form):
    """Filters of the register; `found` is what they mean as a query."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), required=False, choices=_kinds)
    person = forms.CharField(
        label=gettext_lazy("人员"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("姓名或用户名：谁做的，或者做在谁身上"),
    )
    case = forms.CharField(
        label=gettext_lazy("事项编号"),
        required=False,
        max_length=24,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    where = forms.CharField(
        label=gettext_lazy("单位或地点"), required=False, max_length=80,
        help_text=gettext_lazy("名称或代码"),
    )  # fmt: skip
    since = forms.DateField(
        label=gettext_lazy("从"), required=False, widget=forms.DateInput(*DATE_INPUT)
    )
    until = forms.DateField(
        label=gettext_lazy("到"), required=False, widget=forms.DateInput(*DATE_INPUT)
    )
    words = forms.CharField(
        label=gettext_lazy("内容里的字"), required=False, max_length=60,
        help_text=gettext_lazy("连同日期一起填，找得更快"),
    )  # fmt: skip

    found: Q

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.found = Q()
        for name, value in list(cleaned.items()):
            if not value:
                continue
            meant = getattr(self, f"_{name}")(value.strip() if isinstance(value, str) else value)
            if isinstance(meant, Q):
                self.found &= meant
            else:
                self.add_error(name, meant)
        return cleaned

    def _kind(self, kind: str) -> Q:
        return Q(kind=kind)

    def _since(self, day: date) -> Q:
        return Q(at__gte=_midnight(day))

    def _until(self, day: date) -> Q:
        return Q(at__lt=_midnight(day + timedelta(days=1)))

    def _words(self, words: str) -> Q:
        return Q(data__icontains=words) | Q(actor__icontains=words) | Q(address=words)

    def _person(self, typed: str) -> Q | str:
        people = Account.objects.filter(username=typed)
        if not people.exists():
            people = Account.objects.filter(Q(name__icontains=typed) | Q(username__icontains=typed))
        keys = list(people.values_list("pk", flat=True)[: MOST_NAMESAKES + 1])
        if not keys:
            return _("没有这个人。请写姓名或用户名。")
        if len(keys) > MOST_NAMESAKES:
            return _("叫这个名字的人太多，请写用户名。")
        return Q(account__in=keys) | Q(about__in=[f"account:{key}" for key in keys])

    def _case(self, typed: str) -> Q | str:
        parsed = parse_case_number(typed)
        if parsed is None:
            return _("这不是事项编号，请核对数字。")
        return Q(about=f"case:{parsed[1]}")

    def _where(self, typed: str) -> Q | str:
        units = Unit.objects.filter(Q(code=typed) | Q(name=typed)).values_list("pk", flat=True)
        if units:
            return Q(unit__in=list(units)) | Q(about__in=[f"unit:{key}" for key in units])
        same = Q(code=short_code(typed)) | Q(name=typed) | Q(full_name=typed)
        codes = list(Place.objects.filter(same).values_list("code", flat=True)[:MOST_NAMESAKES])
        if not codes:
            return _("没有这个单位或地点。请写全称或代码。")
        return reduce(or_, (subtree(code, field="place") for code in codes))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())
