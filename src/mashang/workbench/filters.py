"""The filters of a list: each one a field of the form, a condition, and a chip that says it.

What stands in an address is checked like anything that was typed. Filters stack: a case must
meet them all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import dateformat, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.flow import Phase, State
from mashang.cases.models import Category, Channel, Clock, Supervision, Urgency
from mashang.core.cached import Fresh
from mashang.people.finding import find_units
from mashang.people.models import Account, Unit
from mashang.places.models import Place, subtree
from mashang.places.queries import search
from mashang.workbench import grams

MOST_RUNGS = 9
MOST_CHOICES = 12
NO_ONE = "nobody"

TYPES = {"request": gettext_lazy("诉求")}
CLOCKS: dict[str, tuple[str | Promise, Callable[[datetime], Q]]] = {
    "overdue": (gettext_lazy("已超时"), lambda now: Q(due_at__lt=now)),
    "hour": (
        gettext_lazy("一小时内到期"),
        lambda now: Q(due_at__gte=now, due_at__lt=now + timedelta(hours=1)),
    ),
    "today": (
        gettext_lazy("今天到期"),
        lambda now: Q(due_at__gte=now, due_at__lt=begin(timezone.localdate(now), plus=1)),
    ),
    "running": (gettext_lazy("还没到期"), lambda now: Q(due_at__gte=now)),
    "paused": (
        gettext_lazy("暂停计时"),
        lambda _now: Q(
            pk__in=Clock.objects.filter(stopped_at=None, paused_at__isnull=False).values("case")
        ),
    ),
    "none": (gettext_lazy("没有期限在走"), lambda _now: Q(due_at=None)),
}


_categories: Fresh[dict[str, Category]] = Fresh(
    lambda: {str(row.pk): row for row in Category.objects.select_related("parent")}
)


def begin(day: date, *, plus: int = 0) -> datetime:
    """The beginning of a day of the city's, so many days later."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=plus), time()))


@dataclass(frozen=True)
class Chip:
    """A filter that is on. Taking it off takes `names` out of the address."""

    label: str
    names: tuple[str, ...]
    condition: Q


@dataclass(frozen=True)
class Choice:
    """One of several places, units or people that were meant by what was typed."""

    label: str
    name: str
    value: str


def _choices(values: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [("", gettext_lazy("不限")), *values]


def _typed(label: Promise, hint: Promise, known: str = "") -> forms.CharField:
    attributes: dict[str, object] = {"placeholder": hint, "autocomplete": "off"}
    if known:
        attributes |= {"list": known, "data-suggest": known}
    return forms.CharField(
        label=label, required=False, max_length=60, widget=forms.TextInput(attributes)
    )


def _choice(label: Promise, values: Iterable[tuple[Any, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=_choices(values))


def _day(label: Promise) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class FilterForm(forms.Form):
    """All filters but the queue. Places and units are typed by name or pinyin and then stand in
    the address by their keys, which the hidden fields hold."""

    place = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    unit = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    assignee = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    place_name = _typed(gettext_lazy("地点"), gettext_lazy("名称或拼音"), "places")
    unit_name = _typed(gettext_lazy("承办单位"), gettext_lazy("名称或拼音"), "units")
    words = _typed(gettext_lazy("内容里有"), gettext_lazy("两个字以上"))
    state = _choice(gettext_lazy("状态"), State.choices)
    phase = _choice(gettext_lazy("阶段"), Phase.choices)
    clock = _choice(gettext_lazy("期限"), ((name, label) for name, (label, _q) in CLOCKS.items()))
    rung = _choice(
        gettext_lazy("已上报"),
        ((str(n), gettext_lazy("第 %d 级") % n) for n in range(1, MOST_RUNGS + 1)),
    )
    type = _choice(gettext_lazy("类型"), TYPES.items())
    category = _choice(gettext_lazy("类别"), ())
    urgency = _choice(gettext_lazy("紧急程度"), Urgency.choices)
    channel = _choice(gettext_lazy("渠道"), Channel.choices)
    supervision = _choice(gettext_lazy("督办"), Supervision.choices)
    received_from = _day(gettext_lazy("收到：从"))
    received_to = _day(gettext_lazy("收到：到"))
    closed_from = _day(gettext_lazy("办结：从"))
    closed_to = _day(gettext_lazy("办结：到"))

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="f-%s", label_suffix="")
        self.categories = _categories.get()
        self.fields["category"].choices = _choices(  # type: ignore[attr-defined]
            (key, row.name if row.parent is None else f"{row.parent.name} / {row.name}")
            for key, row in self.categories.items()
        )


@dataclass
class Filters:
    """What is filtered by. `problems` are filters that could not be understood, `choices` what a
    typed name may have meant; neither narrows the list."""

    form: FilterForm
    now: datetime
    chips: list[Chip] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def condition(self) -> Q:
        found = Q()
        for chip in self.chips:
            found &= chip.condition
        return found

    @property
    def is_on(self) -> bool:
        return bool(self.chips)


PLAIN = ("state", "phase", "type", "urgency", "channel", "supervision")
NAMES = tuple(FilterForm.base_fields)


def settled(query: QueryDict) -> QueryDict | None:
    """The address with typed names replaced by the place or unit they name; None where there is
    nothing to settle, or where it is not clear what was meant."""
    found = query.copy()
    if typed := found.get("place_name", "").strip():
        places = search(typed, 2)
        if places and (len(places) == 1 or typed in (places[0].name, places[0].full_name)):
            found["place"] = places[0].code
            del found["place_name"]
    if typed := found.get("unit_name", "").strip():
        units = find_units(typed, 2)
        if units and (len(units) == 1 or typed == units[0].name):
            found["unit"] = str(units[0].pk)
            del found["unit_name"]
    return found if found != query else None


def read(query: Mapping[str, Any], *, now: datetime) -> Filters:
    """The filters that an address asks for."""
    form = FilterForm(query)
    form.is_valid()
    filters = Filters(form, now)
    for name in form.errors:
        label = form.fields[name].label or name
        filters.problems.append(_("“{label}”这一项看不懂，没有按它筛选。").format(label=label))
    values = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    for name, value in values.items():
        if name in PLAIN:
            said = dict(form.fields[name].choices)[value]  # type: ignore[attr-defined]
            label = f"{form.fields[name].label}：{said}"
            filters.chips.append(Chip(label, (name,), Q(**{name: value})))
        elif name in READERS:
            READERS[name](filters, value)
    return filters


# The others -------------------------------------------------------------------------------------


def _place(filters: Filters, code: str) -> None:
    place = Place.objects.filter(pk=code).first()
    if place is None:
        filters.problems.append(_("没有这个地点。"))
        return
    label = _("地点：{name}").format(name=place.full_name)
    filters.chips.append(Chip(label, ("place",), subtree(place.code, field="place_id")))


def _place_name(filters: Filters, typed: str) -> None:
    found = search(typed, MOST_CHOICES)
    filters.choices += [Choice(place.full_name, "place", place.code) for place in found]
    if not found:
        filters.problems.append(_("没有找到叫“{name}”的地点。").format(name=typed))


def _unit(filters: Filters, key: int) -> None:
    unit = Unit.objects.filter(pk=key).first()
    if unit is None:
        filters.problems.append(_("没有这个单位。"))
        return
    label = _("单位：{name}").format(name=unit.name)
    filters.chips.append(Chip(label, ("unit",), Q(unit_id=unit.pk)))


def _unit_name(filters: Filters, typed: str) -> None:
    found = find_units(typed, MOST_CHOICES)
    filters.choices += [Choice(unit.name, "unit", str(unit.pk)) for unit in found]
    if not found:
        filters.problems.append(_("没有找到叫“{name}”的单位。").format(name=typed))


def _assignee(filters: Filters, key: str) -> None:
    if key == NO_ONE:
        filters.chips.append(Chip(_("没有经办人"), ("assignee",), Q(assignee=None)))
        return
    account = Account.objects.filter(pk=key).first() if key.isdecimal() else None
    if account is None:
        filters.problems.append(_("没有这个人。"))
        return
    label = _("经办人：{name}").format(name=account.name)
    filters.chips.append(Chip(label, ("assignee",), Q(assignee_id=account.pk)))


def _words(filters: Filters, typed: str) -> None:
    filters.words = grams.words(typed)
    if not filters.words:
        filters.problems.append(_("“内容里有”要写两个字以上。"))
        return
    label = _("内容里有：{words}").format(words=" ".join(typed.split()))
    filters.chips.append(Chip(label, ("words",), Q()))


def _clock(filters: Filters, name: str) -> None:
    said, condition = CLOCKS[name]
    label = _("期限：{said}").format(said=said)
    filters.chips.append(Chip(label, ("clock",), condition(filters.now)))


def _rung(filters: Filters, rung: str) -> None:
    label = _("已上报到第 {rung} 级").format(rung=rung)
    filters.chips.append(Chip(label, ("rung",), Q(rung=int(rung))))


def _category(filters: Filters, key: str) -> None:
    """A category with everything below it."""
    rows = filters.form.categories
    inside = {int(key)}
    while further := {row.pk for row in rows.values() if row.parent_id in inside} - inside:
        inside |= further
    label = _("类别：{name}").format(name=rows[key].name)
    filters.chips.append(Chip(label, ("category",), Q(category__in=inside)))


def _since(column: str, said: Callable[[], str]) -> Callable[[Filters, date], None]:
    def reader(filters: Filters, day: date) -> None:
        name = f"{column.removesuffix('_at')}_from"
        condition = Q(**{f"{column}__gte": begin(day)})
        filters.chips.append(Chip(said().format(day=_said(day)), (name,), condition))

    return reader


def _until(column: str, said: Callable[[], str]) -> Callable[[Filters, date], None]:
    def reader(filters: Filters, day: date) -> None:
        name = f"{column.removesuffix('_at')}_to"
        condition = Q(**{f"{column}__lt": begin(day, plus=1)})
        filters.chips.append(Chip(said().format(day=_said(day)), (name,), condition))

    return reader


def _said(day: date) -> str:
    return dateformat.format(day, _("Y年n月j日"))


READERS: dict[str, Callable[[Filters, Any], None]] = {
    "place": _place,
    "place_name": _place_name,
    "unit": _unit,
    "unit_name": _unit_name,
    "assignee": _assignee,
    "words": _words,
    "clock": _clock,
    "rung": _rung,
    "category": _category,
    "received_from": _since("received_at", lambda: _("{day} 起收到")),
    "received_to": _until("received_at", lambda: _("{day} 前收到")),
    "closed_from": _since("closed_at", lambda: _("{day} 起办结")),
    "closed_to": _until("closed_at", lambda: _("{day} 前办结")),
}
