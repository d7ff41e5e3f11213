"""What is typed about a mediation: applying, the committee's moves, and what a party writes."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.models import Case
from mashang.cases.service_pages import Line, MoveForm, Phone, ServiceForm, Words
from mashang.core.phones import WrongPhone, clean_phone
from mashang.core.text import clean_line, mask_name
from mashang.mediation.actions import CONTENTS, Agreed, Application, Held, Said, mediators
from mashang.mediation.models import Agreement, Capacity, Door, Instalment, Party, Side, Way
from mashang.mediation.parties import MOST_A_SIDE, Agent, Person, active

MOST_INSTALMENTS = 36
MOST_NAME = 60
NUMBER = re.compile(r"[\d+()-]{3,}")


class People(Words):
    """Somebody on each line: a name, and behind it a phone where one is known."""

    def clean(self, value: Any) -> Any:
        lines = [line for line in super().clean(value).split("\n") if line.strip()]
        if len(lines) >= MOST_A_SIDE:
            raise forms.ValidationError(_("一方最多 10 位。人多的，请推选代表参加。"))
        return [self._person(number, clean_line(line)) for number, line in enumerate(lines, 1)]

    def _person(self, number: int, line: str) -> Person:
        name, _blank, last = line.rpartition(" ")
        if not NUMBER.fullmatch(last):
            name, last = line, ""
        elif not name:
            raise forms.ValidationError(_("第 {number} 行没有写姓名。").format(number=number))
        if len(name) > MOST_NAME:
            raise forms.ValidationError(
                _("第 {number} 行的姓名太长了，一行只写一位。").format(number=number)
            )
        try:
            return Person(name.strip(), clean_phone(last) if last else "")
        except WrongPhone:
            raise forms.ValidationError(
                _("第 {number} 行的电话打不通，请检查有没有写错。").format(number=number)
            ) from None


class ApplyForm(ServiceForm):
    """An application by one side, perhaps of several, perhaps by whoever acts for a party."""

    text = Words(gettext_lazy("为什么事"), help_text=gettext_lazy(
        "和谁、什么时候、为什么事，想怎么解决。这些话只有调委会看，不给对方看。"
    ))  # fmt: skip
    name = Line(gettext_lazy("您的姓名"), most=40)
    phone = Phone(gettext_lazy("您的手机"), by_sms=True, help_text=gettext_lazy(
        "通知和您自己的链接发到这里。"
    ))  # fmt: skip
    other_name = Line(gettext_lazy("对方是谁"), most=60, help_text=gettext_lazy("姓名或单位。"))
    other_phone = Phone(gettext_lazy("对方电话"), required=False, help_text=gettext_lazy(
        "不知道就空着，调委会去找。"
    ))  # fmt: skip
    others = People(gettext_lazy("对方还有谁"), required=False, rows=2, help_text=gettext_lazy(
        "一行写一位，姓名后面空一格写电话，例如：何立新 13900000000"
    ))  # fmt: skip
    with_me = People(
        gettext_lazy("和您一起申请的"),
        required=False,
        rows=2,
        help_text=gettext_lazy("一行写一位。调委会会一位一位问愿不愿意。"),
    )
    capacity = forms.ChoiceField(
        label=gettext_lazy("您是替谁申请的吗"), required=False, widget=forms.RadioSelect,
        choices=[
            ("", gettext_lazy("为我自己")),
            (Capacity.GUARDIAN, gettext_lazy("替孩子或者我监护的人")),
            (Capacity.AUTHORISED, gettext_lazy("受人委托，有委托书")),
        ],
        help_text=gettext_lazy("替别人申请的，请带上证明或委托书到调委会核对，核对了才能替他答应。"),
    )  # fmt: skip
    for_whom = Line(gettext_lazy("他的姓名"), most=40, required=False, help_text=gettext_lazy(
        "为自己申请的不用写。"
    ))  # fmt: skip

    @property
    def further(self) -> list[forms.BoundField]:
        """What most applications leave empty."""
        return [self[name] for name in ("others", "with_me", "capacity", "for_whom")]

    @property
    def first(self) -> list[forms.BoundField]:
        further = {field.name for field in self.further}
        return [field for field in self if field.name not in further]

    @property
    def has_further(self) -> bool:
        return any(field.errors or field.value() for field in self.further)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("capacity") and not given.get("for_whom"):
            self.add_error("for_whom", _("请写您替谁申请。"))
        if given.get("for_whom") and not given.get("capacity"):
            self.add_error("capacity", _("请选您以什么身份替他申请。"))
        return given

    def application(self, place: Any) -> Application:
        return Application(place, **self.cleaned_data)


class ProposeForm(ApplyForm):
    """A cadre's proposal, or an application that came in person: both sides are asked."""

    name = Line(gettext_lazy("一方姓名"), most=40, help_text=gettext_lazy(
        "有代理人的，这里写来申请的人。"
    ))  # fmt: skip
    phone = Phone(gettext_lazy("一方电话"), required=False)
    with_me = People(gettext_lazy("这一方还有谁"), required=False, rows=2, help_text=gettext_lazy(
        "一行写一位，姓名后面空一格写电话。"
    ))  # fmt: skip
    capacity = forms.ChoiceField(
        label=gettext_lazy("替别人来的吗"), required=False, widget=forms.RadioSelect,
        choices=[
            ("", gettext_lazy("为自己")),
            (Capacity.GUARDIAN, gettext_lazy("替孩子或者他监护的人")),
            (Capacity.AUTHORISED, gettext_lazy("受人委托，有委托书")),
        ],
        help_text=gettext_lazy("看过证明或委托书以后，在那件的页面“登记代理人”。"),
    )  # fmt: skip


class AcceptForm(MoveForm):
    topic = Line(gettext_lazy("是什么纠纷"), most=120, help_text=gettext_lazy(
        "一句话，不偏向哪一方，各方都会看到。例如：楼上漏水的赔偿。"
    ))  # fmt: skip


def masked(party: Party) -> str:
    """A party as the staff see it before a recorded look."""
    agent = f"（{Capacity(party.agent_as).label} {mask_name(party.agent)}）" if party.agent else ""
    return f"{Side(party.side).label}：{mask_name(party.name or '')}{agent}"


class PartyForm(MoveForm):
    """Something that a party says in person or on paper, entered by the committee."""

    party = forms.ModelChoiceField(
        label=gettext_lazy("哪一位"), queryset=Party.objects.none(), empty_label=None,
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        field: Any = self.fields["party"]
        field.queryset = active(case)
        field.label_from_instance = masked

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "way": Way.PAPER}


class MediatorForm(MoveForm):
    mediator = forms.ChoiceField(label=gettext_lazy("调解员"))

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        self.people = {str(account.pk): account for account in mediators(case)}
        field: Any = self.fields["mediator"]
        field.choices = [(key, account.name) for key, account in self.people.items()]

    def facts(self) -> dict[str, Any]:
        return {"mediator": self.people[self.cleaned_data["mediator"]]}


class InviteForm(MoveForm):
    meets_at = forms.DateTimeField(
        label=gettext_lazy("什么时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("请写日期和时间，例如 2026-12-01 15:00。")},
    )
    where = Line(gettext_lazy("在哪里"), most=80)


class PersonForm(MoveForm):
    """One more party."""

    side = forms.ChoiceField(
        label=gettext_lazy("哪一方"), choices=Side.choices, widget=forms.RadioSelect
    )
    name = Line(gettext_lazy("姓名"), most=MOST_NAME)
    phone = Phone(required=False)

    def facts(self) -> dict[str, Any]:
        return {"person": Person(**self.cleaned_data)}


class AgentForm(PartyForm):
    """Who acts for a party, by what the committee saw."""

    name = Line(gettext_lazy("代理人姓名"), most=40, required=False, help_text=gettext_lazy(
        "空着就是不再代理。换了人，以前的链接就打不开了。"
    ))  # fmt: skip
    phone = Phone(gettext_lazy("代理人电话"), required=False)
    capacity = forms.ChoiceField(
        label=gettext_lazy("以什么身份"), choices=Capacity.choices, widget=forms.RadioSelect,
        initial=Capacity.AUTHORISED,
    )  # fmt: skip
    basis = Line(gettext_lazy("看过什么"), most=200, required=False, help_text=gettext_lazy(
        "委托书的日期和权限，或者证明监护关系的材料，例如：2026年3月1日委托书，可代为达成协议。"
    ))  # fmt: skip
    may_sign = forms.BooleanField(
        label=gettext_lazy("委托书写明可以代为达成协议、签字"), required=False,
        help_text=gettext_lazy("没有写明的，协议由本人签。监护人可以签。"),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        party = given.pop("party")
        return {"party": party, "agent": Agent(**given)}


class MinutesForm(MoveForm):
    heard = forms.ChoiceField(
        label=gettext_lazy("和谁谈"), required=False, widget=forms.RadioSelect,
        help_text=gettext_lazy("只和一方或一位谈的笔录，别人看不到。"),
    )  # fmt: skip
    held_on = forms.DateField(
        label=gettext_lazy("哪天"), widget=forms.DateInput(attrs={"type": "date"}),
        initial=timezone.localdate,
    )  # fmt: skip
    minutes = Words(gettext_lazy("笔录"), most=4000, rows=6)

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        present = list(active(case))
        self.rooms: dict[str, list[Party]] = {"": []}
        labels: dict[str, object] = {"": _("各方一起")}
        for side in Side:
            mine = [party for party in present if party.side == side]
            if len(mine) > 1:
                self.rooms[side], labels[side] = mine, f"{side.label}（{len(mine)}）"
        for party in present:
            self.rooms[str(party.pk)], labels[str(party.pk)] = [party], masked(party)
        field: Any = self.fields["heard"]
        field.choices = list(labels.items())

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"session": Held(given["held_on"], given["minutes"], self.rooms[given["heard"]])}


class AgreementForm(MoveForm):
    """The contents of art. 29, one field each; instalments a line each."""

    parties = Words(gettext_lazy("一、当事人的基本情况"), rows=3)
    facts_ = Words(gettext_lazy("二、纠纷的主要事实"), most=3000, rows=4)
    issues = Words(gettext_lazy("三、争议事项"), rows=2)
    liability = Words(gettext_lazy("四、各方当事人的责任"), rows=2)
    terms = Words(gettext_lazy("五、协议内容，履行的方式、地点、期限"), most=3000, rows=5)
    instalments = Words(gettext_lazy("分期（一行一笔）"), required=False, help_text=gettext_lazy(
        "先写日期，再写做什么，例如：2026-12-31 付 2000 元"
    ))  # fmt: skip

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        made = Agreement.objects.filter(case=case).first()
        if made is None:
            sides = "\n".join(f"{Side(party.side).label}：{party.spoken}" for party in active(case))
            self.initial |= {"parties": sides, "issues": case.mediation.topic}
            return
        self.initial |= {name: getattr(made, name) for name in CONTENTS}
        self.initial["facts_"] = made.facts
        rows = Instalment.objects.filter(agreement=made)
        self.initial["instalments"] = "\n".join(f"{row.due_on} {row.words}" for row in rows)

    def clean_instalments(self) -> list[tuple[date, str]]:
        found = []
        lines = [line for line in self.cleaned_data["instalments"].split("\n") if line.strip()]
        if len(lines) > MOST_INSTALMENTS:
            raise forms.ValidationError(_("最多写 36 笔。"))
        for number, line in enumerate(lines, start=1):
            day, _blank, words = line.strip().partition(" ")
            try:
                found.append((date.fromisoformat(day), words.strip()))
            except ValueError:
                raise forms.ValidationError(
                    _("第 {number} 行要先写日期，例如：2026-12-31 付 2000 元").format(number=number)
                ) from None
            if not words.strip():
                raise forms.ValidationError(_("第 {number} 行没有写做什么。").format(number=number))
        return found

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        contents = {name: given["facts_" if name == "facts" else name] for name in CONTENTS}
        return {"agreement": Agreed(contents, given["instalments"] or ())}


class ReasonForm(MoveForm):
    """Ending it: why, and the next door, which the law wants told (art. 26)."""

    words = Words(gettext_lazy("说明（各方都看到）"))
    door = forms.ChoiceField(label=gettext_lazy("可以去哪里"), choices=Door.choices)


class WordsForm(MoveForm):
    words = Words(gettext_lazy("说明"))


class VisitForm(MoveForm):
    words = Words(gettext_lazy("回访的情况"))
    kept = forms.MultipleChoiceField(
        label=gettext_lazy("已经履行的"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        rows = Instalment.objects.filter(agreement=case.pk, kept_at=None)
        if not rows:
            del self.fields["kept"]
            return
        field: Any = self.fields["kept"]
        field.choices = [(str(row.pk), f"{row.due_on} {row.words}") for row in rows]


class NothingForm(MoveForm):
    """A move that needs no words."""


class SayForm(MoveForm):
    words = Words(gettext_lazy("您想说的"), rows=4)
    is_shared = forms.BooleanField(
        label=gettext_lazy("也给其他当事人看"), required=False,
        help_text=gettext_lazy("不勾就只有调解员看到。发出后不能改。"),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"statement": Said(given["words"], given["is_shared"])}


STAFF_FORMS: dict[str, type[MoveForm]] = {
    "accept": AcceptForm,
    "consent": PartyForm,
    "name_mediator": MediatorForm,
    "invite": InviteForm,
    "minutes": MinutesForm,
    "draft": AgreementForm,
    "sign": PartyForm,
    "seal": NothingForm,
    "agree_orally": AgreementForm,
    "visit": VisitForm,
    "court": WordsForm,
    "fulfil": NothingForm,
    "broken": ReasonForm,
    "object": PartyForm,
    "leave": PartyForm,
    "represent": AgentForm,
    "name_party": PersonForm,
    "join": PersonForm,
    "refuse": PartyForm,
    "end": PartyForm,
    "decline": ReasonForm,
    "fail": ReasonForm,
    "withdraw": NothingForm,
    "note": WordsForm,
}
PARTY_FORMS: dict[str, type[MoveForm]] = {
    "consent": NothingForm,
    "say": SayForm,
    "object": NothingForm,
    "refuse": NothingForm,
    "leave": NothingForm,
    "end": NothingForm,
    "sign": NothingForm,
}
