"""Proving the register: each record against its digest and the one before it, then the end.

The worker goes round the whole chain once a day in small steps; `mashang verify` does it at once.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from mashang.audit.models import Check, Head, Record
from mashang.core import chain

logger = logging.getLogger(__name__)

A_STEP = 500
CHECKED_EVERY = timedelta(hours=24)
KEPT_CHECKS = 30


def head() -> Head:
    """The end of the chain now."""
    return Head.objects.filter(pk=Head.THE_ONE).first() or Head(seq=0, digest=chain.START)


def upto(moment: datetime) -> int:
    """The number of the last record before `moment`; 0 where there is none."""
    return Record.objects.filter(at__lt=moment).aggregate(last=Max("seq"))["last"] or 0


def digest_of(seq: int) -> str:
    """The digest of a record; empty where it is missing."""
    return Record.objects.filter(pk=seq).values_list("digest", flat=True).first() or ""


def _follow(check: Check, end: Head) -> None:
    """Go on with `check` by one step, towards the chain's end as it was read before."""
    rows = Record.objects.filter(seq__gt=check.seq, seq__lte=end.seq).order_by("seq")[:A_STEP]
    for row in rows:
        if row.seq != check.seq + 1:
            break
        if not chain.holds(check.digest, row.content(), row.digest):
            check.fault = f"审计记录第 {row.seq} 条被改动"
            break
        check.seq, check.digest = row.seq, row.digest
    else:
        if len(rows) == A_STEP:
            return
    check.fault = check.fault or _fault_at(check, end)
    check.finished_at = timezone.now()


def _fault_at(check: Check, end: Head) -> str:
    """What is wrong where the walk ended; nothing if that is the end of the chain."""
    with transaction.atomic():  # held, so that no record is added between the two looks
        now = Head.objects.select_for_update().filter(pk=Head.THE_ONE).first() or Head(seq=0)
        last = Record.objects.aggregate(last=Max("seq"))["last"] or 0
    if check.seq < min(last, end.seq):
        return f"审计记录第 {check.seq + 1} 条缺失"
    if (check.seq, check.digest) != (end.seq, end.digest) or last != now.seq:
        return "审计记录末尾被删除或改动"
    return ""


def verify() -> Check:
    """Check the whole chain now, and keep what was found."""
    check, end = Check(), head()
    while check.finished_at is None:
        _follow(check, end)
    check.save()
    return check


def check_further() -> int:
    """The worker's step: a little further along the chain, a whole round once a day."""
    now = timezone.now()
    check = Check.objects.first()
    if check is None or (check.finished_at and check.finished_at + CHECKED_EVERY <= now):
        check = Check.objects.create(started_at=now)
        kept = Check.objects.values_list("pk", flat=True)[:KEPT_CHECKS]
        Check.objects.exclude(pk__in=list(kept)).delete()
    elif check.finished_at:
        return 0
    before = check.seq
    _follow(check, head())
    # Another worker may have taken the same step; one of the two counts.
    Check.objects.filter(pk=check.pk, seq=before, finished_at=None).update(
        seq=check.seq, digest=check.digest, fault=check.fault, finished_at=check.finished_at
    )
    if check.fault:
        logger.error("the audit register does not hold: record %d", check.seq + 1)
    return check.seq - before


def last_check() -> Check | None:
    """The newest verification that came to its end."""
    return Check.objects.exclude(finished_at=None).first()
