"""Applying for a mediation, and what single moves of one check, change and tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.actions import clocks, telling
from mashang.cases.actions.filing import Filed
from mashang.cases.actions.opening import Opening, open_case
from mashang.cases.actions.step import MISSING, Step
from mashang.cases.flow import Who
from mashang.cases.models import Case, Channel, Clock, Requester
from mashang.cases.wording import say_time
from mashang.core import chain
from mashang.core.errors import Refused
from mashang.mediation import parties
from mashang.mediation.access import relations
from mashang.mediation.flow import (
    CONFIRMATION_WITHIN,
    COURT_CLOCK,
    MONTH_CLOCK,
    NAME,
    NORMALLY_WITHIN,
    VISIT_CLOCK,
    State,
)
from mashang.mediation.models import (
    Agreement,
    Capacity,
    Door,
    Instalment,
    Mediation,
    Party,
    Session,
    Side,
    Statement,
    Way,
)
from mashang.mediation.parties import (
    Person,
    active,
    committee_hears,
    party_of,
    tell,
    tell_committee,
)
from mashang.messaging.actions import Draft
from mashang.people.actors import Actor, Staff
from mashang.people.models import Account
from mashang.people.queries import ordinary_unit
from mashang.places.models import Place

CONTENTS = ("parties", "facts", "issues", "liability", "terms")


# What moves are given besides plain words: none of it becomes part of an entry.


@dataclass(frozen=True)
class Said:
    words: str
    is_shared: bool = False


@dataclass(frozen=True)
class Held:
    held_on: date
    minutes: str
    parties: Sequence[Party] = ()  # none: with all


@dataclass(frozen=True)
class Agreed:
    """The five contents, by name, and what is due by which day."""

    contents: dict[str, str]
    instalments: Sequence[tuple[date, str]] = ()


MISSING |= {
    "topic": lambda: _("请用一句话写清是什么纠纷，各方都会看到。"),
    "door": lambda: _("请选可以去哪里，法律要求告诉各方。"),
    "party": lambda: _("请选是哪一方。"),
    "mediator": lambda: _("请选一位调解员。"),
    "statement": lambda: _("请写几句。"),
    "meets_at": lambda: _("请写调解的时间。"),
    "where": lambda: _("请写调解的地点。"),
    "session": lambda: _("请写调解的情况。"),
    "agreement": lambda: _("请把协议写完整。"),
}


@dataclass(frozen=True)
class Application:
    """What an application says; phones of others may not be known yet.

    `name` and `phone` are whoever writes it: a party, or as `capacity` says acting for `for_whom`.
    """

    place: Place
    text: str
    name: str
    phone: str
    other_name: str
    other_phone: str = ""
    with_me: Sequence[Person] = ()
    others: Sequence[Person] = ()
    capacity: str = ""
    for_whom: str = ""


def apply(given: Application, *, token: str, by: Actor, at: datetime | None = None) -> Filed:
    """An application by one side, or by a cadre's proposal, for which all are asked."""
    at = at or timezone.now()
    is_proposed = isinstance(by, Staff)
    opening = Opening(
        flow=NAME,
        state=State.APPLIED,
        token=token,
        place=given.place,
        unit=ordinary_unit(given.place.code),
        text=given.text,
        name=given.name,
        phone=given.phone,
        channel=Channel.COUNTER if is_proposed else Channel.WEB,
        is_confidential=True,
    )

    def also(case: Case) -> None:
        Mediation.objects.create(case=case, is_proposed=is_proposed)
        _name_applicant(case, given, is_proposed=is_proposed, at=at)
        parties.name_all(case, Side.APPLICANT, given.with_me)
        first = Person(given.other_name, given.other_phone)
        parties.name_all(case, Side.RESPONDENT, [first, *given.others])

    def told(case: Case, requester: Requester) -> list[Draft]:
        return tell_committee(case, "med_new", occasion="1", at=at) + telling.requester_draft(
            case, requester, "med_received", occasion="1"
        )

    return open_case(opening, by=by, at=at, tell=told, also=also)


def _name_applicant(case: Case, given: Application, *, is_proposed: bool, at: datetime) -> None:
    """Whoever applies for itself agrees by that; for another, once the authority was seen."""
    if given.for_whom:
        Party.objects.create(
            case=case, side=Side.APPLICANT, name=given.for_whom, phone="", agent=given.name,
            agent_phone=given.phone, agent_as=given.capacity or Capacity.AUTHORISED,
        )  # fmt: skip
        return
    agreed = {} if is_proposed else {"consented_at": at, "consent_way": Way.LINK}
    Party.objects.create(
        case=case, side=Side.APPLICANT, name=given.name, phone=given.phone, **agreed
    )


# What single moves add ---------------------------------------------------------------------------


def _accept(step: Step) -> None:
    topic = str(step.facts["topic"])
    Mediation.objects.filter(case=step.case).update(topic=topic)
    for party in active(step.case).filter(consented_at=None):
        tell(step, "med_asked", to=party)


def _consent(step: Step) -> None:
    party = party_of(step)
    if party.consented_at:
        raise Refused(_("这一位已经同意过了。"))
    way = step.facts.get("way", Way.LINK)
    Party.objects.filter(pk=party.pk).update(consented_at=step.at, consent_way=way)
    parties.begin_if_all_agree(step)


def _begin(step: Step) -> None:
    tell(step, "med_begun")
    committee_hears(step, "med_agreed")


def _end_by_party(step: Step) -> None:
    """Whoever does not want to go on need not say why; all are told where else to turn."""
    if not parties.is_alone(party_of(step)):
        raise Refused(_("这一方还有别人愿意调解。请选“退出，其他人继续”。"))
    Mediation.objects.filter(case=step.case).update(door=Door.COURT)
    tell(step, "med_ended")
    committee_hears(step, "med_stopped")


def mediators(case: Case) -> list[Account]:
    """Who may be named: those who handle matters of the unit and to whom no party objected."""
    without = Party.objects.filter(case=case).values_list("objected_to", flat=True)
    found = Account.objects.filter(posts__unit=case.unit, is_active=True).distinct()
    rows = found.exclude(pk__in=[key for key in without if key]).order_by("pk")
    return [account for account in rows if Who.HANDLER in relations(Staff(account), case)]


def _name_mediator(step: Step) -> None:
    mediator = step.facts["mediator"]
    if mediator.pk not in {account.pk for account in mediators(step.case)}:
        raise Refused(_("这位不能当这件事的调解员，请选别人。"))
    step.changes["assignee"] = mediator
    tell(step, "med_named")


def _object(step: Step) -> None:
    party = party_of(step)
    if step.case.assignee is None:
        raise Refused(_("现在还没有指定调解员。"))
    if party.objected_to_id is not None:
        raise Refused(_("每一位可以要求换一次。还有顾虑，请当面和调委会说，或者要求终止调解。"))
    Party.objects.filter(pk=party.pk).update(objected_to=step.case.assignee)
    step.changes["assignee"] = None
    step.case.assignee = None
    committee_hears(step, "med_objected")


def _say(step: Step) -> None:
    said: Said = step.facts["statement"]
    party = party_of(step)
    Statement.objects.create(
        party=party, words=said.words, is_shared=said.is_shared, made_at=step.at
    )
    step.data["is_shared"] = said.is_shared
    step.data["statement"] = chain.digest(said.words)
    committee_hears(step, "med_said")


def _invite(step: Step) -> None:
    meets_at: datetime = step.facts["meets_at"]
    if meets_at <= step.at:
        raise Refused(_("调解的时间要在以后。"))
    _needs_mediator(step)
    Mediation.objects.filter(case=step.case).update(meets_at=meets_at, where=step.facts["where"])
    tell(step, "med_meeting", due=say_time(meets_at, today=step.at))


def _needs_mediator(step: Step) -> None:
    if step.case.assignee is None:
        raise Refused(_("请先指定调解员。"))


def _only_mediator(step: Step) -> None:
    _needs_mediator(step)
    if step.account.pk != step.case.assignee_id:
        raise Refused(_("这一步由调解员本人来做。"))


def _minutes(step: Step) -> None:
    _only_mediator(step)
    held: Held = step.facts["session"]
    session = Session.objects.create(
        case=step.case, held_on=held.held_on, minutes=held.minutes, recorded_at=step.at
    )
    session.parties.set(held.parties)
    heard = [party.pk for party in held.parties]
    step.data |= {"heard": heard, "minutes": chain.digest(held.minutes)}


def _keep_agreement(step: Step, *, is_oral: bool) -> None:
    _only_mediator(step)
    agreed: Agreed = step.facts["agreement"]
    missing = [name for name in CONTENTS if not agreed.contents.get(name)]
    if missing:
        raise Refused(MISSING["agreement"]())
    digest = chain.digest(chain.canonical({name: agreed.contents[name] for name in CONTENTS}))
    Agreement.objects.filter(case=step.case).delete()
    made = Agreement.objects.create(
        case=step.case, is_oral=is_oral, digest=digest, drafted_at=step.at,
        effective_at=step.at if is_oral else None, **agreed.contents,
    )  # fmt: skip
    Instalment.objects.bulk_create(
        Instalment(agreement=made, due_on=due, words=words) for due, words in agreed.instalments
    )
    # Whoever signed another text has not signed this one.
    Party.objects.filter(case=step.case).update(signed_at=None, sign_way="")
    step.data["agreement_digest"] = digest


def _draft(step: Step) -> None:
    _keep_agreement(step, is_oral=False)
    tell(step, "med_sign")


def _agree_orally(step: Step) -> None:
    """Art. 30: in effect from the day on which the sides agree; the mediator records it (28)."""
    _keep_agreement(step, is_oral=True)
    tell(step, "med_effective")


def _sign(step: Step) -> None:
    party = party_of(step)
    if party.signed_at:
        raise Refused(_("这一位已经签过了。"))
    agreement = Agreement.objects.get(case=step.case)
    way = step.facts.get("way", Way.CODE)
    Party.objects.filter(pk=party.pk).update(signed_at=step.at, sign_way=way)
    step.data["agreement_digest"] = agreement.digest
    if not active(step.case).filter(signed_at=None).exists():
        committee_hears(step, "med_signed")


def _seal(step: Step) -> None:
    """Art. 29: in effect once the sides and the mediator have signed and the seal is set."""
    _only_mediator(step)
    if active(step.case).filter(signed_at=None).exists():
        raise Refused(_("还有人没有签。纸面签的，请先登记“签了协议”。"))
    Agreement.objects.filter(case=step.case).update(effective_at=step.at)
    tell(step, "med_effective")


def _ended(step: Step) -> None:
    Mediation.objects.filter(case=step.case).update(door=step.facts["door"], ended_words=step.words)
    tell(step, "med_ended")


def _declined(step: Step) -> None:
    """Only whoever applied hears of it: the other side was never asked."""
    Mediation.objects.filter(case=step.case).update(door=step.facts["door"], ended_words=step.words)


def _visit(step: Step) -> None:
    kept = [int(key) for key in step.facts.get("kept", [])]
    rows = Instalment.objects.filter(agreement=step.case.pk, pk__in=kept, kept_at=None)
    rows.update(kept_at=step.at)


def _fulfil(step: Step) -> None:
    if Instalment.objects.filter(agreement=step.case.pk, kept_at=None).exists():
        raise Refused(_("还有没履行的分期。请先在“回访履行情况”里勾上已经履行的。"))
    tell(step, "med_over")


def _withdraw(step: Step) -> None:
    if step.case.state == State.ASKING:
        tell(step, "med_ended")


def _overrun(step: Step) -> None:
    committee_hears(step, "med_month")


def _visit_due(step: Step) -> None:
    committee_hears(step, "med_visit")


def _erase(step: Step) -> None:
    """Whoever applied takes back name and phone; what all agreed on stays with all."""
    party = parties.first_party(step.case)
    names = {"agent": "", "agent_phone": ""} if party.agent else {"name": "", "phone": ""}
    Party.objects.filter(pk=party.pk).update(**names)


PREPARE = {
    "erase": _erase,
    "accept": _accept,
    "decline": _declined,
    "consent": _consent,
    "begin": _begin,
    "refuse": _end_by_party,
    "leave": parties.leave,
    "name_party": parties.name_party,
    "join": parties.join,
    "represent": parties.represent,
    "end": _end_by_party,
    "name_mediator": _name_mediator,
    "object": _object,
    "say": _say,
    "invite": _invite,
    "minutes": _minutes,
    "draft": _draft,
    "sign": _sign,
    "seal": _seal,
    "agree_orally": _agree_orally,
    "fail": _ended,
    "broken": _ended,
    "visit": _visit,
    "fulfil": _fulfil,
    "withdraw": _withdraw,
    "overrun": _overrun,
    "visit_due": _visit_due,
}


def _run_month(step: Step) -> list[Clock]:
    return [clocks.run_until(step.case, MONTH_CLOCK, step.at + NORMALLY_WITHIN, at=step.at)]


def end_of_day(day: date) -> datetime:
    """The first moment after a day of the city."""
    midnight = datetime.combine(day + timedelta(days=1), time.min)
    return timezone.make_aware(midnight)


def court_until(effective_at: datetime) -> date:
    """The last day for applying to the court together: 30 days, the day itself not counted."""
    return timezone.localdate(effective_at) + CONFIRMATION_WITHIN


def _next_visit(step: Step) -> list[Clock]:
    """The worker reminds of a visit the day after the next instalment was due."""
    rows = Instalment.objects.filter(agreement=step.case.pk, kept_at=None).order_by("due_on")
    following = rows.first()
    if following is None:
        return []
    due = max(end_of_day(following.due_on), step.at + timedelta(days=1))
    return [clocks.run_until(step.case, VISIT_CLOCK, due, at=step.at)]


def _run_after(step: Step) -> list[Clock]:
    due = end_of_day(court_until(step.at))
    court = clocks.run_until(step.case, COURT_CLOCK, due, at=step.at)
    return [court, *_next_visit(step)]


CLOCKS = {
    "accept": _run_month,
    "seal": _run_after,
    "agree_orally": _next_visit,
    "visit": _next_visit,
}
