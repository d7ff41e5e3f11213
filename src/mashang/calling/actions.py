"""Asking for a call."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.calling.models import Call
from mashang.cases import flows
from mashang.cases.access import may_see_identity
from mashang.cases.actions.moving import lock
from mashang.cases.actions.step import NotThere
from mashang.cases.contact import REACHED
from mashang.cases.flow import MOVES, Who
from mashang.cases.models import Case, Requester
from mashang.cases.models.case import REQUEST
from mashang.core.errors import Refused
from mashang.messaging import lanes
from mashang.people.actors import Staff

MOST_A_DAY = 10  # calls about one case


def may_ring(by: Staff, case: Case) -> bool:
    """Whether this person may have the requester rung now: who handles the case and may look at
    the number, as long as it has to be phoned about."""
    return bool(
        case.flow == REQUEST
        and case.state in MOVES[REACHED].start
        and by.account.phone
        and Who.HANDLER in flows.relations(by, case)
        and may_see_identity(by, case)
    )


def ask_call(case: Case, *, by: Staff, after: str) -> Call:
    """Have the platform ring this person and then the requester; the worker hands it over.

    `after` is the key of the last call that the person saw: whoever taps twice gets the call that
    there is. Raises NotThere for whoever may not, Refused where it cannot be.
    """
    if not lanes.callers():
        raise NotThere
    now = timezone.now()
    with transaction.atomic():
        locked = lock(case.pk)
        if locked is None or not may_ring(by, locked):
            raise NotThere
        calls = Call.objects.filter(case=locked)
        last = calls.order_by("-pk").first()
        if last is not None and (last.is_under_way or last.key != after):
            return last
        requester = Requester.objects.filter(case=locked, erased_at=None).first()
        if requester is None or not requester.phone:
            raise NotThere
        if calls.filter(asked_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
            raise Refused(_("今天这件事已经拨打很多次了，请明天再打，或者用别的办法联系。"))
        call = Call.objects.create(
            case=locked,
            account=by.account,
            key=f"call-{locked.pk}-{calls.count() + 1}",
            asked_at=now,
        )
        record("rang", by=by, about=locked.subject, place=locked.place_id, at=now)
    return call
