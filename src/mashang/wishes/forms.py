"""What is typed about a wish: posting, claiming, offering, and the grid's moves."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.attachments.forms import PhotosField
from mashang.cases.models import Case
from mashang.cases.service_pages import Line, MoveForm, Phone, ServiceForm, Words
from mashang.wishes.access import offers_for
from mashang.wishes.actions import Claimant
from mashang.wishes.models import Kind
from mashang.wishes.money import without_money

MOST_SHOWN = 120


class PostForm(ServiceForm):
    """A wish, by the person or from a paper slip."""

    text = Words(gettext_lazy("您的心愿"), most=300, help_text=gettext_lazy(
        "写一件具体的东西或者一件事，例如：一副老花镜；请人修一修轮椅。不写钱。"
    ))  # fmt: skip
    name = Line(gettext_lazy("姓名"), most=40, help_text=gettext_lazy("只有社区知道，不会公布。"))
    phone = Phone(gettext_lazy("电话"), help_text=gettext_lazy("心愿实现时通知您。"))

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        if len(text) < 4:
            raise forms.ValidationError(_("请多写几个字，让大家知道需要什么。"))
        return without_money(text)


class SlipForm(PostForm):
    """The same, typed by a cadre from a paper slip. Whoever has no phone is reached in person."""

    phone = Phone(gettext_lazy("电话"), required=False, help_text=gettext_lazy(
        "没有电话就空着，由社区当面告诉本人。"
    ))  # fmt: skip
    has_agreed = forms.BooleanField(
        label=gettext_lazy("本人同意登记，知道公布时不写是谁"), required=True
    )


class HelperForm(ServiceForm):
    """Who helps."""

    kind = forms.ChoiceField(
        label=gettext_lazy("您是"), choices=Kind.choices, widget=forms.RadioSelect,
        initial=Kind.PERSON,
    )  # fmt: skip
    group = Line(gettext_lazy("单位或队伍名称"), most=60, required=False, help_text=gettext_lazy(
        "个人不用填。单位和队伍的名称会让心愿的主人知道。"
    ))  # fmt: skip
    name = Line(gettext_lazy("联系人姓名"), most=40, help_text=gettext_lazy("只有社区知道。"))
    phone = Phone(gettext_lazy("手机"), by_sms=True, help_text=gettext_lazy(
        "会收到一条验证码，之后的消息也发到这个号码。"
    ))  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") != Kind.PERSON and not given.get("group"):
            self.add_error("group", _("请写单位或队伍的名称。"))
        return given

    def who(self) -> Claimant:
        given = self.cleaned_data
        group = "" if given["kind"] == Kind.PERSON else given["group"]
        return Claimant(given["name"], given["phone"], given["kind"], group)


class OfferForm(HelperForm):
    words = Words(gettext_lazy("您愿意帮什么"), most=200, rows=2, help_text=gettext_lazy(
        "例如：可以送两袋面粉；周末可以上门理发。不写钱。"
    ))  # fmt: skip
    field_order = ("words", "kind", "group", "name", "phone")

    def clean_words(self) -> str:
        return without_money(self.cleaned_data["words"])


class CheckForm(MoveForm):
    public_words = Words(
        gettext_lazy("公布出来的话"), most=MOST_SHOWN, rows=2, help_text=gettext_lazy(
            "大家看到的就是这句。不写姓名、电话、门牌和病情，"
            "例如：一位老人想要一副 300 度的老花镜。"
        ),
    )  # fmt: skip
    handover = Line(gettext_lazy("东西送到哪里"), most=MOST_SHOWN, help_text=gettext_lazy(
        "送到社区，由社区转交，认领的人不需要知道是谁。"
    ))  # fmt: skip

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        self.initial["public_words"] = case.wish.public_words or case.text[:MOST_SHOWN]
        self.initial["handover"] = case.wish.handover or (case.unit.name if case.unit else "")

    def clean_public_words(self) -> str:
        return without_money(self.cleaned_data["public_words"])


class ReasonForm(MoveForm):
    words = Words(gettext_lazy("原因（本人能看到）"))


class OptionalForm(MoveForm):
    words = Words(gettext_lazy("说明"), required=False)


class NoteForm(MoveForm):
    words = Words(gettext_lazy("备注（只有社区能看到）"))


class DeliverForm(MoveForm):
    words = Words(gettext_lazy("送了什么、送到哪里"), help_text=gettext_lazy(
        "例如：老花镜一副，11 月 24 日送到居委会，王主任收下。"
    ))  # fmt: skip
    photos = PhotosField(
        label=gettext_lazy("照片"), required=False,
        help_text=gettext_lazy("可以不拍；只拍东西，不拍人。"),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        return {"words": self.cleaned_data["words"]}


class ConfirmForm(MoveForm):
    words = Words(
        gettext_lazy("想对帮您的人说的话"), required=False, rows=2,
        help_text=gettext_lazy("可以不写。写了会转给对方，不带您的姓名。"),
    )  # fmt: skip


class ClaimForm(MoveForm, HelperForm):
    """A claim that came by phone or on paper, typed by the grid."""

    def facts(self) -> dict[str, Any]:
        return {"claimant": self.who()}


class MatchForm(MoveForm):
    """The choices are those of whoever looks; `actor` is put in by the page."""

    offer = forms.ModelChoiceField(
        label=gettext_lazy("选一份愿意帮的"), queryset=None, empty_label=None,
        widget=forms.RadioSelect,
    )  # fmt: skip
    actor: Any = None

    def __init__(self, data: Any = None, *, case: Case, **more: Any):
        super().__init__(data, case=case, **more)
        field: Any = self.fields["offer"]
        field.queryset = offers_for(self.actor) if self.actor else None
        field.label_from_instance = lambda offer: f"{offer.shown}：{offer.words}"


STAFF_FORMS: dict[str, type[MoveForm]] = {
    "check": CheckForm,
    "reword": CheckForm,
    "claim": ClaimForm,
    "match": MatchForm,
    "deliver": DeliverForm,
    "confirm": ConfirmForm,
    "not_received": OptionalForm,
    "give_back": OptionalForm,
    "decline": ReasonForm,
    "withdraw": OptionalForm,
    "note": NoteForm,
}
RESIDENT_FORMS: dict[str, type[MoveForm]] = {
    "confirm": ConfirmForm,
    "not_received": OptionalForm,
    "withdraw": OptionalForm,
}
HELPER_FORMS: dict[str, type[MoveForm]] = {"deliver": DeliverForm, "give_back": OptionalForm}
