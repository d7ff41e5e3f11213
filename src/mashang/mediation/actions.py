"""Applying for a mediation, and what single moves of one check, change and tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.actions import clocks, telling
from mashang.cases.actions.filing import Filed
from mashang.cases.actions.opening import Opening, open_case
from mashang.cases.actions.step import MISSING, Following, NotThere, Step
from mashang.cases.flow import Who
from mashang.cases.models import Case, Channel, Clock, Requester
from mashang.cases.wording import say_time
from mashang.core import chain
from mashang.core.errors import Refused
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
    Door,
    Instalment,
    Mediation,
    Party,
    Session,
    Side,
    Statement,
    Way,
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
    side: str = ""


@dataclass(frozen=True)
class Agreed:
    """The five contents, by name, and what is due by which day."""

    contents: dict[str, str]
    instalments: Sequence[tuple[date, str]] = ()


MISSING |= {
    "topic": lambda: _("请用一句话写清是什么纠纷，双方都会看到。"),
    "door": lambda: _("请选可以去哪里，法律要求告诉双方。"),
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
    """What an application says; the other side's phone may not be known yet."""

    place: Place
    text: str
    name: str
    phone: str
    other_name: str
    other_phone: str = ""


def apply(given: Application, *, token: str, by: Actor, at: datetime | None = None) -> Filed:
    """An application by one side, or by a cadre's proposal, for which both are asked."""
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
        agreed = {} if is_proposed else {"consented_at": at, "consent_way": Way.LINK}
        Party.objects.create(
            case=case, side=Side.APPLICANT, name=given.name, phone=given.phone, **agreed
        )
        Party.objects.create(
            case=case, side=Side.RESPONDENT, name=given.other_name, phone=given.other_phone
        )

    def told(case: Case, requester: Requester) -> list[Draft]:
        return tell_committee(case, "med_new", occasion="1", at=at) + telling.requester_draft(
            case, requester, "med_received", occasion="1"
        )

    return open_case(opening, by=by, at=at, tell=told, also=also)


def tell_committee(case: Case, template: str, *, occasion: str, at: datetime) -> list[Draft]:
    """To the mediator, or to whoever is on duty for the committee while none is named."""
    who = case.assignee or telling.on_call_of_service(case, at=at)
    if who is None:
        return []
    return telling.staff_drafts([telling.ToStaff(case, who, template, occasion, at)], at=at)


def party_url(party: Party) -> str:
    return f"{settings.BASE_URL}/mediation/p/{party.token}"


def _tell(step: Step, template: str, *, to: Party | None = None, **more: str) -> None:
    """A message to both sides, or to one, each with its own link."""
    case = step.case
    for party in [to] if to else Party.objects.filter(case=case):
        step.drafts.append(
            Draft(
                template=template,
                phone=party.phone or "",
                params={"number": case.number, "link": party_url(party), **more},
                key=f"{case.subject}:{template}:{case.version + 1}:p{party.pk}",
                subject=case.subject,
            )
        )


def _tell_committee(step: Step, template: str) -> None:
    occasion = str(step.case.version + 1)
    step.drafts += tell_committee(step.case, template, occasion=occasion, at=step.at)


def _party(step: Step) -> Party:
    """The side that a move is made for, read under the case's lock."""
    given = step.facts["party"]
    party = Party.objects.filter(case=step.case, pk=getattr(given, "pk", None)).first()
    if party is None:
        raise NotThere
    step.data["side"] = party.side
    return party


def other_side(party: Party) -> Party:
    return Party.objects.exclude(pk=party.pk).get(case=party.case_id)


# What single moves add ---------------------------------------------------------------------------


def _accept(step: Step) -> None:
    topic = str(step.facts["topic"])
    Mediation.objects.filter(case=step.case).update(topic=topic)
    for party in Party.objects.filter(case=step.case, consented_at=None):
        _tell(step, "med_asked", to=party)


def _consent(step: Step) -> None:
    party = _party(step)
    if party.consented_at:
        raise Refused(_("这一方已经同意过了。"))
    way = step.facts.get("way", Way.LINK)
    Party.objects.filter(pk=party.pk).update(consented_at=step.at, consent_way=way)
    if other_side(party).consented_at:
        step.following.append(Following(step.case, "begin", {}))


def _begin(step: Step) -> None:
    _tell(step, "med_begun")
    _tell_committee(step, "med_agreed")


def _end_by_party(step: Step) -> None:
    """Whoever does not want to go on need not say why; both are told where else to turn."""
    _party(step)
    Mediation.objects.filter(case=step.case).update(door=Door.COURT)
    _tell(step, "med_ended")
    _tell_committee(step, "med_stopped")


def mediators(case: Case) -> list[Account]:
    """Who may be named: those who handle matters of the unit and to whom no side objected."""
    without = Party.objects.filter(case=case).values_list("objected_to", flat=True)
    found = Account.objects.filter(posts__unit=case.unit, is_active=True).distinct()
    rows = found.exclude(pk__in=[key for key in without if key]).order_by("pk")
    return [account for account in rows if Who.HANDLER in relations(Staff(account), case)]


def _name_mediator(step: Step) -> None:
    mediator = step.facts["mediator"]
    if mediator.pk not in {account.pk for account in mediators(step.case)}:
        raise Refused(_("这位不能当这件事的调解员，请选别人。"))
    step.changes["assignee"] = mediator
    _tell(step, "med_named")


def _object(step: Step) -> None:
    party = _party(step)
    if step.case.assignee is None:
        raise Refused(_("现在还没有指定调解员。"))
    if party.objected_to_id is not None:
        raise Refused(_("每一方可以要求换一次。还有顾虑，请当面和调委会说，或者要求终止调解。"))
    Party.objects.filter(pk=party.pk).update(objected_to=step.case.assignee)
    step.changes["assignee"] = None
    step.case.assignee = None
    _tell_committee(step, "med_objected")


def _say(step: Step) -> None:
    said: Said = step.facts["statement"]
    party = _party(step)
    Statement.objects.create(
        party=party, words=said.words, is_shared=said.is_shared, made_at=step.at
    )
    step.data["is_shared"] = said.is_shared
    step.data["statement"] = chain.digest(said.words)
    _tell_committee(step, "med_said")


def _invite(step: Step) -> None:
    meets_at: datetime = step.facts["meets_at"]
    if meets_at <= step.at:
        raise Refused(_("调解的时间要在以后。"))
    _needs_mediator(step)
    Mediation.objects.filter(case=step.case).update(meets_at=meets_at, where=step.facts["where"])
    _tell(step, "med_meeting", due=say_time(meets_at, today=step.at))


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
    Session.objects.create(
        case=step.case, side=held.side, held_on=held.held_on, minutes=held.minutes,
        recorded_at=step.at,
    )  # fmt: skip
    step.data |= {"session_side": held.side, "minutes": chain.digest(held.minutes)}


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
    _tell(step, "med_sign")


def _agree_orally(step: Step) -> None:
    """Art. 30: in effect from the day on which the sides agree; the mediator records it (28)."""
    _keep_agreement(step, is_oral=True)
    _tell(step, "med_effective")


def _sign(step: Step) -> None:
    party = _party(step)
    if party.signed_at:
        raise Refused(_("这一方已经签过了。"))
    agreement = Agreement.objects.get(case=step.case)
    way = step.facts.get("way", Way.CODE)
    Party.objects.filter(pk=party.pk).update(signed_at=step.at, sign_way=way)
    step.data["agreement_digest"] = agreement.digest
    if other_side(party).signed_at:
        _tell_committee(step, "med_signed")


def _seal(step: Step) -> None:
    """Art. 29: in effect once the sides and the mediator have signed and the seal is set."""
    _only_mediator(step)
    if Party.objects.filter(case=step.case, signed_at=None).exists():
        raise Refused(_("还有一方没有签。纸面签的，请先登记“签了协议”。"))
    Agreement.objects.filter(case=step.case).update(effective_at=step.at)
    _tell(step, "med_effective")


def _ended(step: Step) -> None:
    Mediation.objects.filter(case=step.case).update(door=step.facts["door"], ended_words=step.words)
    _tell(step, "med_ended")


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
    _tell(step, "med_over")


def _withdraw(step: Step) -> None:
    if step.case.state == State.ASKING:
        _tell(step, "med_ended")


def _overrun(step: Step) -> None:
    _tell_committee(step, "med_month")


def _visit_due(step: Step) -> None:
    _tell_committee(step, "med_visit")


def _erase(step: Step) -> None:
    """Whoever applied takes back name and phone; what both agreed on stays with both."""
    Party.objects.filter(case=step.case, side=Side.APPLICANT).update(name="", phone="")


PREPARE = {
    "erase": _erase,
    "accept": _accept,
    "decline": _declined,
    "consent": _consent,
    "begin": _begin,
    "refuse": _end_by_party,
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
