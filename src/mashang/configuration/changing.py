"""How every page of the settings changes something: typed, looked at, then made.

A form says what it would change (`preview`) and does it (`make`). It is made only after the same
values were shown to the person as a preview, and with the tick where there is something to warn
of. Nothing here needs a script, and what was typed is in the form all along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.configuration.access import may_change
from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.people.actors import Staff
from mashang.people.fields import LineField

PREVIEW, SAVE = "preview", "save"
MOST_REASON = 200


@dataclass(frozen=True)
class Change:
    """One thing as it is and as it would be; "" for what is not there."""

    what: str
    before: str
    after: str

    @property
    def is_change(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Preview:
    """What saving would do. `warnings` need a tick; `notes` are only to be read."""

    changes: Sequence[Change] = ()
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()


class DayField(forms.DateField):
    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **more)


class ChangeForm(forms.Form):
    """A form of the settings. Subclasses say `preview` and `make`."""

    layout = "configuration/fields.html"  # the template that lays the fields out

    reason = LineField(
        label=gettext_lazy("为什么改"),
        max_length=MOST_REASON,
        required=False,
        help_text=gettext_lazy("可以不写。写上依据，以后查得清楚。"),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.use_required_attribute = False
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(id of the field, what to do) for the list above the form."""
        own = [
            (self[name].id_for_label or f"id_{name}", error)
            for name in self.fields
            for error in self.errors.get(name, ())
        ]
        return [("problems", error) for error in self.non_field_errors()] + own

    @cached_property
    def digest(self) -> str:
        """Of all that was sent: what is saved must be what was shown."""
        told = sorted((name, str(value)) for name, value in self.cleaned_data.items())
        return blind_index(repr(told), purpose="preview")

    def preview(self) -> Preview:
        """What would change. Raises Refused where a rule says no."""
        raise NotImplementedError

    def make(self, actor: Staff) -> str:
        """Make the change, within a transaction; what to tell the person. Raises Refused."""
        raise NotImplementedError


class DatedForm(ChangeForm):
    """A change that takes effect on a day."""

    valid_from = DayField(
        label=gettext_lazy("自何日起"),
        help_text=gettext_lazy("从这天零点起生效；以前的事仍按以前的规则。"),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["valid_from"].initial = timezone.localdate
        self.order_fields(
            [*(name for name in self.fields if name not in LAST), *LAST],
        )

    def clean_valid_from(self) -> Any:
        day = self.cleaned_data["valid_from"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("只能从今天或以后开始，不能改过去。"))
        if day.year > timezone.localdate().year + 5:
            raise forms.ValidationError(_("日期太远了，请核对年份。"))
        return day


LAST = ("valid_from", "reason")


@dataclass
class Shown:
    """A form on its page, with the preview where there is one."""

    form: ChangeForm
    preview: Preview | None = None
    problem: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def previewed(self) -> str:
        return self.form.digest if self.preview is not None else ""


def change(
    request: HttpRequest,
    actor: Staff,
    form: ChangeForm,
    *,
    template: str,
    context: Mapping[str, object],
    back: str,
) -> HttpResponse:
    """Show the form, its preview, or make the change and go to the page `back`.

    Whoever may only see gets the page without the form, and no change is there for them.
    """
    if not may_change(actor):
        if request.method == "POST":
            raise Http404
        return render(request, template, {**context, "may_change": False})
    shown = Shown(form)
    page = {**context, "form": form, "shown": shown, "may_change": True}
    if request.method != "POST":
        return render(request, template, page)
    if not form.is_valid():
        return render(request, template, page, status=422)
    try:
        with transaction.atomic():
            preview = form.preview()
            if _is_to_be_made(request, form, preview):
                done = form.make(actor)
                messages.success(request, done)
                return redirect(back)
    except Refused as refused:
        shown.problem = str(refused)
        return render(request, template, page, status=422)
    shown.preview = preview
    shown.changes = [change for change in preview.changes if change.is_change]
    return render(request, template, page)


def _is_to_be_made(request: HttpRequest, form: ChangeForm, preview: Preview) -> bool:
    """Whether the person saw exactly this, and ticked what was warned of."""
    sent = request.POST
    if sent.get("step") != SAVE or sent.get("previewed") != form.digest:
        return False
    return not preview.warnings or sent.get("confirmed") == "1"
