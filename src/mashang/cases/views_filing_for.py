"""Filing for somebody who is at the counter or on the phone, and the slip that they take home."""

import logging
import secrets
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mashang.cases import categories, types
from mashang.cases.access import relations
from mashang.cases.actions.filing import (
    Filed,
    Report,
    already_filed,
    file_report,
    fingerprint_of,
)
from mashang.cases.actions.telling import contact_due, tracking_url
from mashang.cases.flow import FILED
from mashang.cases.forms import ACCUSED_LEVELS
from mashang.cases.forms_filing import CHANNELS, FileForForm, files_for_others, own_place
from mashang.cases.kept_files import KeptFiles, TooManyUploads, keep_files
from mashang.cases.models import Case, CaseType, Channel, Urgency
from mashang.cases.order_access import same_number
from mashang.cases.resident_timeline import unit_name
from mashang.cases.rules import limit
from mashang.cases.similar import Similar, similar_cases
from mashang.cases.views_resident.filing import TOKEN, see_other
from mashang.cases.warning_words import sounds_like_accusation, sounds_like_emergency
from mashang.cases.wording import say_limit, say_time
from mashang.core.ids import parse_case_number
from mashang.core.phones import is_mobile
from mashang.core.pictures import qr_picture
from mashang.people.actors import Staff

logger = logging.getLogger(__name__)
SLIP_LASTS = timedelta(hours=24)  # a slip may be printed again within a day


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def file_for(request: HttpRequest) -> HttpResponse:
    """The form; the case that it makes names who filed it. However often it is sent, it makes
    one."""
    actor = Staff(request.user)  # type: ignore[arg-type]
    if not files_for_others(actor):
        raise Http404
    kind = _type(request)
    if request.method != "POST":
        return _page(request, actor, FileForForm({"channel": "counter"}, actor=actor, type=kind))
    form = FileForForm(request.POST, actor=actor, type=kind)
    try:
        files = keep_files(request, _token(request))
        if not form.is_valid() or files.problems:
            return _page(request, actor, form, files=files, status=422)
        report = _report_of(request, form, files)
        answered = request.POST.get("accusation", "")
        if answered == "yes":
            level = form.cleaned_data["accused_level"]
            report = replace(report, is_sealed=True, accused_level=level)
        question = {} if answered == "yes" else _question(request, actor, report)
        if question:
            return _page(request, actor, form, files=files, **question)
        return _filed(request, actor, form, files, _file(report, actor))
    except TooManyUploads:
        return _page(
            request, actor, form, trouble=_("今天传的照片太多了，请先不传照片。"), status=429
        )
    except (DatabaseError, OSError) as error:
        logger.error("a report could not be stored: %s", type(error).__name__)
        trouble = _("系统正忙，没有存上。您写的还在，请过一会儿再按一次。")
        return _page(request, actor, form, trouble=trouble, status=503)


def _question(request: HttpRequest, actor: Staff, report: Report) -> dict[str, object]:
    """What is asked before this is filed, as the page shows it; each is asked once."""
    is_none = request.POST.get("accusation") == "no"
    if not is_none and not report.is_sealed and sounds_like_accusation(report.text):
        return {"asks_accusation": True}
    repeats = [] if request.POST.get("repeats") == "seen" else _repeats(actor, report)
    return {"repeats": repeats, "is_no_accusation": is_none} if repeats else {}


def _repeats(actor: Staff, report: Report) -> list[Similar]:
    """What this may be already, among the cases that the person may see: asked once, before it is
    filed, and never held against filing. A complaint about somebody is compared to nothing, and
    what was chosen from a list says too little."""
    if report.is_sealed or report.is_chosen:
        return []
    before = already_filed(report)
    if before is not None and before.case.text == report.text:
        return []  # the same form sent again leads to the case that it made
    case = Case(place=report.place, spot=report.spot, text=report.text, received_at=timezone.now())
    return similar_cases(actor, case)


def _type(request: HttpRequest) -> CaseType | None:
    """What `?type=` names; what was typed into a form that has just been closed counts still."""
    row = types.type_of(request.GET.get("type", types.PLAIN))
    return row if request.method == "POST" or types.is_offered(row, *CHANNELS) else None


def _token(request: HttpRequest) -> str:
    token = request.POST.get("token", "")
    return token if TOKEN.fullmatch(token) else secrets.token_urlsafe(24)


def _report_of(request: HttpRequest, form: FileForForm, files: KeptFiles) -> Report:
    given = form.cleaned_data
    of_type = types.of_report(form.type, form.asked, given, is_anonymous=given["is_anonymous"])
    chosen = {"urgency": given["urgency"], "category": given["category"]}
    of_type |= {name: value for name, value in chosen.items() if value}
    return Report(
        token=_token(request),
        place=form.place,  # type: ignore[arg-type]
        text=given["text"],
        name=given["name"],
        phone=given["phone"],
        spot=given["spot"],
        channel=given["channel"],
        is_confidential=given["is_confidential"],
        is_sealed=given["is_sealed"],
        accused_level=given["accused_level"] if given["is_sealed"] else "",
        is_anonymous=given["is_anonymous"],
        draft_owner=files.owner if files.files else "",
        is_chosen=form.is_chosen,
        has_agreed=True,
        **of_type,
    )


def _file(report: Report, actor: Staff) -> Filed:
    """The same form with other words, sent after going back, is a case of its own."""
    filed = file_report(report, by=actor)
    if filed.is_new or filed.case.text == report.text:
        return filed
    return file_report(replace(report, token=fingerprint_of(report) + report.token), by=actor)


def _filed(
    request: HttpRequest, actor: Staff, form: FileForForm, files: KeptFiles, filed: Filed
) -> HttpResponse:
    """On to the slip; what somebody else filed before is only named by its number."""
    if _filed_by(filed.case, actor):
        return see_other(reverse("file_slip", args=[filed.case.number]))
    said = _("这件事今天已经登记过，编号 {number}，没有再登记一件。").format(
        number=filed.case.number
    )
    return _page(request, actor, form, files=files, trouble=said, status=409)


def _filed_by(case: Case, actor: Staff) -> bool:
    return case.entries.filter(seq=1, move=FILED, account=actor.account).exists()


def _page(
    request: HttpRequest,
    actor: Staff,
    form: FileForForm,
    *,
    files: KeptFiles | None = None,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    """The form with everything that was typed, and above it what is to be done."""
    files = files or KeptFiles("")
    faults = [*(form.faults if form.is_bound and status == 422 else ())]
    faults += [("photos", problem) for problem in files.problems]
    typed = form.typed
    context = {
        "form": form,
        "typed": typed,
        "faults": faults,
        "problems": dict(faults),
        "answers": form.answers(dict(faults)),
        "type": form.type,
        "types": [] if form.type else types.offered(*CHANNELS),
        "files": files,
        "place": form.place or own_place(actor),
        "token": _token(request),
        "levels": ACCUSED_LEVELS,
        "channels": [(channel, channel.label) for channel in map(Channel, CHANNELS)],
        "categories": categories.active(),
        "urgencies": Urgency.choices,
        "call_within": say_limit(limit("contact", at=timezone.now())),
        "is_urgent": sounds_like_emergency(typed["text"]),
        **more,
    }
    return render(request, "cases/file_for.html", context, status=status)


@require_safe
@login_required
def file_slip(request: HttpRequest, number: str) -> HttpResponse:
    """What the person takes home: the number and how to follow it, for whoever filed it, for a
    day. The link to follow it stands there only for those whom no SMS brings it."""
    actor = Staff(request.user)  # type: ignore[arg-type]
    parsed = parse_case_number(number)
    rows = Case.objects.select_related("place", "unit", "requester")
    case = rows.filter(pk=parsed[1]).first() if parsed else None
    now = timezone.now()
    if (
        case is None
        or not same_number(case, number)
        or not _filed_by(case, actor)
        or case.received_at + SLIP_LASTS < now
    ):
        raise Http404
    due = contact_due(case, case.clocks.all())
    phone = case.requester.phone or ""
    context = {
        "case": case,
        "unit": unit_name(case),
        "due": say_time(due, today=now) if due else "",
        "has_sms": bool(phone) and is_mobile(phone),
        "address": tracking_url(case.requester),
        "picture": qr_picture(tracking_url(case.requester)),
        "by_number": f"{settings.BASE_URL}{reverse('track_by_number')}",
        "may_open": bool(relations(actor, case)),
    }
    return render(request, "cases/file_slip.html", context)
