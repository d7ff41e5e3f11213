"""Working days and days off: days by hand, or a whole year from the published notices.

A day is its own date of effect: days that are over are never changed, and limits that run already
keep their end.
"""

from datetime import date, timedelta
from typing import Any

import chinese_calendar
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.configuration.actions import recorded
from mashang.configuration.changing import ChangeForm, DayField, Preview
from mashang.configuration.days import Plan, bring_in_line, planned
from mashang.core.errors import Refused
from mashang.people.actors import Staff
from mashang.people.fields import LineField

MOST_DAYS = 60
WORK, REST, FORGET = "work", "rest", "forget"


class PlanForm(ChangeForm):
    """A change of days, whatever it comes from."""

    def plan(self) -> Plan:
        """What each day is to be; None takes the city's own entry away. Raises Refused."""
        raise NotImplementedError

    def preview(self) -> Preview:
        changes = planned(self.plan())
        return Preview(changes, notes=[_("已经开始计时的期限不变，只对以后新开始的有效。")])

    def make(self, actor: Staff) -> str:
        plan = self.plan()
        changes = planned(plan)
        count = bring_in_line(plan, by=actor.account)
        recorded(
            "calendar",
            by=actor,
            what=_("工作日历"),
            changes=changes,
            reason=self.cleaned_data["reason"],
        )
        return _("已保存，改了 {count} 天。").format(count=count)


class DaysForm(PlanForm):
    """One day, or a span of days, by hand."""

    first = DayField(
        label=gettext_lazy("从"), error_messages={"required": gettext_lazy("请选日期。")}
    )
    last = DayField(
        label=gettext_lazy("到"), required=False, help_text=gettext_lazy("只有一天就不用写。")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("这些天"),
        choices=[
            (REST, gettext_lazy("休息")),
            (WORK, gettext_lazy("上班")),
            (FORGET, gettext_lazy("去掉本市的规定，按公布的放假通知")),
        ],
    )
    name = LineField(
        label=gettext_lazy("说明"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("例如：春节、调休上班。"),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and first <= timezone.localdate():
            self.add_error("first", _("只能改明天和以后的日子；过去的不改。"))
        if first and last and last < first:
            self.add_error("last", _("结束日期早于开始日期。"))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("last", _("一次最多 {most} 天。").format(most=MOST_DAYS))
        return given

    def plan(self) -> Plan:
        given = self.cleaned_data
        first = given["first"]
        days = ((given["last"] or first) - first).days + 1
        told = None if given["kind"] == FORGET else (given["kind"] == WORK, given["name"])
        return {first + timedelta(days=number): told for number in range(days)}


class SuggestionForm(PlanForm):
    """A year as the library of published notices has it, for whoever checks it and takes it."""

    def __init__(self, data: Any = None, *, year: int) -> None:
        super().__init__(data)
        self.year = year

    def plan(self) -> Plan:
        """The days that differ from the plain week and are still to come. Raises Refused where
        the library does not know the year."""
        try:
            chinese_calendar.is_workday(date(self.year, 12, 31))
        except NotImplementedError as error:
            raise Refused(
                _("程序自带的日历还没有 {year} 年。请等国务院办公厅的通知，用表格导入。").format(
                    year=self.year
                )
            ) from error
        plan: dict[date, tuple[bool, str] | None] = {}
        day = max(date(self.year, 1, 1), timezone.localdate() + timedelta(days=1))
        while day.year == self.year:
            _is_off, name = chinese_calendar.get_holiday_detail(day)
            works = chinese_calendar.is_workday(day)
            if works != (day.weekday() < 5) or name:
                said = NAMES.get(name or "", "")
                plan[day] = (works, said + (_("调休上班") if works else ""))
            day += timedelta(days=1)
        return plan


NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}
