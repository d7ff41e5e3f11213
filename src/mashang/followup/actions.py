"""Making the calls of follow-up, and dropping those that have become pointless."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.actions.identity import look_at_phone
from mashang.cases.actions.moving import NotThere, TooLate, advance
from mashang.cases.flow import MOVES, Phase
from mashang.cases.models import Requester, Score
from mashang.cases.wording import say_time
from mashang.core.errors import Refused
from mashang.core.text import clean_text
from mashang.followup.access import may_follow_up
from mashang.followup.models import FollowUp, Outcome
from mashang.people.actors import Staff

TRIES = "follow_up_attempts"
SEND_BACK = "rework"
WORDS_LIMIT = 2000
YES, NO, UNSURE = "yes", "no", "unsure"
SAID = {YES: True, NO: False, UNSURE: None}


@dataclass(frozen=True)
class Said:
    """What came of a call. `contacted` and `solved` are YES, NO or UNSURE; empty if not asked."""

    outcome: str
    contacted: str = ""
    solved: str = ""
    score: str = ""
    words: str = ""
    send_back: bool = False


def look(row: FollowUp, *, by: Staff, at: datetime | None = None) -> Requester:
    """The resident's name and phone, for the call: the look is recorded and the call is taken on.

    Raises NotThere for whoever may not make it, and where no phone is left.
    """
    if not may_follow_up(by, row) or not row.is_open:
        raise NotThere
    requester = look_at_phone(row.case, by=by, at=at)
    FollowUp.objects.filter(pk=row.pk, done_at=None).update(assigned_to=by.account)
    return requester


def record(
    row: FollowUp, said: Said, *, by: Staff, seen: int | None, at: datetime | None = None
) -> FollowUp:
    """Write down what came of a call; `seen` is the number of tries the person had before them.

    A matter that is not solved goes back to its unit if `said.send_back`. Returns the row as it
    is now; the second tap of one finger changes nothing. Raises NotThere, TooLate where somebody
    else was faster, Refused where an answer is missing.
    """
    at = at or timezone.now()
    with transaction.atomic():
        fresh = (
            FollowUp.objects.select_for_update(of=("self",))
            .select_related("case__place", "case__unit", "draw")
            .filter(pk=row.pk)
            .first()
        )
        if fresh is None or not may_follow_up(by, fresh):
            raise NotThere
        if fresh.done_at is not None or fresh.tries != seen:
            if fresh.called_by_id == by.account.pk and fresh.outcome == said.outcome:
                return fresh
            raise TooLate(_too_late(fresh))
        if fresh.case.phase != Phase.DONE:
            _drop(fresh, at=at)
            return fresh
        _fill(fresh, said, at=at)
        fresh.called_by, fresh.called_at, fresh.assigned_to = by.account, at, by.account
        advance(fresh.case, "follow_up", by=by, at=at, **_facts(fresh))
        if fresh.is_solved is False and said.send_back and SEND_BACK in MOVES:
            words = fresh.words or _("回访时诉求人说没有解决。")
            advance(fresh.case, SEND_BACK, by=by, at=at, words=words)
            fresh.was_sent_back = True
        fresh.save()
        return fresh


def _too_late(row: FollowUp) -> str:
    if row.called_at is None:
        return _("这次回访已经不用打了，请刷新页面再看。")
    return _("刚才 {time} 已经登记过这次回访，没有再记。请刷新页面再看。").format(
        time=say_time(row.called_at)
    )


def _fill(row: FollowUp, said: Said, *, at: datetime) -> None:
    """The answers, checked; Refused where one is missing."""
    if said.outcome not in (Outcome.REACHED, Outcome.NOT_REACHED, Outcome.REFUSED):
        raise Refused(_("请选择回访结果。"))
    row.words = clean_text(said.words)
    if len(row.words) > WORDS_LIMIT:
        raise Refused(_("写得太长了，请控制在 2000 字以内。"))
    row.outcome, row.tries = said.outcome, row.tries + 1
    if said.outcome == Outcome.NOT_REACHED:
        if row.tries >= rules.limit(TRIES, at=at).amount:
            row.done_at = at
        return
    row.done_at = at
    if said.outcome == Outcome.REFUSED:
        return
    if said.contacted not in SAID or said.solved not in (YES, NO) or said.score not in Score:
        raise Refused(_("请把三个问题的回答都选上。"))
    row.was_contacted, row.is_solved = SAID[said.contacted], SAID[said.solved]
    row.score = said.score


def _facts(row: FollowUp) -> dict[str, object]:
    """What the case's own chain keeps of the call."""
    facts: dict[str, object] = {"outcome": row.outcome, "words": row.words}
    if row.outcome == Outcome.REACHED:
        facts |= {
            "contacted": {True: YES, False: NO, None: UNSURE}[row.was_contacted],
            "solved": YES if row.is_solved else NO,
            "score": row.score,
        }
    return facts


def _drop(row: FollowUp, *, at: datetime) -> None:
    row.outcome, row.done_at = Outcome.MOVED_ON, at
    row.save(update_fields=["outcome", "done_at"])


def drop_moved_on(*, at: datetime | None = None) -> int:
    """Close the calls about matters that are being handled again; their next answer is drawn
    anew. Returns how many."""
    at = at or timezone.now()
    return (
        FollowUp.objects.filter(done_at=None)
        .exclude(case__phase=Phase.DONE)
        .update(outcome=Outcome.MOVED_ON, done_at=at)
    )
