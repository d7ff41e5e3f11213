"""Filing a report: one transaction, after which a number, an owner, clocks and messages exist."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import CharField, DateTimeField, Q
from django.utils import timezone

from mashang.attachments.actions import adopt
from mashang.cases import flow
from mashang.cases.access import ACCUSED_DIGITS
from mashang.cases.actions import clocks, entries, telling
from mashang.cases.flow import ClockName, State
from mashang.cases.models import (
    AccusedLevel,
    Case,
    Category,
    Channel,
    Clock,
    Requester,
    Urgency,
    name_index,
)
from mashang.cases.routing import route
from mashang.cases.types import PLAIN
from mashang.cases.warning_words import sounds_like_emergency
from mashang.cases.wording import say_time
from mashang.codes.models import Code
from mashang.core import chain
from mashang.core.crypto import blind_index
from mashang.core.statements import Parameter, Prepared, insert, without_waiting
from mashang.messaging.actions import queue
from mashang.people.actors import Actor
from mashang.places.models import Place

log = logging.getLogger(__name__)
SAME_AGAIN = timedelta(hours=24)
NO_FINGERPRINT = ""  # no case has it


@dataclass(frozen=True)
class Report:
    """What a resident sent, cleaned and checked by the form.

    `token` was made when the form was opened: however often it is sent, it makes one case.
    """

    token: str
    place: Place
    text: str
    name: str = ""
    phone: str = ""
    spot: str = ""
    code: Code | None = None
    channel: str = Channel.WEB
    is_confidential: bool = False
    is_sealed: bool = False
    accused_level: str = ""
    is_anonymous: bool = False
    language: str = "zh-hans"
    type: str = PLAIN
    urgency: str = Urgency.ORDINARY  # as the type has it
    category: Category | None = None  # chosen by a person, or implied by the type
    answers: Mapping[str, Any] = field(default_factory=dict)  # to the type's questions
    identity_answers: Mapping[str, Any] = field(default_factory=dict)  # those kept as a name is
    is_chosen: bool = False  # the text was put together from what was chosen
    has_agreed: bool = False  # to be filed for by the staff
    draft_owner: str = ""  # whose photos and voice message belong to it, "" where there are none


@dataclass(frozen=True)
class Filed:
    """The case, and whether this call made it or found it made already."""

    case: Case
    requester: Requester
    is_new: bool


def submission_of(token: str) -> str:
    return blind_index(token, purpose="submission")


def fingerprint_of(report: Report) -> str:
    """The same words from the same phone about the same place have the same fingerprint.

    Secrecy is part of it: whoever sends them again, now sealed, gets a sealed case.
    """
    secrecy = "".join("ny"[asked] for asked in (report.is_sealed, report.is_confidential))
    return blind_index(
        "\n".join((report.place.code, report.spot, report.phone, secrecy, report.text)),
        purpose="fingerprint",
    )


_filed_before: Prepared[int] = Prepared(
    lambda: Case.objects.filter(
        Q(submission=Parameter("submission", CharField()))
        | Q(
            fingerprint=Parameter("fingerprint", CharField()),
            received_at__gt=Parameter("since", DateTimeField()),
        )
    ).values_list("pk", flat=True)[:1]
)


def already_filed(report: Report, *, at: datetime | None = None) -> Filed | None:
    """What `file_report` would find instead of making a new case."""
    at = at or timezone.now()
    case = _already(report, submission_of(report.token), fingerprint_of(report), at)
    return case and Filed(case, case.requester, is_new=False)


def _already(report: Report, submission: str, fingerprint: str, at: datetime) -> Case | None:
    """The case that this report made before: by its token, or by the same words within a day.

    Two voice messages without words are not the same words, nor is the same choice made twice: who
    reports a second pothole has chosen what they chose for the first.
    """
    has_words = report.phone and report.text and not report.is_chosen
    keys = _filed_before(
        submission=submission,
        fingerprint=fingerprint if has_words else NO_FINGERPRINT,
        since=at - SAME_AGAIN,
    )
    # Nearly always there is none, and asking for a key alone takes half the time.
    return Case.objects.select_related("requester", "place").get(pk=keys[0]) if keys else None


def _accused_level(report: Report) -> str:
    """The level a sealed report concerns, never narrower than the place it names."""
    if not report.is_sealed:
        return ""
    level = AccusedLevel(report.accused_level or AccusedLevel.UNKNOWN)
    for wider in (level, AccusedLevel.TOWNSHIP, AccusedLevel.COUNTY):
        if len(report.place.code) >= ACCUSED_DIGITS[wider]:
            return wider
    return AccusedLevel.COUNTY


def file_report(report: Report, *, by: Actor, at: datetime | None = None) -> Filed:
    """Store the report and tell whoever is on duty; the same report twice makes one case.

    At most one transaction; nothing in it leaves the machine. Raises django.db.DatabaseError
    when nothing was stored.
    """
    at = at or timezone.now()
    submission, fingerprint = submission_of(report.token), fingerprint_of(report)
    try:
        with transaction.atomic():
            found = _already(report, submission, fingerprint, at)
            if found is None:
                with without_waiting():
                    return _store(report, submission, fingerprint, by=by, at=at)
    except IntegrityError:
        found = _already(report, submission, fingerprint, at)
        if found is None:
            raise
    return Filed(found, found.requester, is_new=False)


def _store(report: Report, submission: str, fingerprint: str, *, by: Actor, at: datetime) -> Filed:
    accused_level = _accused_level(report)
    unit = route(
        report.place,
        code_unit=report.code.unit if report.code else None,
        is_sealed=report.is_sealed,
        is_confidential=report.is_confidential,
        accused_level=accused_level,
        category=report.category,
        at=at,
    )
    state = State.DISPATCHED if unit else State.TO_TRIAGE
    if unit is None:
        log.error("no unit answers for %s: the report waits to be triaged", report.place.code)
    case = Case(
        state=state,
        phase=flow.PHASES[state],
        submission=submission,
        fingerprint=fingerprint,
        place=report.place,
        spot=report.spot,
        code=report.code,
        channel=report.channel,
        unit=unit,
        text=report.text,
        language=report.language,
        type=report.type,
        category=report.category,
        answers=dict(report.answers),
        urgency=Urgency.DANGER if sounds_like_emergency(report.text) else report.urgency,
        is_confidential=report.is_confidential,
        is_sealed=report.is_sealed,
        accused_level=accused_level,
        is_anonymous=report.is_anonymous,
        received_at=at,
    )
    on_call = telling.on_call_for(case, at=at)
    case.assignee = on_call.account if on_call else None
    started = clocks.build(
        case, (ClockName.CONTACT, ClockName.ACKNOWLEDGE, ClockName.HANDLING) if unit else (), at=at
    )
    case.due_at = clocks.nearest(started)
    data = filed_data(case, started)
    if report.has_agreed:
        data["has_agreed"] = True
    entry = entries.first(case, move=flow.FILED, by=by, data=data)
    insert(case, keys=True)
    requester = Requester(
        case=case,
        name=report.name or None,
        phone=report.phone or None,
        phone_index=blind_index(report.phone) if report.phone else "",
        answers=dict(report.identity_answers) or None,
        name_index=name_index(report.name),
    )
    for row in (entry, *started):
        row.case = case  # once more, now that it has its key
    insert(requester)
    insert(entry)
    if started:
        insert(*started)
    if report.draft_owner:
        adopt(report.draft_owner, case.subject, part="report")
    _tell(case, requester, started, by=by, at=at)
    return Filed(case, requester, is_new=True)


def filed_data(case: Case, started: list[Clock]) -> dict[str, object]:
    """What the first entry proves: the words by their digest, the rest in plain."""
    data: dict[str, object] = {
        "text": chain.digest(case.text),
        "place": case.place_id,
        "spot": case.spot,
        "channel": str(case.channel),
        "unit": case.unit_id,
        "assignee": case.assignee_id,
        "urgency": str(case.urgency),
        "is_sealed": case.is_sealed,
        "is_confidential": case.is_confidential,
        "is_anonymous": case.is_anonymous,
        "clocks": clocks.described(started),
    }
    if case.category_id is not None:
        data["category"] = case.category_id
    if case.type != PLAIN:
        data |= {"type": case.type, "answers": chain.digest(chain.canonical(case.answers))}
    return data


def _tell(
    case: Case, requester: Requester, started: list[Clock], *, by: Actor, at: datetime
) -> None:
    due = telling.contact_due(case, started)
    drafts = []
    if case.assignee:
        made = telling.new_links([(case.pk, case.assignee.pk)], at=at)
        order = telling.ToStaff(case, case.assignee, "duty_new", occasion="1", at=at, due=due)
        drafts += telling.staff_drafts([order], at=at, made=made)
    caller = case.unit.name if case.unit else ""
    if due and caller:
        drafts += telling.requester_draft(
            case, requester, "receipt", occasion="1", caller=caller, due=say_time(due, today=at)
        )
    else:
        drafts += telling.requester_draft(case, requester, "receipt_plain", occasion="1")
    queue(drafts)
