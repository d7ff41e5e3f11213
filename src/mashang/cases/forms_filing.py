"""What the staff fill in for somebody at the counter or on the phone: the resident's own form, and
how it came, what it is about, how urgent it is, and that the person agreed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from mashang.cases import categories
from mashang.cases.forms import Line, ReportForm, Tick
from mashang.cases.models import CaseType, Category, Channel, Urgency
from mashang.people.actors import Staff
from mashang.people.models import Role
from mashang.places.models import Level, Place

FILING_ROLES = (Role.HANDLER, Role.DISPATCHER, Role.INSPECTOR)
CHANNELS = (Channel.COUNTER, Channel.PHONE)


def files_for_others(actor: Staff) -> bool:
    """Whether filing for residents is any of the person's business."""
    return bool(scopes(actor))


def scopes(actor: Staff) -> list[Place]:
    """The places for which this person may file."""
    return [post.place for post in actor.posts if post.is_lead or post.role in FILING_ROLES]


def own_place(actor: Staff) -> Place | None:
    """Where nearly everything is that comes to this person's counter, if that is one place."""
    places = {place.code: place for place in scopes(actor) if place.level == Level.VILLAGE}
    return next(iter(places.values())) if len(places) == 1 else None


class FileForForm(ReportForm):
    """After `is_valid`, `category` is a row or None, `urgency` may be empty for the default."""

    channel = Line()
    category = Line()
    urgency = Line()
    has_agreed = Tick()

    def __init__(self, data: Mapping[str, Any], *, actor: Staff, type: CaseType | None = None):
        super().__init__(data, place=own_place(actor), type=type)
        self.actor, self.type = actor, type

    def clean_channel(self) -> str:
        channel = self.cleaned_data["channel"]
        if channel not in CHANNELS:
            raise forms.ValidationError(_("请选择是在窗口，还是来电话。"))
        return channel

    def clean_category(self) -> Category | None:
        code = self.cleaned_data["category"]
        known = {node.category.code: node.category for node in categories.active()}
        found = known.get(code)
        if code and found is None:
            raise forms.ValidationError(_("请选择类别。"))
        return found

    def clean_urgency(self) -> str:
        urgency = self.cleaned_data["urgency"]
        if urgency and urgency not in Urgency:
            raise forms.ValidationError(_("请选择紧急程度。"))
        return urgency

    def clean_has_agreed(self) -> bool:
        if not self.cleaned_data["has_agreed"]:
            raise forms.ValidationError(_("请先问诉求人是否同意登记，同意了再勾选。"))
        return True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        place = self.place
        if place is not None and not any(
            place.code.startswith(scope.code) for scope in scopes(self.actor)
        ):
            self.add_error(
                "place_text",
                _("{place}不在您负责的范围里，请当地登记，或者请诉求人自己扫码反映。").format(
                    place=place.name
                ),
            )
        return given
