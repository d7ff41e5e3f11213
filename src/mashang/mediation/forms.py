"""What is typed about a mediation: applying, the committee's moves, and what a side writes."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases.models import Case
from mashang.cases.service_pages import Line, MoveForm, Phone, ServiceForm, Words
from mashang.core.text import mask_name
from mashang.mediation.actions import CONTENTS, Agreed, Application, Held, Said, mediators
from mashang.mediation.models import Agreement, Door, Instalment, Party, Side, Way

MOST_INSTALMENTS = 36


class ApplyForm(ServiceForm):
    """An application by one side."""

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

    def application(self, place: Any) -> Application:
        return Application(place, **self.cleaned_data)


class ProposeForm(ApplyForm):
    """A cadre's proposal, or an application that came in person: both sides are asked."""

    name = Line(gettext_lazy("一方姓名"), most=40)
    phone = Phone(gettext_lazy("一方电话"), required=False)


class AcceptForm(MoveForm):
    topic = Line(gettext_lazy("是什么纠纷"), most=120, help_text=gettext_lazy(
        "一句话，不偏向哪一方，双方都会看到。例如：楼上漏水的赔偿。"
    ))  # fmt: skip


class PartyForm(MoveForm):
    """Something that a side says in person or on paper, entered by the committee."""

    party = forms.ModelChoiceField(
        label=gettext_lazy("哪一方"), queryset=Party.objects.none(), empty_label=None,
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        field: Any = self.fields["party"]
        field.queryset = Party.objects.filter(case=case)
        field.label_from_instance = lambda party: (
            f"{Side(party.side).label}：{mask_name(party.name or '')}"
        )

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


class MinutesForm(MoveForm):
    side = forms.ChoiceField(
        label=gettext_lazy("和谁谈"), required=False, widget=forms.RadioSelect,
        choices=[("", gettext_lazy("双方一起")), *Side.choices],
        help_text=gettext_lazy("只和一方谈的笔录，另一方看不到。"),
    )  # fmt: skip
    held_on = forms.DateField(
        label=gettext_lazy("哪天"), widget=forms.DateInput(attrs={"type": "date"}),
        initial=timezone.localdate,
    )  # fmt: skip
    minutes = Words(gettext_lazy("笔录"), most=4000, rows=6)

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"session": Held(given["held_on"], given["minutes"], given["side"])}


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
            sides = "\n".join(
                f"{Side(party.side).label}：{party.name}"
                for party in Party.objects.filter(case=case)
            )
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

    words = Words(gettext_lazy("说明（双方都看到）"))
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
        label=gettext_lazy("也给对方看"), required=False,
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
    "end": NothingForm,
    "sign": NothingForm,
}
