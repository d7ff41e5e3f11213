"""A limit, and a ladder written whole."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases import rules
from mashang.cases.flow import ClockName
from mashang.cases.models import Clock, LadderStep, Limit, TimeUnit, Urgency
from mashang.cases.wording import say_limit, say_time
from mashang.configuration.actions import recorded
from mashang.configuration.changing import Change, DatedForm, Preview
from mashang.core.versions import in_force, write
from mashang.core.worktime import HOURS, MINUTES, WORKING_DAYS
from mashang.people.actors import Staff
from mashang.people.duty import holders_by_place
from mashang.people.fields import LineField
from mashang.people.models import Position
from mashang.places.models import Level, Place

# Rules that the product reads as a bare number, in this unit alone.
FIXED_UNITS = {
    "extension": TimeUnit.WORKING_DAYS,
    "contact_attempts": TimeUnit.TIMES,
    "follow_up_attempts": TimeUnit.TIMES,
    "follow_up_share": TimeUnit.PERCENT,
}
MOST = {
    MINUTES: 24 * 60,
    HOURS: 24 * 400,
    WORKING_DAYS: 250,
    TimeUnit.TIMES: 20,
    TimeUnit.PERCENT: 100,
}
PROMISED_MINUTES = 30  # the duty to phone back within half an hour (domain rules §1)
MOST_RUNGS = 9
FIRST_RUNG = 2  # the first is the cadre who has the case


def say_urgency(urgency: str) -> str:
    return str(Urgency(urgency).label) if urgency else ""


def name_of(limit: Limit) -> str:
    """办理 · 一般事项, 首次联系."""
    name = str(dict(rules.LIMIT_NAMES).get(limit.name, limit.name))
    return f"{name} · {say_urgency(limit.urgency)}" if limit.urgency else name


def say(limit: Limit | None) -> str:
    """30 分钟，20 分钟时提醒（半小时内回电）."""
    if limit is None:
        return ""
    text = say_limit(limit)
    if limit.unit in (TimeUnit.TIMES, TimeUnit.PERCENT):
        text = f"{limit.amount} {limit.get_unit_display()}"
    if limit.warn_after:
        warn = say_limit(Limit(amount=limit.warn_after, unit=limit.unit))
        text += _("，{span}后提醒").format(span=warn)
    return f"{text}（{limit.basis}）" if limit.basis else text


class LimitForm(DatedForm):
    """The next version of the limit of `name` and `urgency`."""

    amount = forms.IntegerField(
        label=gettext_lazy("多少"),
        min_value=1,
        error_messages={
            "required": gettext_lazy("请写数字。"),
            "min_value": gettext_lazy("至少是 1。"),
            "invalid": gettext_lazy("请写整数。"),
        },
    )
    unit = forms.ChoiceField(label=gettext_lazy("单位"), choices=TimeUnit.choices)
    warn_after = forms.IntegerField(
        label=gettext_lazy("过多久提醒一次"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("单位同上，要早于期限。不写就不提醒。"),
    )
    basis = LineField(
        label=gettext_lazy("依据"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("哪个文件、哪一条。"),
    )

    def __init__(self, data: Any = None, *, name: str, urgency: str, now: Limit | None) -> None:
        self.name, self.urgency = name, urgency
        initial = {}
        if now is not None:
            initial = {
                field: getattr(now, field) for field in ("amount", "unit", "warn_after", "basis")
            }
        super().__init__(data, initial=initial)
        units = [FIXED_UNITS[name]] if name in FIXED_UNITS else [MINUTES, HOURS, WORKING_DAYS]
        self.fields["unit"].choices = [(u, TimeUnit(u).label) for u in units]  # type: ignore[attr-defined]
        if name not in ClockName:
            del self.fields["warn_after"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        amount, unit = given.get("amount"), given.get("unit")
        if amount and unit and amount > MOST[unit]:
            fault = _("太长了，最多 {most} {unit}，请核对。")
            self.add_error("amount", fault.format(most=MOST[unit], unit=TimeUnit(unit).label))
        if amount and (given.get("warn_after") or 0) >= amount:
            self.add_error("warn_after", _("提醒要早于期限。"))
        return given

    def _limit(self) -> Limit:
        given = self.cleaned_data
        return Limit(
            name=self.name,
            urgency=self.urgency,
            amount=given["amount"],
            unit=given["unit"],
            warn_after=given.get("warn_after"),
            basis=given["basis"],
            valid_from=given["valid_from"],
            reason=given["reason"],
        )

    def _before(self, limit: Limit) -> Limit | None:
        return in_force(Limit.objects.of(limit), limit.valid_from).get(limit.key, [None])[0]

    def preview(self) -> Preview:
        limit = self._limit()
        before = self._before(limit)
        changes = [Change(name_of(limit), say(before), say(limit))]
        return Preview(changes, self._warnings(limit), self._notes(limit, before))

    def _warnings(self, limit: Limit) -> list[str]:
        is_longer = limit.unit != MINUTES or limit.amount > PROMISED_MINUTES
        if limit.name == ClockName.CONTACT and is_longer:
            return [_("首次联系超过 30 分钟。对居民的承诺是半小时内回电，页面上会改成新的时限。")]
        return []

    def _notes(self, limit: Limit, before: Limit | None) -> list[str]:
        notes = []
        if limit.name in ClockName and limit.unit != TimeUnit.TIMES:
            now, days = timezone.now(), rules.calendar()
            due = days.add(now, limit.amount, limit.unit).at
            notes.append(_("按新的：现在开始计时，到 {time} 为止。").format(time=say_time(due)))
            if before is not None:
                was = days.add(now, before.amount, before.unit).at
                notes.append(_("按以前的：到 {time} 为止。").format(time=say_time(was)))
            live = Clock.objects.filter(name=limit.name, stopped_at=None).count()
            notes.append(
                _("正在计时的 {count} 件不变，只对 {day} 起新开始的计时有效。").format(
                    count=live, day=limit.valid_from.isoformat()
                )
            )
        return notes

    def make(self, actor: Staff) -> str:
        limit = self._limit()
        before = self._before(limit)
        write([limit], by=actor.account)
        recorded(
            "limit",
            by=actor,
            what=name_of(limit),
            changes=[Change(name_of(limit), say(before), f"{say(limit)} {limit.valid_from}")],
            reason=limit.reason,
        )
        return _("已保存。{name}自 {day} 起：{limit}。").format(
            name=name_of(limit), day=limit.valid_from.isoformat(), limit=say(limit)
        )


def ladder_name(ladder: str, clock: str) -> str:
    """一般 · 首次联系超时."""
    return _("{ladder} · {clock}超时").format(
        ladder=dict(rules.LADDERS)[ladder], clock=ClockName(clock).label
    )


def say_ladder(rungs: Sequence[LadderStep]) -> str:
    """One line a rung."""
    return "\n".join(say_rung(rung) for rung in sorted(rungs, key=lambda rung: rung.rung))


def say_rung(rung: LadderStep) -> str:
    when = (
        _("超时后 {count} {unit}").format(count=rung.after, unit=rung.get_unit_display())
        if rung.after
        else _("一超时")
    )
    return f"{rung.rung}. {when}：{rung.get_position_display()}"


class LadderForm(DatedForm):
    """A ladder, whole: from its day on it replaces the one before, rung by rung."""

    layout = "configuration/ladder_fields.html"

    unit = forms.ChoiceField(
        label=gettext_lazy("时间单位"),
        choices=[(unit, TimeUnit(unit).label) for unit in (MINUTES, HOURS, WORKING_DAYS)],
    )

    def __init__(
        self, data: Any = None, *, ladder: str, clock: str, now: Sequence[LadderStep]
    ) -> None:
        self.ladder, self.clock, self.now = ladder, clock, list(now)
        initial: dict[str, object] = {"unit": self.now[0].unit if self.now else WORKING_DAYS}
        for number, rung in enumerate(self.now):
            initial |= {f"position_{number}": rung.position, f"after_{number}": rung.after}
        super().__init__(data, initial=initial)
        for number in range(MOST_RUNGS):
            self.fields[f"position_{number}"] = forms.ChoiceField(
                label=_("第 {number} 级报给谁").format(number=number + FIRST_RUNG),
                choices=[("", _("（没有这一级）")), *Position.choices],
                required=False,
            )
            self.fields[f"after_{number}"] = forms.IntegerField(
                label=_("超时多久以后"), min_value=0, max_value=24 * 60 * 30, required=False
            )
        last = ("valid_from", "reason")
        self.order_fields([*(name for name in self.fields if name not in last), *last])

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("unit", "valid_from", "reason")]

    @property
    def rungs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"position_{n}"], self[f"after_{n}"]) for n in range(MOST_RUNGS)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        least, seen = 0, set()
        for number in range(MOST_RUNGS):
            position, after = given.get(f"position_{number}"), given.get(f"after_{number}")
            if not position:
                continue
            if position in seen:
                self.add_error(f"position_{number}", _("同一个职级写了两次。"))
            seen.add(position)
            if after is None:
                self.add_error(f"after_{number}", _("请写超时多久以后报；一超时就报，写 0。"))
            elif after < least:
                self.add_error(f"after_{number}", _("要不早于上一级。"))
            else:
                least = after
        if not seen and not self.errors:
            raise forms.ValidationError(_("至少要有一级，不然超时了没有人知道。"))
        return given

    def _steps(self) -> list[LadderStep]:
        given = self.cleaned_data
        chosen = [
            (given[f"position_{n}"], given[f"after_{n}"])
            for n in range(MOST_RUNGS)
            if given.get(f"position_{n}")
        ]
        return [
            LadderStep(
                ladder=self.ladder,
                clock=self.clock,
                rung=rung,
                position=position,
                after=after,
                unit=given["unit"],
                valid_from=given["valid_from"],
                reason=given["reason"],
            )
            for rung, (position, after) in enumerate(chosen, start=FIRST_RUNG)
        ]

    def _before(self, day: date) -> list[LadderStep]:
        key = (self.ladder, self.clock)
        known = LadderStep.objects.filter(ladder=self.ladder, clock=self.clock)
        found = in_force(known, day).get(key, [])
        return sorted(found, key=lambda rung: rung.rung)

    def preview(self) -> Preview:
        steps = self._steps()
        before = self._before(steps[0].valid_from)
        old = {step.rung: say_rung(step) for step in before}
        new = {step.rung: say_rung(step) for step in steps}
        changes = [
            Change(_("第 {rung} 级").format(rung=rung), old.get(rung, ""), new.get(rung, ""))
            for rung in sorted({*old, *new})
        ]
        return Preview(changes, self._warnings(steps, before), [_("整条阶梯从这天起换成新的。")])

    def _warnings(self, steps: list[LadderStep], before: list[LadderStep]) -> list[str]:
        warnings = []
        if len(steps) < len(before):
            warnings.append(
                _("比以前少 {count} 级：超时以后，以前的上级不再收到短信。").format(
                    count=len(before) - len(steps)
                )
            )
        townships = list(Place.objects.current(timezone.localdate()).filter(level=Level.TOWNSHIP))
        for step in steps:
            held = holders_by_place(step.position, [place.code for place in townships])
            empty = [place.full_name for place in townships if not held[place.code]]
            if empty:
                warnings.append(
                    _(
                        "{position}在 {count} 个乡镇（街道）没有人，如{place}："
                        "到这一级会马上报下一级。"
                    ).format(position=step.get_position_display(), count=len(empty), place=empty[0])
                )
        return warnings

    def make(self, actor: Staff) -> str:
        steps = self._steps()
        before = self._before(steps[0].valid_from)
        name = ladder_name(self.ladder, self.clock)
        write(steps, by=actor.account)
        changes = [Change(name, say_ladder(before), say_ladder(steps))]
        recorded("ladder", by=actor, what=name, changes=changes, reason=steps[0].reason)
        return _("已保存。{name}自 {day} 起共 {count} 级。").format(
            name=name, day=steps[0].valid_from.isoformat(), count=len(steps)
        )
