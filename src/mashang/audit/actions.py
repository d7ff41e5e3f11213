"""Adding to the register: the only place that writes it. Nothing changes or deletes a record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from mashang.audit.kinds import KINDS
from mashang.audit.models import Head, Record
from mashang.core import chain
from mashang.core.middleware import address_at_hand
from mashang.people.actors import Actor, Resident, Staff

LONGEST_VALUE = 200


def record(
    kind: str,
    *,
    by: Actor,
    about: str = "",
    data: Mapping[str, Any] | None = None,
    request: HttpRequest | None = None,
    place: str = "",
    at: datetime | None = None,
) -> Record:
    """Write down that `by` did something of this `kind` (audit/kinds.py).

    `about` is `case:<key>`, `account:<key>` or such (audit/naming.py says how it is read). `data`
    are small facts by the names in `kinds.FACTS`: never a secret, never a resident's name, phone
    or words. `place` is the code of the place concerned. The address is that of `request`, or of
    the request that is being answered; a resident's is never kept.

    Call it in the transaction that does the thing, and as its last statement: the chain's end
    stays locked until that transaction ends, and whoever locks other rows after it can block
    others.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of record: {kind}")
    posts = by.posts if isinstance(by, Staff) else []
    unit = posts[0].unit if posts else None
    row = Record(
        kind=kind,
        actor=chain.canonical(by.described()),
        account=by.account if isinstance(by, Staff) else None,
        unit=unit,
        place=place or (unit.place_id if unit else ""),
        address="" if isinstance(by, Resident) else _address(request),
        about=about,
        data=chain.canonical(shortened(dict(data or {}))),
    )
    with transaction.atomic():
        head = _locked_head()
        # Times never run backwards, even where the machine's clock was set back.
        row.seq, row.at = head.seq + 1, max(at or timezone.now(), head.at)
        row.digest = chain.link(head.digest, row.content())
        row.save(force_insert=True)
        Head.objects.filter(pk=head.pk).update(seq=row.seq, at=row.at, digest=row.digest)
    return row


def _locked_head() -> Head:
    head = Head.objects.select_for_update().filter(pk=Head.THE_ONE).first()
    if head is None:
        start = datetime.fromtimestamp(0, timezone.get_default_timezone())
        Head.objects.get_or_create(pk=Head.THE_ONE, defaults={"at": start})
        head = Head.objects.select_for_update().get(pk=Head.THE_ONE)
    return head


def _address(request: HttpRequest | None) -> str:
    return getattr(request, "client_address", "") or address_at_hand()


def shortened(value: Any) -> Any:
    """`value` as JSON takes it, with no text longer than a line."""
    if isinstance(value, Mapping):
        return {str(key): shortened(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [shortened(each) for each in value]
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
