"""The phones that get no notices, for the system operator and the dispatchers."""

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.core.phones import WrongPhone, clean_phone, is_mobile
from mashang.core.text import mask_phone
from mashang.messaging import do_not_send as listed
from mashang.messaging.models import DoNotSend
from mashang.people.actors import Staff
from mashang.people.doors import only_for
from mashang.people.models import Role

SALT = "mashang.messaging.do_not_send"
LASTS = 1800  # seconds between asking about a number and deciding


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}),
        help_text=gettext_lazy("按手机号查找会记入审计"),
        error_messages={"required": gettext_lazy("请写手机号。")},
    )

    def clean_phone(self) -> str:
        try:
            phone = clean_phone(self.cleaned_data["phone"])
        except WrongPhone:
            phone = ""
        if not is_mobile(phone):
            raise forms.ValidationError(_("这不是手机号，请核对 11 位数字。"))
        return phone


@require_http_methods(["GET", "HEAD", "POST"])
@only_for(Role.SYSTEM_OPERATOR, Role.DISPATCHER)
def do_not_send(request: HttpRequest, actor: Staff) -> HttpResponse:
    """Ask about a number; then put it on the list or take it off. The number travels in the
    request's body and, once asked about, as a signed index with its masked form."""
    if request.method != "POST":
        return _page(request, form=PhoneForm())
    if "phone" in request.POST:
        form = PhoneForm(request.POST)
        if not form.is_valid():
            return _page(request, form=form, status=422)
        phone = form.cleaned_data["phone"]
        index = blind_index(phone)
        listed.look_up(index, by=actor)
        return _page(request, form=PhoneForm(), asked=(index, mask_phone(phone)))
    index, masked = _asked(request)
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("action") == "lift":
            listed.lift(index, reason=reason, by=actor)
            messages.success(
                request, _("{phone} 已从名单上取下，以后照常发通知。").format(phone=masked)
            )
        else:
            listed.add(index, reason=reason, by=actor)
            messages.success(request, _("{phone} 已登记，以后不再发通知。").format(phone=masked))
    except Refused as refused:
        return _page(
            request,
            form=PhoneForm(),
            asked=(index, masked),
            problem=str(refused),
            reason=reason,
            status=422,
        )
    return redirect("do_not_send")


def _asked(request: HttpRequest) -> tuple[str, str]:
    try:
        index, masked = signing.loads(request.POST.get("asked", ""), salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError) as error:
        raise BadRequest("the number was asked about too long ago") from error
    return index, masked


def _page(
    request: HttpRequest,
    *,
    form: PhoneForm,
    asked: tuple[str, str] | None = None,
    problem: str = "",
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "count": DoNotSend.objects.count(),
        "asked": signing.dumps(asked, salt=SALT) if asked else "",
        "masked": asked[1] if asked else "",
        "row": listed.find(asked[0]) if asked else None,
        "problem": problem,
        "reason": reason,
        "most": listed.LONGEST_REASON,
    }
    return render(request, "messaging/do_not_send.html", context, status=status)
