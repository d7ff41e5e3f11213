"""Asking counsel and answering: who gets it, who must not, and what is told to whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases import rules
from mashang.cases.actions import clocks, telling
from mashang.cases.actions.filing import Filed
from mashang.cases.actions.moving import TooLate, advance
from mashang.cases.actions.opening import Opening, open_case
from mashang.cases.actions.step import Step
from mashang.cases.flow import ClockName
from mashang.cases.models import Case, Clock, Conflict, OrderLink, Requester, Urgency
from mashang.cases.wording import say_time
from mashang.core.errors import Refused
from mashang.core.tables import narrow
from mashang.legal.access import LEGAL, answers, counsel, questions
from mashang.legal.flow import LIVE, State
from mashang.legal.models import Interest, InterestKind, Note, Publication, Question
from mashang.messaging.actions import Draft
from mashang.people.actors import SYSTEM, Actor, Resident, Staff
from mashang.people.models import Account, Post, Unit, UnitKind
from mashang.places.models import Place, ancestors

SHORTEST_UNIT = 4  # characters of a unit's name that may be a part of what somebody wrote


def promised(at: datetime) -> datetime:
    """By when a question that is asked now is answered: the city's limit for consultations."""
    return rules.run(ClockName.HANDLING, start=at, urgency=Urgency.CONSULTATION).due.at


def station_of(place: Place) -> Unit | None:
    """The counsel of a place: its own, or the nearest above it."""
    units = Unit.objects.filter(
        place__in=ancestors(place.code), kind=UnitKind.COUNSEL, is_active=True
    )
    return max(units.select_related("parent"), key=lambda unit: len(unit.place_id), default=None)


# Conflicts of interest --------------------------------------------------------------------------


def _bare(name: str) -> str:
    return "".join(narrow(name).casefold().split())


def conflict_with(account: Account, other_party: str) -> str:
    """Why this person must not advise against `other_party`: "party", "unit", "kin", "client", or
    "" where nothing is known. Names of people are compared whole, those of units as a part too."""
    other = _bare(other_party)
    if not other:
        return ""
    if other == _bare(account.name):
        return "party"
    posts = Post.objects.current().filter(account=account).exclude(unit__kind=UnitKind.COUNSEL)
    if any(_is_unit(other, name) for name in posts.values_list("unit__name", flat=True)):
        return "unit"
    for interest in Interest.objects.filter(account=account, ended_at=None):
        is_unit = interest.kind == InterestKind.UNIT
        if _bare(interest.name) == other or (is_unit and _is_unit(other, interest.name)):
            return interest.kind
    return ""


def _is_unit(other: str, name: str) -> bool:
    bare = _bare(name)
    short = min(len(bare), len(other))
    return bare == other or (short >= SHORTEST_UNIT and (bare in other or other in bare))


@dataclass
class Search:
    """Who of counsel takes a question: whoever is on duty, passing over those who must not."""

    other_party: str
    at: datetime
    excluded: dict[Account, str] = field(default_factory=dict)

    def fits(self, account: Account) -> bool:
        if not answers(account):
            return False
        why = conflict_with(account, self.other_party)
        if why:
            self.excluded[account] = why
        return not why

    def find(
        self, unit: Unit | None, *, without: Iterable[int] = ()
    ) -> tuple[Account, Unit] | None:
        found = telling.on_call(unit, at=self.at, without=without, fits=self.fits)
        return (found.account, found.unit) if found else None


def _bar(case: Case, excluded: Iterable[Account], *, at: datetime) -> None:
    """Record who has nothing to do with it; against whom is not said."""
    known = set(Conflict.objects.filter(case=case).values_list("account", flat=True))
    for account in excluded:
        if account.pk not in known:
            Conflict.objects.create(
                case=case, account=account, found_by=account, found_at=at,
                words=_("按登记的利害关系核对，自动回避。"),
            )  # fmt: skip


# Asking -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A question as it was typed and checked."""

    token: str
    place: Place
    topic: str
    words: str
    name: str
    phone: str
    other_party: str = ""
    way: str = ""
    may_publish: bool = False


def ask(asked: Asked, *, by: Actor, at: datetime | None = None) -> Filed:
    """Store a question and hand it to counsel on duty; the same form twice asks once.

    Raises Refused where no counsel serves the place.
    """
    at = at or timezone.now()
    unit = station_of(asked.place)
    if unit is None:
        raise Refused(_("这里还没有值班律师。请打 12348 公共法律服务热线，免费咨询。"))
    due = promised(at)

    def also(case: Case) -> None:
        Question.objects.create(
            case=case, topic=asked.topic, words=asked.words, way=asked.way or None,
            other_party=asked.other_party or None, may_publish=asked.may_publish,
        )  # fmt: skip
        give(case, at=at)

    def tell(case: Case, requester: Requester) -> list[Draft]:
        facts = {"unit": unit.name, "due": say_time(due, today=at)}
        return telling.requester_draft(case, requester, "legal_receipt", occasion="1", **facts)

    opening = Opening(
        flow=LEGAL,
        state=State.ASKED,
        token=asked.token,
        place=asked.place,
        unit=unit,
        text=_("法律咨询（内容保密）"),
        name=asked.name,
        phone=asked.phone,
        is_confidential=True,
        due={ClockName.HANDLING: due},
    )
    return open_case(opening, by=by, at=at, tell=tell, also=also)


def give(case: Case, *, at: datetime) -> bool:
    """Hand an open question to whoever of counsel is on duty and free of conflicts; False where
    there is nobody now: the worker tries again."""
    question = Question.objects.get(case=case)
    search = Search(question.other_party or "", at)
    barred = Conflict.objects.filter(case=case, lifted_at=None).values_list("account", flat=True)
    found = search.find(station_of(case.place), without=set(barred))
    _bar(case, search.excluded, at=at)
    if found is None:
        return False
    advance(case, "assign", by=SYSTEM, at=at, person=found[0], station=found[1])
    return True


def find_counsel(*, at: datetime | None = None, most: int = 50) -> int:
    """For the worker: hand on what nobody has, or whose counsel has left; returns how many."""
    at = at or timezone.now()
    has = Q(assignee__in=counsel().values("account"))
    keys = questions().filter(~has | Q(assignee=None), state__in=LIVE).values_list("pk", flat=True)
    done = 0
    for key in list(keys.order_by("pk")[:most]):
        case = questions().select_related("place").get(pk=key)
        try:
            with transaction.atomic():
                done += give(case, at=at)
        except (Refused, TooLate):
            continue
    return done


# Moves ------------------------------------------------------------------------------------------


def say(case: Case, move: str, words: str, *, by: Actor, at: datetime | None = None) -> None:
    """Make a move that has words, and keep them encrypted beside it. Raises as `advance` does."""
    at = at or timezone.now()
    if not words and move != "withdraw":
        raise Refused(_("请写几句话。"))
    with transaction.atomic():
        advance(case, move, by=by, at=at)
        if move == "answer":
            Question.objects.filter(case=case).update(answer=words, answered_at=at)
        elif words:
            Note.objects.create(
                question_id=case.pk, is_from_asker=isinstance(by, Resident), words=words, at=at
            )


def stand_aside(case: Case, *, by: Staff, at: datetime | None = None) -> None:
    """Counsel has to do with it: recorded, and it goes to another. Raises as `advance` does."""
    advance(case, "stand_aside", by=by, at=at or timezone.now())


def _assign(step: Step) -> None:
    person, station = step.facts["person"], step.facts["station"]
    step.changes["assignee"] = person
    if step.case.unit_id != station.pk:
        step.changes["unit"] = station


def _stand_aside(step: Step) -> None:
    case, me = step.case, step.account
    Conflict.objects.create(
        case=case, account=me, found_by=me, found_at=step.at, words=_("本人申请回避。")
    )
    OrderLink.objects.filter(case=case, account=me, revoked_at=None).update(revoked_at=step.at)
    question = Question.objects.get(case=case)
    search = Search(question.other_party or "", step.at)
    barred = Conflict.objects.filter(case=case, lifted_at=None).values_list("account", flat=True)
    found = search.find(station_of(case.place), without=set(barred))
    _bar(case, search.excluded, at=step.at)
    step.data["barred"] = me.name
    # Nobody else on duty: it waits without anybody, and the worker looks again every minute.
    step.changes["assignee"] = found[0] if found else None
    if found and found[1].pk != case.unit_id:
        step.changes["unit"] = found[1]


def _overdue(step: Step) -> None:
    """Whoever leads the station is told which number is late."""
    case = step.case
    leads = Post.objects.current().filter(unit=case.unit_id, is_lead=True)
    for post in leads.select_related("account").exclude(account=case.assignee_id):
        if post.account.phone:
            step.drafts.append(
                Draft(
                    template="legal_overdue", phone=post.account.phone,
                    params={"number": case.number},
                    key=f"{case.subject}:legal_overdue:{case.version}:a{post.account_id}",
                    subject=case.subject,
                )
            )  # fmt: skip


def _erase(step: Step) -> None:
    """What was asked and answered goes with whoever asked it."""
    Question.objects.filter(case=step.case).update(
        words=None, other_party=None, way=None, answer=None, may_publish=False
    )
    Note.objects.filter(question=step.case.pk).update(words=None)
    Publication.objects.filter(case=step.case).delete()


def _ask_again(step: Step) -> list[Clock]:
    due = promised(step.at)
    return [clocks.run_until(step.case, ClockName.HANDLING, due, at=step.at)]


PREPARE = {
    "assign": _assign,
    "stand_aside": _stand_aside,
    "overdue": _overdue,
    "erase": _erase,
}
CLOCKS = {"ask_again": _ask_again}
LAPSES = {ClockName.HANDLING: "overdue"}


def kept(case: Case) -> dict[str, object]:
    """What is kept of an asker beside the case, for them to take away."""
    question = Question.objects.filter(case=case).first()
    if question is None:
        return {}
    return {
        "问题": question.words,
        "对方": question.other_party,
        "引导问题的回答": question.way,
        "律师答复": question.answer,
        "补充": [note.words for note in question.notes.all()],
    }
