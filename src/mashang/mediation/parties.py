"""Who the parties are, whom they are acted for by, and who hears of what.

Several may apply and several may be on the other side; all of them agree, or it does not begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mashang.cases.actions import telling
from mashang.cases.actions.step import MISSING, Following, NotThere, Step
from mashang.cases.models import Case, Requester, name_index
from mashang.cases.models.case import new_salt
from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.mediation.flow import State
from mashang.mediation.models import Capacity, Party, Side
from mashang.messaging.actions import Draft
from mashang.people.actors import Resident

MOST_A_SIDE = 10
UNCHECKED = ("consent", "refuse", "end", "leave", "object", "sign")


@dataclass(frozen=True)
class Person:
    """Somebody named as a party; the phone may not be known yet."""

    name: str
    phone: str = ""
    side: str = Side.RESPONDENT


@dataclass(frozen=True)
class Agent:
    """Who acts for a party, by what the committee saw; without a name nobody does any more."""

    name: str = ""
    phone: str = ""
    capacity: str = ""
    basis: str = ""
    may_sign: bool = False


MISSING |= {
    "person": lambda: _("请写当事人的姓名。"),
    "agent": lambda: _("请写代理人。"),
}


def active(case: Case) -> QuerySet[Party]:
    """The parties of a case that have not left it."""
    return Party.objects.filter(case=case, left_at=None)


def first_party(case: Case) -> Party:
    """Who applied: the tracking link and what is taken away or erased are this one's."""
    return Party.objects.filter(case=case, side=Side.APPLICANT).order_by("pk")[0]


def is_alone(party: Party) -> bool:
    """Whether nobody else is on its side: then its no ends the mediation (art. 17, 23)."""
    others = Party.objects.filter(case=party.case_id, side=party.side, left_at=None)
    return not others.exclude(pk=party.pk).exists()


def name_all(case: Case, side: str, people: Sequence[Person]) -> None:
    """Write down those of one side."""
    for person in people:
        Party.objects.create(case=case, side=side, name=person.name, phone=person.phone)


# Telling ----------------------------------------------------------------------------------------


def party_url(party: Party) -> str:
    return f"{settings.BASE_URL}/mediation/p/{party.token}"


def tell(step: Step, template: str, *, to: Party | None = None, **more: str) -> None:
    """A message to all parties, or to one, each with its own link."""
    case = step.case
    for party in [to] if to else active(case):
        step.drafts.append(_draft(step, template, party, party.reached_at, "p", more))


def _draft(
    step: Step, template: str, party: Party, phone: str, to: str, more: dict[str, str]
) -> Draft:
    case = step.case
    return Draft(
        template=template,
        phone=phone,
        params={"number": case.number, "link": party_url(party), **more},
        key=f"{case.subject}:{template}:{case.version + 1}:{to}{party.pk}",
        subject=case.subject,
    )


def tell_committee(case: Case, template: str, *, occasion: str, at: datetime) -> list[Draft]:
    """To the mediator, or to whoever is on duty for the committee while none is named."""
    who = case.assignee or telling.on_call_of_service(case, at=at)
    if who is None:
        return []
    return telling.staff_drafts([telling.ToStaff(case, who, template, occasion, at)], at=at)


def committee_hears(step: Step, template: str) -> None:
    occasion = str(step.case.version + 1)
    step.drafts += tell_committee(step.case, template, occasion=occasion, at=step.at)


def party_of(step: Step) -> Party:
    """The party that a move is made for, read under the case's lock.

    Nobody acts for another whose authority the committee has not seen: it may write, no more.
    """
    given = step.facts["party"]
    party = active(step.case).filter(pk=getattr(given, "pk", None)).first()
    if party is None:
        raise NotThere
    by_itself = isinstance(step.by, Resident)
    if by_itself and party.agent and not party.agent_checked_at and step.move.name in UNCHECKED:
        raise Refused(
            _("代理的手续调委会还没有核对。请带上委托书或者监护的证明去一趟，核对后再来这里。")
        )
    step.data |= {"side": party.side, "party": party.pk}
    return party


# What single moves add --------------------------------------------------------------------------


def begin_if_all_agree(step: Step) -> None:
    if not active(step.case).filter(consented_at=None).exists():
        step.following.append(Following(step.case, "begin", {}))


def _unsign(case: Case) -> None:
    """Whoever signed a text among other parties has not signed what comes of it."""
    Party.objects.filter(case=case).update(signed_at=None, sign_way="")


def leave(step: Step) -> None:
    party = party_of(step)
    if is_alone(party):
        raise Refused(_("这一方只有这一位，退出就是不调解了。请选“不同意调解”或“要求终止调解”。"))
    Party.objects.filter(pk=party.pk).update(left_at=step.at)
    committee_hears(step, "med_left")
    if step.case.state == State.DRAFTED:
        _unsign(step.case)
        step.following.append(Following(step.case, "reword", {}))
    elif step.case.state == State.ASKING:
        begin_if_all_agree(step)


def _named(step: Step) -> Party:
    person: Person = step.facts["person"]
    if active(step.case).filter(side=person.side).count() >= MOST_A_SIDE:
        raise Refused(_("一方最多 10 位。人多的，请推选代表参加。"))
    party = Party.objects.create(
        case=step.case, side=person.side, name=person.name, phone=person.phone
    )
    step.data |= {"side": party.side, "party": party.pk}
    return party


def name_party(step: Step) -> None:
    """Before it is accepted: asked with all the others."""
    _named(step)


def join(step: Step) -> None:
    tell(step, "med_asked", to=_named(step))
    _unsign(step.case)


def represent(step: Step) -> None:
    """Whoever acted before reads no more: the link changes, and so does who applied."""
    party = party_of(step)
    agent: Agent = step.facts["agent"]
    if agent.name and not agent.basis:
        raise Refused(_("请写看过什么证明或委托书。"))
    before = party.reached_at
    party.agent, party.agent_phone, party.agent_as = agent.name, agent.phone, agent.capacity
    party.agent_basis = agent.basis
    party.agent_may_sign = agent.may_sign or agent.capacity == Capacity.GUARDIAN
    party.agent_checked_at = step.at if agent.name else None
    party.salt = new_salt()
    party.save()
    if party.pk == first_party(step.case).pk:
        _ask_anew(step.case, party, before)
    phones = dict.fromkeys((party.reached_at, party.phone or ""))
    if party.agent_as == Capacity.GUARDIAN:
        phones = dict.fromkeys((party.reached_at,))
    if _has_its_link(step.case, party):
        for number, phone in enumerate(filter(None, phones)):
            step.drafts.append(_draft(step, "med_link", party, phone, f"{number}p", {}))


def _has_its_link(case: Case, party: Party) -> bool:
    """Whether this party has been asked: the others are only once it is accepted."""
    return case.state != State.APPLIED or party.pk == first_party(case).pk


def _ask_anew(case: Case, party: Party, before: str) -> None:
    """The tracking link follows the party that applied to whoever acts for it now."""
    if party.reached_at == before:
        return
    name, phone = party.agent or party.name or "", party.reached_at
    Requester.objects.filter(case=case, erased_at=None).update(
        name=name, phone=phone or None, salt=new_salt(), name_index=name_index(name),
        phone_index=blind_index(phone) if phone else "",
    )  # fmt: skip
