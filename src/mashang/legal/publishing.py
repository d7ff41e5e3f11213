"""Answered questions for everybody: without identities, and read by a second pair of eyes."""

import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.cases.models import Case, Requester
from mashang.core.errors import Refused
from mashang.core.tables import narrow
from mashang.legal.models import Publication, PublicationState, Question
from mashang.people.actors import Staff

DIGITS = re.compile(r"\d{7,}")  # phones, card and account numbers
LEAST_NAME = 2


def identities(case: Case, text: str) -> list[str]:
    """What in a text tells who somebody is: the asker's or the other side's name, the place, long
    numbers. A machine finds no more; whoever reads it finds the rest."""
    bare = narrow(text)
    requester = Requester.objects.get(case=case)
    question = Question.objects.get(case=case)
    names = [requester.name or "", question.other_party or "", case.place.name]
    found = [name for name in names if len(name) >= LEAST_NAME and narrow(name) in bare]
    if DIGITS.search(re.sub(r"[\s-]", "", bare)):
        found.append(_("一串数字"))
    return found


def draft(case: Case, *, question: str, answer: str, by: Staff) -> Publication:
    """Prepare an answered question for a colleague's eyes; a draft that was there is replaced.

    Raises Refused without consent or an answer, and where the text still tells who it was.
    """
    row = Question.objects.get(case=case)
    if not row.answer or not row.may_publish:
        raise Refused(_("咨询人没有同意公开，或者还没有答复，不能公开。"))
    left = identities(case, f"{question}\n{answer}")
    if left:
        raise Refused(
            _("里面还有能认出人的内容：{what}。请改成“某人”“某村”。").format(what="、".join(left))
        )
    known = Publication.objects.filter(case=case).first()
    if known is not None and known.state == PublicationState.PUBLISHED:
        raise Refused(_("已经公开了。要改，请先撤下。"))
    values = {
        "topic": row.topic,
        "question": question,
        "answer": answer,
        "state": PublicationState.DRAFT,
        "drafted_by": by.account,
        "drafted_at": timezone.now(),
        "decided_by": None,
        "decided_at": None,
        "reason": "",
    }
    return Publication.objects.update_or_create(case=case, defaults=values)[0]


def decide(key: int, *, publish: bool, reason: str = "", by: Staff) -> Publication:
    """The second pair of eyes: never those of whoever wrote it. Raises Refused."""
    if not publish and not reason:
        raise Refused(_("请写退回的原因。"))
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=key)
        if row.state != PublicationState.DRAFT:
            raise Refused(_("刚才已经有人看过了。请刷新页面再看。"))
        if row.drafted_by_id == by.account.pk:
            raise Refused(_("自己写的要请另一位律师看。"))
        may = Question.objects.filter(case=row.case_id, may_publish=True).exists()
        if publish and not may:
            raise Refused(_("咨询人没有同意公开，或者还没有答复，不能公开。"))
        row.state = PublicationState.PUBLISHED if publish else PublicationState.RETURNED
        row.decided_by, row.decided_at, row.reason = by.account, timezone.now(), reason
        row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        what = "published" if publish else "returned"
        record("legal_published", by=by, data={"what": what, "row": row.pk})
    return row


def take_down(key: int, *, by: Staff) -> None:
    """Take a published answer off the page, at once; any of counsel may."""
    with transaction.atomic():
        rows = Publication.objects.filter(pk=key, state=PublicationState.PUBLISHED)
        if rows.update(state=PublicationState.TAKEN_DOWN):
            record("legal_published", by=by, data={"what": "revoked", "row": key})
