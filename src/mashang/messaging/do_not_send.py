"""Phones whose owners want no notices: asked about by number, added and lifted with a reason.

Only a keyed index of a number is kept, so the list cannot be read, copied or lost.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.core.errors import Refused
from mashang.core.text import clean_line
from mashang.messaging.models import DoNotSend
from mashang.people.actors import Staff

LONGEST_REASON = 100


def _checked(reason: str) -> str:
    reason = clean_line(reason)
    if not reason:
        raise Refused(_("请写原因，比如“本人来电要求”。不要写姓名和号码。"))
    return reason[:LONGEST_REASON]


def find(phone_index: str) -> DoNotSend | None:
    return DoNotSend.objects.select_related("added_by").filter(phone_index=phone_index).first()


def look_up(phone_index: str, *, by: Staff) -> DoNotSend | None:
    """The row of this phone, if it is on the list; that somebody asked is recorded."""
    found = find(phone_index)
    record("identity_search", by=by, data={"way": "do_not_send", "count": int(found is not None)})
    return found


def add(phone_index: str, *, reason: str, by: Staff) -> None:
    """Refused where it is on the list already, or no reason is given."""
    reason = _checked(reason)
    with transaction.atomic():
        row, is_new = DoNotSend.objects.get_or_create(
            phone_index=phone_index, defaults={"reason": reason, "added_by": by.account}
        )
        if not is_new:
            raise Refused(_("这个号码已经在名单上。"))
        record("do_not_send_added", by=by, data={"row": row.pk, "reason": reason})


def lift(phone_index: str, *, reason: str, by: Staff) -> None:
    """Notices go to this phone again. Refused where it is not on the list, or without a reason."""
    reason = _checked(reason)
    with transaction.atomic():
        row = DoNotSend.objects.select_for_update().filter(phone_index=phone_index).first()
        if row is None:
            raise Refused(_("这个号码不在名单上。"))
        data = {"row": row.pk, "reason": reason}
        row.delete()
        record("do_not_send_lifted", by=by, data=data)
