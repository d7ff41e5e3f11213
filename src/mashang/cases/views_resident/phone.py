"""What a code sent to the phone opens: a case by its number, all of one's cases, one's own data."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from mashang.cases import flows
from mashang.cases.actions.identity import erase, exported
from mashang.cases.models import Case, Requester
from mashang.cases.resident_access import (
    case_of,
    cases_of_phone,
    forget_phone,
    has_proved,
    proved_index,
    remember_phone,
    resident_of,
)
from mashang.cases.resident_timeline import STATUSES, unit_name
from mashang.cases.views_resident.filing import see_other
from mashang.core.crypto import blind_index
from mashang.core.ids import clean_code, parse_case_number
from mashang.core.phones import WrongPhone, clean_phone, is_mobile
from mashang.core.text import clean_line, mask_phone
from mashang.core.throttle import DAY, HOUR, Limit, over
from mashang.messaging.verification import TooMany, check_code, send_code

TRIES_PER_ADDRESS_AN_HOUR = 30
# Whoever tries the last four digits of a number gets this many tries a day.
TRIES_PER_NUMBER_A_DAY = 20


def _too_often(request: HttpRequest, *limits: Limit) -> bool:
    address = request.client_address  # type: ignore[attr-defined]
    mine = Limit("phone codes of an address", address, HOUR, TRIES_PER_ADDRESS_AN_HOUR)
    return bool(over([mine, *limits]))


def _send(phone: str, *, purpose: str) -> None:
    """Send a code if the phone may have one now. Nothing is told either way: whether a code was
    sent would tell whether the phone is known here."""
    try:
        send_code(phone, purpose=purpose, language=get_language() or settings.LANGUAGE_CODE)
    except TooMany:
        return


def _typed(request: HttpRequest, name: str) -> str:
    return clean_line(request.POST.get(name, ""))[:40]


# These pages ask for no CSRF cookie either: a code to the phone is what opens them.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def track_by_number(request: HttpRequest) -> HttpResponse:
    """A case by its number and the phone's last four digits, then a code sent to that phone.

    The answer is the same whether or not the two fit each other.
    """
    number, tail, code = (_typed(request, name) for name in ("number", "tail", "code"))
    context: dict[str, object] = {"number": number, "tail": tail, "step": "number"}
    if request.method != "POST":
        return render(request, "cases/track_by_number.html", context)
    parsed = parse_case_number(number)
    digits = clean_code(tail)
    if parsed is None or not (digits.isascii() and digits.isdigit() and len(digits) == 4):
        problem = (
            _("编号不对：请照短信或回执上的数字写，一共九位以上。")
            if parsed is None
            else _("请写电话号码的最后四位数字。")
        )
        faults = [("number" if parsed is None else "tail", problem)]
        return _with_faults(request, "cases/track_by_number.html", context, faults)
    year, key = parsed
    if _too_often(request, Limit("tries of a number", str(key), DAY, TRIES_PER_NUMBER_A_DAY)):
        return _too_many(request, "cases/track_by_number.html", context)
    requester = _requester(year, key, digits)
    purpose = f"track:{key}"
    if request.POST.get("step") == "code":
        if requester and check_code(requester.phone or "", purpose=purpose, typed=code):
            response = see_other(reverse("track", args=[requester.tracking_token]))
            remember_phone(response, requester.phone_index)
            return response
        context["step"] = "code"
        return _with_faults(request, "cases/track_by_number.html", context, _wrong_code())
    if requester:
        _send(requester.phone or "", purpose=purpose)
    return render(request, "cases/track_by_number.html", {**context, "step": "code"})


def _requester(year: int, key: int, tail: str) -> Requester | None:
    """Who asked, where number and last four digits fit and an SMS reaches the phone."""
    requester = Requester.objects.select_related("case").filter(pk=key).first()
    phone = (requester and requester.phone) or ""
    if requester is None or not is_mobile(phone) or phone[-4:] != tail:
        return None
    return requester if requester.case.number[:2] == f"{year:02d}" else None


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def my_cases(request: HttpRequest) -> HttpResponse:
    """All cases of a phone, behind a code sent to it; remembered for half an hour."""
    index = proved_index(request)
    if request.method == "POST":
        return _prove_phone(request)
    if index:
        return render(request, "cases/my_cases.html", {"rows": _rows(index)})
    return render(request, "cases/prove_phone.html", {"step": "phone"})


def _rows(phone_index: str) -> list[dict[str, object]]:
    return [
        {
            "case": case,
            "token": case.requester.tracking_token,
            "unit": unit_name(case),
            "kind": flows.of(case).label if flows.of(case).pages else "",
            "state": STATUSES[case.state]()[0]
            if flows.of(case).pages is None
            else flows.of(case).state_label(case.state),
        }
        for case in cases_of_phone(phone_index)
    ]


def _prove_phone(request: HttpRequest) -> HttpResponse:
    """Send a code to the phone that was typed, or check the code that came to it."""
    template, typed = "cases/prove_phone.html", _typed(request, "phone")
    context: dict[str, object] = {"phone": typed, "step": "phone"}
    phone = _mobile(typed)
    if not phone:
        faults = [("phone", _("请写 11 位手机号码。座机收不到验证码，可以用短信里的链接查询。"))]
        return _with_faults(request, template, context, faults)
    if _too_often(request):
        return _too_many(request, template, context)
    context["step"] = "code"
    if request.POST.get("step") != "code":
        if Requester.objects.filter(phone_index=blind_index(phone)).exists():
            _send(phone, purpose="mine")
        return render(request, template, context)
    if not check_code(phone, purpose="mine", typed=_typed(request, "code")):
        return _with_faults(request, template, context, _wrong_code())
    response = see_other(reverse("my_cases"))
    remember_phone(response, blind_index(phone))
    return response


def _mobile(typed: str) -> str:
    try:
        phone = clean_phone(typed)
    except WrongPhone:
        return ""
    return phone if is_mobile(phone) else ""


@csrf_exempt
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget on this device which phone was proved."""
    response = redirect("/")
    forget_phone(response)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def take_data(request: HttpRequest, token: str) -> HttpResponse:
    """Everything kept about the requester of a case, as a file to take away."""
    case = case_of(token)
    asked = prove_first(request, case, "export")
    if asked is not None:
        return asked
    if request.POST.get("step") != "download":
        return render(request, "cases/export.html", {"case": case, "token": token})
    data = exported(case, by=resident_of(case))
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = f'attachment; filename="{case.number}.json"'
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def erase_data(request: HttpRequest, token: str) -> HttpResponse:
    """Name and phone removed for good, after a page that says what that means."""
    case = case_of(token)
    requester = case.requester
    if requester.erased_at or not requester.phone:
        return see_other(reverse("track", args=[token]))
    asked = prove_first(request, case, "erase")
    if asked is not None:
        return asked
    context = {"case": case, "token": token, "phone": mask_phone(requester.phone)}
    if request.POST.get("step") != "erase":
        return render(request, "cases/erase.html", context)
    if request.POST.get("understood") != "yes":
        faults = [("understood", _("删除后不能恢复。确定要删，请先勾选“我明白”。"))]
        return _with_faults(request, "cases/erase.html", context, faults)
    erase(case, by=resident_of(case))
    return see_other(reverse("track", args=[token]) + "?done=erase")


def prove_first(request: HttpRequest, case: Case, action: str) -> HttpResponse | None:
    """The page that asks for a code to the case's phone; None where that is proved already.

    An anonymous or erased case has no identity to protect.
    """
    requester = case.requester
    phone = requester.phone or ""
    if not phone or has_proved(request, requester):
        return None
    context: dict[str, object] = {
        "case": case,
        "token": requester.tracking_token,
        "action": action,
        "phone": mask_phone(phone),
        "step": "landline" if not is_mobile(phone) else "send",
    }
    step = request.POST.get("step", "")
    if context["step"] == "landline" or step not in ("send", "code"):
        return render(request, "cases/prove_case.html", context)
    if _too_often(request):
        return _too_many(request, "cases/prove_case.html", context)
    context["step"] = "code"
    purpose = f"identity:{case.pk}"
    if step == "code":
        if check_code(phone, purpose=purpose, typed=_typed(request, "code")):
            response = see_other(request.path)
            remember_phone(response, requester.phone_index)
            return response
        return _with_faults(request, "cases/prove_case.html", context, _wrong_code())
    _send(phone, purpose=purpose)
    return render(request, "cases/prove_case.html", context)


def _wrong_code() -> list[tuple[str, str]]:
    return [("code", _("验证码不对或者过期了。请再看一遍短信，或者重新发送。"))]


def _with_faults(
    request: HttpRequest,
    template: str,
    context: dict[str, object],
    faults: list[tuple[str, str]],
) -> HttpResponse:
    shown = {**context, "faults": faults, "problems": dict(faults)}
    return render(request, template, shown, status=422)


def _too_many(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    faults = [("again", _("试得太多了。请过一小时再试，或者用短信里的链接查询。"))]
    shown = {**context, "faults": faults, "problems": dict(faults)}
    return render(request, template, shown, status=429)
