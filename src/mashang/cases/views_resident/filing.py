"""The report: the form behind a code or a place, sending it, and the receipt."""

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mashang.attachments.actions import adopt
from mashang.attachments.queries import of as attachments_of
from mashang.cases import types
from mashang.cases.actions.filing import Filed, Report, already_filed, file_report, fingerprint_of
from mashang.cases.actions.moving import advance, lock
from mashang.cases.actions.telling import contact_due, tracking_url
from mashang.cases.flow import State
from mashang.cases.forms import ACCUSED_LEVELS, ReportForm
from mashang.cases.from_code import FromHere, from_code
from mashang.cases.kept_files import KeptFiles, TooManyUploads, keep_files
from mashang.cases.models import Case, CaseType, Channel
from mashang.cases.resident_access import case_of, offers_wechat, resident_of
from mashang.cases.resident_timeline import unit_name
from mashang.cases.rules import limit
from mashang.cases.warning_words import sounds_like_accusation, sounds_like_emergency
from mashang.cases.wording import say_limit, say_time
from mashang.codes.addresses import code_in
from mashang.codes.models import BatchKind, Code
from mashang.codes.queries import Outcome, look_up
from mashang.codes.scans import count_scan
from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.core.ids import clean_code
from mashang.core.phones import is_mobile
from mashang.core.throttle import DAY, HOUR, Limit, over
from mashang.people.actors import Resident
from mashang.places.models import Place
from mashang.places.queries import resolve, top

logger = logging.getLogger(__name__)

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
AGAIN, ADDED = "again", "added"


@dataclass(frozen=True)
class Origin:
    """Where a form was opened: a scanned code, or a place chosen by hand."""

    place: Place | None
    spot: str = ""
    code: Code | None = None
    channel: str = Channel.WEB
    type: CaseType | None = None  # with a form of its own; None is the plain request
    opened: CaseType | None = None  # the type whose form the code opens by itself
    is_replaced: bool = False  # the sign that was scanned has a successor, whose code this is


# Filing asks for no CSRF cookie. Nobody is signed in, so a foreign page could do no more with it
# than anybody can by hand; but a phone that lost its cookies must not lose its report.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def report_by_code(request: HttpRequest, typed: str) -> HttpResponse:
    """The form behind a code on a door; what is typed in lower case or with dashes works too."""
    text = clean_code(typed)
    is_post = request.method == "POST"
    if text != typed and not is_post:
        return redirect("report_by_code", text)
    try:
        found = look_up(text)
    except DatabaseError as error:
        if not is_post:
            raise
        return _not_stored(_sent(request, Origin(None, channel=Channel.CODE)), error)
    if found.scanned and request.method == "GET" and "type" not in request.GET:
        count_scan(found.scanned)
    if found.outcome == Outcome.USABLE and found.code:
        opened = types.opened_by(found.code.batch.opens)
        # What moves, such as a rider's own code, says nothing of where the hazard is.
        moves = opened and opened.is_short and found.code.batch.kind == BatchKind.VEHICLE
        origin = Origin(
            found.place,
            "" if moves else found.code.spot,
            found.code,
            Channel.CODE,
            opened=opened,
            is_replaced=found.is_replaced,
        )
        return _report(request, origin)
    if found.outcome == Outcome.RETIRED and is_post:
        # Taken down while somebody was writing: their words count all the same.
        return _report(request, Origin(found.place, channel=Channel.CODE))
    gone = found.outcome == Outcome.RETIRED
    context = {"outcome": found.outcome, "code": text, "place": found.place, "counties": top()}
    return render(request, "cases/no_code.html", context, status=410 if gone else 404)


@require_safe
def typed_code(request: HttpRequest) -> HttpResponse:
    """From the field on the first page, where people type a code, to its own address.

    A mini-program hands over its `scene` in the same way, or the address it was scanned with (`q`).
    """
    given = next((request.GET[name] for name in ("code", "scene", "q") if name in request.GET), "")
    text = code_in(given) or clean_code(given)
    if not text:
        return redirect("/")
    if not text.isascii() or "/" in text:
        context = {"outcome": Outcome.MISTYPED, "code": text, "counties": top()}
        return render(request, "cases/no_code.html", context, status=404)
    return redirect("report_by_code", text)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def report_by_place(request: HttpRequest, place_code: str) -> HttpResponse:
    """The same form for a place that was found by hand."""
    try:
        place = resolve(place_code)
    except DatabaseError as error:
        if request.method != "POST":
            raise
        return _not_stored(_sent(request, Origin(None)), error)
    if place is None:
        raise Http404
    return _report(request, Origin(place))


@dataclass
class Sheet:
    """One form on its way: where it was opened, what was typed, and what came with it."""

    request: HttpRequest
    origin: Origin
    token: str
    form: ReportForm
    files: KeptFiles

    def page(
        self, *, faults: Sequence[tuple[str, str]] = (), status: int = 200, **more: object
    ) -> HttpResponse:
        """The form with everything that was typed, and above it what is to be done."""
        faults = [*faults, *(("photos", problem) for problem in self.files.problems)]
        typed, problems = self.form.typed, dict(faults)
        context = {
            "form": self.form,
            "typed": typed,
            "faults": faults,
            "problems": problems,
            "answers": self.form.answers(problems),
            "files": self.files,
            "place": self.form.place or self.origin.place,
            "is_replaced": self.origin.is_replaced,
            "token": self.token,
            "levels": ACCUSED_LEVELS,
            "type": self.origin.type,
            "types": self._other_types(),
            "opened": self.origin.opened,
            "from_here": self._from_here() if self.request.method != "POST" else [],
            "call_within": say_limit(limit("contact", at=timezone.now())),
            # An emergency that is not stored yet: the numbers come before all that is to be done.
            "is_urgent": sounds_like_emergency(typed["text"]),
            **more,
        }
        return render(self.request, "cases/report.html", context, status=status)

    def _other_types(self) -> list[CaseType]:
        """The forms that may be used instead; one that was asked for by name stands alone."""
        type, opened = self.origin.type, self.origin.opened
        if type and type != opened:
            return []
        found = types.offered(self.origin.channel)
        if opened and opened not in found:
            found = [opened, *found]
        return [row for row in found if row != type]

    def _from_here(self) -> list[FromHere]:
        type, code = self.origin.type, self.origin.code
        return from_code(code, type) if code and type and type.is_short else []


def _typed(request: HttpRequest, origin: Origin) -> Origin:
    """The same with the type that `?type=` names; of a type that is not there, the plain form.

    Words that were typed into a form which has just been closed count all the same.
    """
    row = types.type_of(request.GET.get("type", types.PLAIN))
    is_open = types.is_offered(row, origin.channel) or row == origin.opened
    return replace(origin, type=row) if is_open or request.method == "POST" else origin


def _report(request: HttpRequest, origin: Origin) -> HttpResponse:
    if "type" in request.GET:
        origin = _typed(request, origin)
    elif origin.opened and request.method != "POST":
        origin = replace(origin, type=origin.opened)
    if request.method != "POST":
        form = ReportForm({"spot": origin.spot}, place=origin.place, type=origin.type)
        response = Sheet(request, origin, secrets.token_urlsafe(24), form, KeptFiles("")).page()
        # An empty form holds nothing personal. A browser may keep it for its own "back": then
        # what was typed is still there after a lost connection, without scripts too.
        response.headers["Cache-Control"] = "private, no-cache"
        return response
    sheet = _sent(request, origin)
    try:
        sheet.files = keep_files(request, sheet.token)
        sheet.form.has_voice = sheet.files.voice is not None
        return _submit(sheet)
    except TooManyUploads:
        return sheet.page(status=429, trouble="too_many")
    except (DatabaseError, OSError) as error:
        return _not_stored(sheet, error)


def _sent(request: HttpRequest, origin: Origin) -> Sheet:
    form = ReportForm(request.POST, place=origin.place, type=origin.type)
    return Sheet(request, origin, _token(request.POST, origin), form, KeptFiles(""))


def _submit(sheet: Sheet) -> HttpResponse:
    """File what was sent, or show the form again.

    An emergency is filed at once. One that also sounds like a complaint about a cadre is asked
    about first, below the emergency numbers: what has reached the accused cannot be taken back.
    """
    form = sheet.form
    if not form.is_valid() or sheet.files.problems:
        return sheet.page(faults=form.faults, status=422)
    report = _report_of(sheet)
    answered = sheet.request.POST.get("accusation", "")
    if answered == "yes":
        report = replace(report, is_sealed=True, accused_level=form.cleaned_data["accused_level"])
    elif answered != "no" and not report.is_sealed and sounds_like_accusation(report.text):
        return sheet.page(asks_accusation=True)
    if over(_limits(sheet.request, report)):
        filed = already_filed(report)
        if filed is None:
            return sheet.page(status=429, trouble="too_many")
        return _receipt_of(filed, AGAIN)
    return _receipt_of(*_file(report))


def _not_stored(sheet: Sheet, error: Exception) -> HttpResponse:
    """The database or the disk took nothing. The log gets the kind of error and no more: the
    message of a database error may quote the row."""
    logger.error("a report could not be stored: %s", type(error).__name__)
    response = sheet.page(status=503, trouble="not_stored")
    response.headers["Retry-After"] = "60"
    return response


def _token(typed: QueryDict, origin: Origin) -> str:
    """The token of the form. Without one that we could have made, the same words from the same
    phone on the same day get the same one, so that even then a report sent twice is one case."""
    token = typed.get("token", "")
    if TOKEN.fullmatch(token):
        return token
    place = origin.place.code if origin.place else ""
    day = timezone.localdate().isoformat()
    words = "\n".join((day, place, typed.get("phone", ""), typed.get("text", "")))
    return blind_index(words, purpose="token")


def _report_of(sheet: Sheet) -> Report:
    form, origin, files = sheet.form, sheet.origin, sheet.files
    given = form.cleaned_data
    return Report(
        token=sheet.token,
        place=form.place,  # type: ignore[arg-type]
        text=given["text"],
        name=given["name"],
        phone=given["phone"],
        spot=given["spot"],
        # A code on another door would call another place's unit.
        code=None if form.is_elsewhere else origin.code,
        channel=origin.channel,
        is_confidential=given["is_confidential"],
        is_sealed=given["is_sealed"],
        accused_level=given["accused_level"] if given["is_sealed"] else "",
        is_anonymous=given["is_anonymous"],
        language=get_language() or settings.LANGUAGE_CODE,
        draft_owner=files.owner if files.files else "",
        is_chosen=form.is_chosen,
        **types.of_report(origin.type, form.asked, given, is_anonymous=given["is_anonymous"]),
    )


def _limits(request: HttpRequest, report: Report) -> list[Limit]:
    address = request.client_address  # type: ignore[attr-defined]
    limits = [
        Limit("reports of an address", address, HOUR, settings.REPORTS_PER_ADDRESS_AN_HOUR),
    ]
    if report.phone:
        limits.append(
            Limit("reports of a phone", report.phone, DAY, settings.REPORTS_PER_PHONE_A_DAY)
        )
    return limits


def _file(report: Report) -> tuple[Filed, str]:
    """File the report, and say what became of one that was filed before with the same token.

    The same words again are the same case. Other words are added to it, once. Where the place,
    the phone or the secrecy differ, adding would tell the wrong people: that is a case of its own.
    """
    filed = file_report(report, by=Resident())
    if filed.is_new:
        return filed, ""
    if _is_same_matter(filed, report):
        try:
            return filed, _add(filed.case, _new_words(filed.case, report), report)
        except Refused:
            pass  # The case takes no more words, so these become a new one.
    filed = file_report(replace(report, token=fingerprint_of(report) + report.token), by=Resident())
    return filed, "" if filed.is_new else AGAIN


def _is_same_matter(filed: Filed, report: Report) -> bool:
    case = filed.case
    return (
        case.place_id == report.place.code
        and case.is_sealed == report.is_sealed
        and case.is_confidential == report.is_confidential
        and case.is_anonymous == report.is_anonymous
        and (filed.requester.phone or "") == report.phone
    )


def _new_words(case: Case, report: Report) -> str:
    """What a second sending says that the first did not."""
    lines = []
    if report.text and report.text != case.text:
        lines.append(report.text)
    if report.spot and report.spot != case.spot:
        lines.append(_("位置：{spot}").format(spot=report.spot))
    return "\n".join(lines)


def _new_files(case: Case, report: Report) -> bool:
    """Whether a second sending brought photos or a voice message that the case does not have."""
    if not report.draft_owner:
        return False
    sent = {file.digest for file in attachments_of(report.draft_owner)}
    return bool(sent - {file.digest for file in attachments_of(case.subject)})


def _add(case: Case, words: str, report: Report) -> str:
    """Record further words and photos, once; raises Refused where the case takes none."""
    has_files = _new_files(case, report)
    if not words and not has_files:
        return AGAIN
    move = "reply" if case.state == State.WAITING else "add"
    words = words or _("（补充照片）")
    with transaction.atomic():
        if lock(case.pk) and case.entries.filter(move__in=("add", "reply"), data__words=words):
            return ADDED
        entry = advance(case, move, by=resident_of(case), words=words)
        if has_files:
            adopt(report.draft_owner, case.subject, part=f"entry:{entry.seq}")
    return ADDED


# What is shown ----------------------------------------------------------------------------------


def _receipt_of(filed: Filed, said: str = "") -> HttpResponse:
    address = reverse("receipt", args=[filed.requester.tracking_token])
    return see_other(f"{address}?said={said}" if said else address)


def see_other(address: str) -> HttpResponse:
    """After a POST: a page of its own, which a reload fetches without sending anything again."""
    return HttpResponse(status=303, headers={"Location": address})


@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The number, who will call, by what time, and how to follow it."""
    case = case_of(token)
    due = contact_due(case, case.clocks.all())
    context = {
        "case": case,
        "unit": unit_name(case),
        "due": say_time(due) if due else "",
        "address": tracking_url(case.requester),
        "has_sms": bool(case.requester.phone) and is_mobile(case.requester.phone),
        "is_urgent": sounds_like_emergency(case.text),
        "reopen_within": say_limit(limit("follow_up", at=timezone.now())),
        "said": request.GET.get("said", ""),
        "offers_wechat": offers_wechat(request, case),
    }
    return render(request, "cases/receipt.html", context)
