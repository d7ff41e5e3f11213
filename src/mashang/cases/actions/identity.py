"""Looking at, exporting and erasing the identity behind a case.

Every look is an entry in the case's chain and, in the same transaction, a record in the register.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.cases import flows
from mashang.cases.actions.moving import NotThere, advance
from mashang.cases.flow import FILED
from mashang.cases.models import Case, Entry, Requester
from mashang.cases.types import said, type_of
from mashang.messaging import following
from mashang.messaging.actions import forget_phone
from mashang.people.actors import Actor, Resident


def look_at_phone(case: Case, *, by: Actor, at: datetime | None = None) -> Requester:
    """The requester with name and phone, for a call. The look is recorded first.

    Raises NotThere for whoever may not see it, as if there were nothing.
    """
    with transaction.atomic():
        requester = Requester.objects.filter(case=case, erased_at=None).first()
        if (
            requester is None
            or not requester.phone
            or not flows.of(case).may_see_identity(by, case)
        ):
            raise NotThere
        advance(case, "look", by=by, at=at, what="phone")
        record("look", by=by, about=case.subject, place=case.place_id, at=at)
    return requester


def erase(case: Case, *, by: Resident, at: datetime | None = None) -> None:
    """Remove name and phone for good; the anonymous case stays, as the law on archives wants.

    Nobody can call back afterwards, so the contact clock stops with this move.
    """
    at = at or timezone.now()
    with transaction.atomic():
        requester = Requester.objects.select_for_update().get(case=case)
        if requester.erased_at:
            return
        advance(case, "erase", by=by, at=at)
        if requester.phone:
            forget_phone(requester.phone, subject=case.subject)
        requester.name = requester.phone = requester.answers = None
        requester.phone_index, requester.name_index, requester.erased_at = "", "", at
        requester.save(
            update_fields=["name", "phone", "answers", "phone_index", "name_index", "erased_at"]
        )


def exported(case: Case, *, by: Resident, at: datetime | None = None) -> dict[str, object]:
    """All that is kept about the requester of a case, in plain, for them to take away."""
    with transaction.atomic():
        advance(case, "export", by=by, at=at)
        record("data_taken", by=by, about=case.subject, place=case.place_id, at=at)
    requester = Requester.objects.get(case=case)
    return {
        "编号": case.number,
        "收到时间": timezone.localtime(case.received_at).isoformat(timespec="seconds"),
        "姓名": requester.name,
        "电话": requester.phone,
        "用微信接收": bool(following.bound([requester.phone_index])),
        "地点": case.spoken_place,
        "反映内容": case.text,
        **{
            answer.question.label: answer.text
            for answer in said(
                type_of(case.type, at=case.received_at),
                {**case.answers, **(requester.answers or {})},
            )
        },
        "状态": flows.of(case).state_label(case.state),
        "答复": case.answer,
        **flows.of(case).kept(case),
        "经过": [_told(case, entry) for entry in case.entries.all() if _is_theirs(case, entry)],
    }


def _is_theirs(case: Case, entry: Entry) -> bool:
    """Whether the requester made or may know of it; what the staff do among themselves stays."""
    by_resident = entry.actor.get("kind") == "resident"
    return by_resident or entry.move == FILED or flows.of(case).moves[entry.move].is_public


def _told(case: Case, entry: Entry) -> dict[str, str]:
    by_resident = entry.actor.get("kind") == "resident"
    return {
        "时间": timezone.localtime(entry.at).isoformat(timespec="seconds"),
        "动作": _("反映") if entry.move == FILED else str(flows.of(case).moves[entry.move].label),
        "内容": str(entry.data.get("words", "")) if by_resident else "",
    }
