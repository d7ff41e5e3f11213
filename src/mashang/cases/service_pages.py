"""What the pages of services share: forms for moves, making a move, saying why one was not made."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mashang.cases import flows
from mashang.cases.actions.entries import Overtaken
from mashang.cases.actions.moving import advance
from mashang.cases.actions.step import NotThere, TooLate, at_once
from mashang.cases.flow import FILED, Move, Who
from mashang.cases.models import Case
from mashang.cases.wording import say_time
from mashang.core.errors import Refused
from mashang.core.phones import WrongPhone, clean_phone, is_mobile
from mashang.core.text import clean_line, clean_text
from mashang.people.actors import Actor
from mashang.people.models import Post, Role

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
MOST_WORDS = 1000


class Words(forms.CharField):
    """Text of several lines; control characters are dropped and never an error."""

    def __init__(self, label: object, *, most: int = MOST_WORDS, rows: int = 3, **more: Any):
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(label=label, max_length=most, strip=False, widget=widget, **more)

    def to_python(self, value: object) -> str:
        return clean_text(str(value or ""))


class Line(forms.CharField):
    def __init__(self, label: object, *, most: int = 80, **more: Any):
        super().__init__(label=label, max_length=most, strip=False, **more)

    def to_python(self, value: object) -> str:
        return clean_line(str(value or ""))


class Phone(forms.CharField):
    """A number that can be called; of an SMS, where `by_sms`. Empty only where not required."""

    def __init__(self, label: object = gettext_lazy("电话"), *, by_sms: bool = False, **more: Any):
        widget = forms.TextInput(
            attrs={"inputmode": "tel", "autocomplete": "tel", "class": "short"}
        )
        super().__init__(label=label, max_length=40, widget=widget, **more)
        self.by_sms = by_sms

    def clean(self, value: object) -> str:
        typed = str(super().clean(value))
        if not typed:
            return ""
        try:
            phone = clean_phone(typed)
        except WrongPhone:
            raise forms.ValidationError(_("这个号码打不通，请检查有没有写错。")) from None
        if self.by_sms and not is_mobile(phone):
            raise forms.ValidationError(_("请写能收短信的手机号码。"))
        return phone


class ServiceForm(forms.Form):
    """A form of a service: attributes tell a screen reader what is wrong, blanks stay what they
    are. `facts` is what a move is given."""

    required_css_class = "required"

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any):
        super().__init__(data, **more)
        for field in self.fields.values():
            if field.required:
                field.error_messages["required"] = _("请填“{label}”。").format(label=field.label)

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


class MoveForm(ServiceForm):
    """A form for a move of one case."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, case: Case, files: Any = None, **more: Any
    ):
        self.case = case
        super().__init__(data, files=files, **more)


@dataclass(frozen=True)
class Offered:
    """A move that somebody may make now, with its form."""

    name: str
    label: str
    form: MoveForm
    is_tried: bool = False


def offers(
    case: Case,
    who: Iterable[Who],
    kinds: Mapping[str, type[MoveForm]],
    tried: tuple[str, MoveForm] | None = None,
) -> list[Offered]:
    """The moves from here that have a form, in the table's order; what was typed stays typed."""
    found = []
    for move in flows.of(case).moves_from(case.state, who):
        if move.name not in kinds:
            continue
        is_tried = tried is not None and tried[0] == move.name
        form = tried[1] if tried and is_tried else kinds[move.name](case=case, auto_id=_ids(move))
        found.append(Offered(move.name, str(move.label), form, is_tried))
    return found


def _ids(move: Move) -> str:
    return f"{move.name}-%s"


def move_form(
    name: str, case: Case, kinds: Mapping[str, type[MoveForm]], request: HttpRequest
) -> MoveForm:
    """The form of a move as it was sent."""
    return kinds[name](request.POST, case=case, files=request.FILES, auto_id=f"{name}-%s")


def attempt(case: Case, name: str, *, by: Actor, **facts: Any) -> tuple[str, int]:
    """Make a move; ("", 302), or what to tell the person and the answer's status.

    Raises NotThere, which is answered as an address that does not exist.
    """
    try:
        advance(case, name, by=by, **facts)
    except NotThere:
        raise
    except Overtaken:
        return at_once(), 409
    except TooLate as error:
        return str(error), 409
    except Refused as error:
        return str(error), 422
    except DatabaseError:
        return _("系统正忙，这一步没有存上。您写的还在，请过一会儿再按一次。"), 503
    return "", 302


@dataclass(frozen=True)
class Happened:
    """One line of a case's history."""

    time: str
    label: str
    who: str
    words: str


def history(case: Case, *, for_public: bool = False) -> list[Happened]:
    """What happened, oldest first; to those outside, only what the table calls public, and neither
    who did it nor what was written among the staff."""
    now, moves, found = timezone.now(), flows.of(case).moves, []
    for entry in case.entries.order_by("seq"):
        move = moves.get(entry.move)
        if for_public and move is not None and not move.is_public:
            continue
        label = _("提出") if entry.move == FILED else str(move.label) if move else entry.move
        who = {"system": _("系统"), "resident": _("居民")}.get(
            entry.actor.get("kind", ""), entry.actor.get("name", "")
        )
        words = "" if for_public else str(entry.data.get("words", ""))
        found.append(
            Happened(say_time(entry.at, today=now), label, "" if for_public else who, words)
        )
    return found


def handles(post: Post) -> bool:
    """Whether the post's holder works on its unit's cases."""
    return post.is_lead or post.role in (Role.HANDLER, Role.DISPATCHER)


def form_token(request: HttpRequest) -> str:
    """What makes a form one case however often it is sent."""
    sent = request.POST.get("token", "")
    return sent if TOKEN.fullmatch(sent) else secrets.token_urlsafe(18)
