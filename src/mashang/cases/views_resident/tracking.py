"""Following a case by its link: how it stands, and what its requester may do with it now."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mashang.attachments import queries as attachments
from mashang.attachments.actions import adopt
from mashang.attachments.serving import serve
from mashang.cases import flows, rules
from mashang.cases.actions.moves.contacting import denial
from mashang.cases.actions.moves.rating import CHASE_AGAIN_AFTER
from mashang.cases.actions.moving import TooLate, advance
from mashang.cases.contact import CONFIRMED, Proof, proof
from mashang.cases.flow import State, Who, moves_from
from mashang.cases.forms import AdditionForm, RatingForm, ResidentForm, WordsForm
from mashang.cases.kept_files import KeptFiles, TooManyUploads, keep_files
from mashang.cases.models import Case, Limit, Rating, Score
from mashang.cases.resident_access import case_of, offers_wechat, resident_of
from mashang.cases.resident_timeline import is_public, last_of, status, timeline, unit_name
from mashang.cases.views_resident.filing import TOKEN, see_other
from mashang.cases.wording import say_limit
from mashang.core.errors import Refused
from mashang.core.text import mask_name, mask_phone

logger = logging.getLogger(__name__)

# The same words within this time are a second tap on the same button.
SECOND_TAP = timedelta(minutes=10)


@dataclass
class Attempt:
    """What somebody tried to do: the form they sent, and why it was refused if it was."""

    request: HttpRequest
    case: Case
    action: str
    form: ResidentForm | None = None
    files: KeptFiles = field(default_factory=lambda: KeptFiles(""))
    refusal: str = ""
    status: int = 422
    form_token: str = ""
    move_name: str = ""
    facts: dict[str, object] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        """What a page needs to show the form again, and above it what is to be done."""
        listed = self.form.faults if self.form is not None else []
        faults = [(f"{self.action}-{name}", problem) for name, problem in listed]
        faults += [("photos", problem) for problem in self.files.problems]
        faults += [(self.action, self.refusal)] if self.refusal else []
        return {
            "action": self.action,
            "typed": self.form.typed if self.form is not None else {},
            "files": self.files,
            "faults": faults,
            "problems": dict([*listed, *(("photos", text) for text in self.files.problems)]),
            "form_token": self.form_token,
        }

    def move(self, name: str, **facts: object) -> int:
        """Make the move; returns the number of its entry."""
        self.move_name, self.facts = name, facts
        return advance(self.case, name, by=resident_of(self.case), **facts).seq

    @property
    def words(self) -> str:
        return str(self.form.typed.get("words", "")) if self.form is not None else ""

    def was_done_just_now(self) -> bool:
        """Whether the same move with the same facts went through a moment ago: a second tap."""
        last = self.case.entries.filter(
            move=self.move_name, at__gt=timezone.now() - SECOND_TAP
        ).last()
        return last is not None and all(
            last.data.get(name, "") == value for name, value in self.facts.items()
        )


@require_safe
def track(request: HttpRequest, token: str) -> HttpResponse:
    case = case_of(token)
    pages = flows.of(case).pages
    return pages.track(request, case) if pages is not None else _page(request, case)


@require_safe
def tracked_file(request: HttpRequest, token: str, pk: UUID) -> HttpResponseBase:
    """A photo or recording of this case; `?small` for the thumbnail of a photo."""
    case = case_of(token)
    file = attachments.find(pk, owner=case.subject)
    if file is None or not is_public(file):
        raise Http404
    return serve(request, file, thumbnail="small" in request.GET)


# These ask for no CSRF cookie: the link itself is what lets in, and a page elsewhere that knows
# it could open this one as well.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def track_action(request: HttpRequest, token: str, action: str) -> HttpResponse:
    """One thing that the requester does. What is refused is said above the form that was sent,
    with everything that was typed."""
    case = case_of(token)
    pages = flows.of(case).pages
    if pages is not None:
        return pages.act(request, case, action)
    if action not in ACTIONS:
        raise Http404
    if request.method != "POST":
        if action == "withdraw" and "withdraw" in _moves(case):
            return _withdrawing(request, case)
        return see_other(_address(case))
    attempt = Attempt(request, case, action)
    if _try(attempt):
        return see_other(f"{_address(case)}?done={action}")
    case = case_of(token)
    if action == "withdraw" and "withdraw" in _moves(case):
        return _withdrawing(request, case, attempt=attempt)
    return _page(request, case, attempt=attempt)


def _try(attempt: Attempt) -> bool:
    """Whether it is done, now or by a tap before; if not, the attempt says why."""
    try:
        return ACTIONS[attempt.action](attempt)
    except TooLate:
        # Its own text names the last move, and that may be one that only the staff should know.
        attempt.refusal = _("这件事刚刚有了变化，请看下面最新的情况，再决定怎么办。")
    except Refused as refusal:
        attempt.refusal = str(refusal)
    except TooManyUploads:
        attempt.status = 429
        attempt.refusal = _("这个网络一小时内传的文件太多了。请过一小时再传，文字可以现在就提交。")
        return False
    except (DatabaseError, OSError) as error:
        logger.error("a resident's move could not be stored: %s", type(error).__name__)
        attempt.status = 503
        attempt.refusal = _("没有提交成功，您写的内容还在，请过一会儿再点一次。急事请打热线。")
        return False
    return attempt.was_done_just_now()


def _add(attempt: Attempt) -> bool:
    """Further words or photos; to a question of the unit's they are the reply."""
    posted = attempt.request.POST.get("token", "")
    attempt.form_token = posted if TOKEN.fullmatch(posted) else secrets.token_urlsafe(24)
    case = attempt.case
    attempt.files = keep_files(attempt.request, f"{case.subject}:{attempt.form_token}")
    attempt.form = form = AdditionForm(attempt.request.POST, has_files=bool(attempt.files.files))
    if not form.is_valid() or attempt.files.problems:
        return False
    words = form.cleaned_data["words"]
    move = "reply" if case.state == State.WAITING else "add"
    attempt.move_name, attempt.facts = move, {"words": words}
    if not attempt.files.files and attempt.was_done_just_now():
        return True
    with transaction.atomic():
        seq = attempt.move(move, words=words)
        if attempt.files.files:
            adopt(attempt.files.owner, case.subject, part=f"entry:{seq}")
    return True


def _chase(attempt: Attempt) -> bool:
    attempt.move("chase")
    return True


def _withdraw(attempt: Attempt) -> bool:
    if attempt.case.state == State.WITHDRAWN:
        return True
    attempt.form = form = WordsForm(attempt.request.POST)
    if not form.is_valid():
        return False
    attempt.move("withdraw", words=form.cleaned_data["words"])
    return True


def _rate(attempt: Attempt) -> bool:
    attempt.form = form = RatingForm(attempt.request.POST)
    if not form.is_valid():
        return False
    given = form.cleaned_data
    move = "confirm" if given["is_solved"] else "dispute"
    attempt.move(move, score=given["score"], words=given["words"])
    return True


def _reopen(attempt: Attempt) -> bool:
    attempt.form = form = WordsForm(attempt.request.POST, is_needed=True)
    if not form.is_valid():
        return False
    attempt.move("reopen", words=form.cleaned_data["words"])
    return True


def _called(attempt: Attempt) -> bool:
    attempt.move(CONFIRMED)
    return True


def _not_called(attempt: Attempt) -> bool:
    attempt.move(denial(attempt.case))
    return True


ACTIONS: dict[str, Callable[[Attempt], bool]] = {
    "add": _add,
    "chase": _chase,
    "withdraw": _withdraw,
    "rate": _rate,
    "reopen": _reopen,
    "called": _called,
    "not-called": _not_called,
}


def _address(case: Case) -> str:
    return reverse("track", args=[case.requester.tracking_token])


def _moves(case: Case) -> set[str]:
    return {move.name for move in moves_from(case.state, {Who.REQUESTER})}


def _may_reopen(case: Case, rule: Limit, now: datetime) -> bool:
    """Once, and within the days that the city allows after the answer."""
    if case.reopenings or case.closed_at is None:
        return False
    return now <= rules.calendar().add(case.closed_at, rule.amount, rule.unit).at


def _withdrawing(
    request: HttpRequest, case: Case, *, attempt: Attempt | None = None
) -> HttpResponse:
    """The page that asks once more before a case is withdrawn."""
    shown = attempt.shown() if attempt else {}
    context = {"case": case, "token": case.requester.tracking_token, **shown}
    return render(
        request, "cases/withdraw.html", context, status=attempt.status if attempt else 200
    )


def _page(request: HttpRequest, case: Case, *, attempt: Attempt | None = None) -> HttpResponse:
    now = timezone.now()
    entries = list(case.entries.all())
    clocks = list(case.clocks.all())
    files = attachments.grouped(case.subject)
    happenings = timeline(case, entries, files)
    moves = _moves(case)
    chased = [entry.at for entry in entries if entry.move == "chase"]
    rule = rules.limit("follow_up", at=now)
    context = {
        "case": case,
        "token": case.requester.tracking_token,
        "unit": unit_name(case),
        "status": status(case, clocks, at=now),
        "happenings": happenings,
        "answer": last_of(happenings, "answer"),
        "question": last_of(happenings, "ask_resident") if case.state == State.WAITING else None,
        "report_files": files.get("report", []),
        "name": mask_name(case.requester.name or ""),
        "phone": mask_phone(case.requester.phone or ""),
        "rating": Rating.objects.filter(case=case).first() if case.closed_at else None,
        "may_add": bool(moves & {"add", "reply"}),
        "may_withdraw": "withdraw" in moves,
        "may_chase": "chase" in moves
        and case.state != State.WAITING
        and all(at <= now - CHASE_AGAIN_AFTER for at in chased),
        "may_rate": "confirm" in moves,
        "may_dispute": "dispute" in moves,
        "may_reopen": "reopen" in moves and _may_reopen(case, rule, now),
        "reopen_within": say_limit(rule),
        "may_say_called": CONFIRMED in moves
        and bool(case.requester.phone)
        and proof(entry.move for entry in entries) == Proof.CLAIMED,
        "offers_wechat": offers_wechat(request, case),
        "scores": Score.choices,
        "done": request.GET.get("done", ""),
        **(attempt.shown() if attempt else {}),
    }
    offered = {name for name in ("add", "rate", "reopen") if context[f"may_{name}"]}
    if attempt and attempt.action not in offered:
        # The form is gone with the chance to use it; what was typed is theirs all the same.
        context["homeless_words"] = attempt.words
    context["form_token"] = context.get("form_token") or secrets.token_urlsafe(24)
    return render(request, "cases/track.html", context, status=attempt.status if attempt else 200)
