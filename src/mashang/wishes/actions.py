"""Posting a wish, and what single moves of one check, change and tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.actions import clocks, telling
from mashang.cases.actions.filing import Filed, submission_of
from mashang.cases.actions.opening import Opening, open_case
from mashang.cases.actions.step import MISSING, NotThere, Step
from mashang.cases.models import Case, Channel, Clock, Requester
from mashang.core.crypto import blind_index
from mashang.core.errors import Refused
from mashang.messaging.actions import Draft
from mashang.people.actors import Actor
from mashang.people.queries import ordinary_unit
from mashang.places.models import Place
from mashang.wishes.flow import (
    CLAIM_CLOCK,
    CLAIM_LASTS,
    CONFIRM_CLOCK,
    CONFIRM_WITHIN,
    NAME,
    State,
)
from mashang.wishes.models import Claim, Ending, Kind, Offer, Wish

KEPT_FOR = timedelta(days=180)  # how long it is known who helped, once it is over


@dataclass(frozen=True)
class Claimant:
    """Who claims; never part of an entry, so that the chain holds no name and no phone."""

    name: str
    phone: str
    kind: str = Kind.PERSON
    group: str = ""


MISSING |= {
    "public_words": lambda: _("请写公布出来的话。"),
    "handover": lambda: _("请写东西送到哪里，例如：颐和社区居委会。"),
    "claimant": lambda: _("请写谁来认领。"),
    "offer": lambda: _("请选一份愿意帮的。"),
}


def post(
    *,
    token: str,
    place: Place,
    text: str,
    name: str,
    phone: str,
    by: Actor,
    channel: str = Channel.WEB,
    at: datetime | None = None,
) -> Filed:
    """Store a wish for the grid to check; the same form twice makes one."""
    at = at or timezone.now()
    opening = Opening(
        flow=NAME,
        state=State.POSTED,
        token=token,
        place=place,
        unit=ordinary_unit(place.code),
        text=text,
        name=name,
        phone=phone,
        channel=channel,
        is_confidential=True,
    )

    def told(case: Case, requester: Requester) -> list[Draft]:
        return tell_grid(case, "wish_new", occasion="1", at=at) + telling.requester_draft(
            case, requester, "wish_received", occasion="1"
        )

    return open_case(
        opening, by=by, at=at, tell=told, also=lambda case: Wish.objects.create(case=case) and None
    )


def offer(
    *, token: str, place: Place, words: str, who: Claimant, at: datetime | None = None
) -> Offer:
    """Store what somebody would give; the same form twice makes one."""
    made, _new = Offer.objects.get_or_create(
        submission=submission_of(token),
        defaults={
            "place": place,
            "words": words,
            "kind": who.kind,
            "group": who.group,
            "name": who.name,
            "phone": who.phone,
            "phone_index": blind_index(who.phone),
            "made_at": at or timezone.now(),
        },
    )
    return made


def end_offer(found: Offer, *, at: datetime | None = None) -> None:
    """Take an offer off the list; what it was stays for the figures, whose it was does not."""
    Offer.objects.filter(pk=found.pk, ended_at=None).update(
        ended_at=at or timezone.now(), name="", phone="", phone_index=""
    )


def tell_grid(case: Case, template: str, *, occasion: str, at: datetime) -> list[Draft]:
    """A message with a link to whoever is on duty for the unit that keeps the wish."""
    found = telling.on_call_of_service(case, at=at)
    if found is None:
        return []
    return telling.staff_drafts([telling.ToStaff(case, found, template, occasion, at)], at=at)


def claim_url(claim: Claim) -> str:
    return f"{settings.BASE_URL}/wishes/claims/{claim.token}"


def tell_helper(step: Step, claim: Claim, template: str, **more: str) -> None:
    case = step.case
    step.drafts.append(
        Draft(
            template=template,
            phone=claim.phone or "",
            params={"number": case.number, "link": claim_url(claim), **more},
            key=f"{case.subject}:{template}:{case.version + 1}:h{claim.pk}",
            subject=case.subject,
        )
    )


# What single moves add ---------------------------------------------------------------------------


def _check(step: Step) -> None:
    """What is shown tells nobody whose wish it is: neither name nor phone of the requester."""
    words = str(step.facts["public_words"])
    requester = Requester.objects.get(case=step.case)
    for told in (requester.name, requester.phone):
        if told and told in words:
            raise Refused(_("公布的话里有本人的姓名或电话，请去掉。大家不需要知道是谁的心愿。"))
    shown = {} if step.case.state == State.SHOWN else {"shown_at": step.at}
    Wish.objects.filter(case=step.case).update(
        public_words=words, handover=step.facts["handover"], **shown
    )


def _new_claim(step: Step, who: Claimant) -> Claim:
    claim = Claim.objects.create(
        case=step.case,
        kind=who.kind,
        group=who.group,
        name=who.name,
        phone=who.phone,
        phone_index=blind_index(who.phone),
        claimed_at=step.at,
        due_at=step.at + CLAIM_LASTS,
    )
    tell_helper(step, claim, "wish_helper")
    step.drafts += tell_grid(step.case, "wish_taken", occasion=str(claim.pk), at=step.at)
    step.data["claim"], step.data["kind"] = claim.pk, who.kind
    return claim


def _claim(step: Step) -> None:
    _new_claim(step, step.facts["claimant"])


def _match(step: Step) -> None:
    found = Offer.objects.select_for_update().filter(pk=step.facts["offer"].pk).first()
    if found is None or found.ended_at is not None:
        raise Refused(_("这份愿意帮的刚才已经用掉了，请选别的。"))
    who = Claimant(found.name or "", found.phone or "", found.kind, found.group)
    _new_claim(step, who)
    step.data["offer"] = found.pk
    Offer.objects.filter(pk=found.pk).update(
        ended_at=step.at, case=step.case, name="", phone="", phone_index=""
    )


def _run_claim(step: Step) -> list[Clock]:
    return [clocks.run_until(step.case, CLAIM_CLOCK, step.at + CLAIM_LASTS, at=step.at)]


def live_claim(case: Case) -> Claim | None:
    return Claim.objects.filter(case=case, ended_at=None).first()


def last_claim(case: Case) -> Claim | None:
    return Claim.objects.filter(case=case).order_by("-claimed_at", "-pk").first()


def _end_claim(step: Step, ending: str) -> Claim | None:
    claim = live_claim(step.case)
    if claim is not None:
        Claim.objects.filter(pk=claim.pk).update(ended_at=step.at, ending=ending)
    return claim


def _give_back(step: Step) -> None:
    _end_claim(step, Ending.GIVEN_BACK)
    step.drafts += tell_grid(
        step.case, "wish_free", occasion=str(step.case.version + 1), at=step.at
    )


def _lapse(step: Step) -> None:
    claim = _end_claim(step, Ending.LAPSED)
    if claim is not None:
        tell_helper(step, claim, "wish_lapsed")
    step.drafts += tell_grid(
        step.case, "wish_free", occasion=str(step.case.version + 1), at=step.at
    )


def _deliver(step: Step) -> None:
    _end_claim(step, Ending.DELIVERED)
    Wish.objects.filter(case=step.case).update(delivered_at=step.at, receipt=step.words)


def _run_confirm(step: Step) -> list[Clock]:
    return [clocks.run_until(step.case, CONFIRM_CLOCK, step.at + CONFIRM_WITHIN, at=step.at)]


def _confirm(step: Step) -> None:
    Wish.objects.filter(case=step.case).update(thanks=step.words)
    claim = last_claim(step.case)
    if claim is not None:
        tell_helper(step, claim, "wish_thanked")


def _not_received(step: Step) -> None:
    claim = last_claim(step.case)
    if claim is None:
        raise NotThere
    Claim.objects.filter(pk=claim.pk).update(ended_at=None, ending="", due_at=step.at + CLAIM_LASTS)
    Wish.objects.filter(case=step.case).update(delivered_at=None)
    tell_helper(step, claim, "wish_missing")
    step.drafts += tell_grid(
        step.case, "wish_missing_duty", occasion=str(step.case.version + 1), at=step.at
    )


def _withdraw(step: Step) -> None:
    claim = _end_claim(step, Ending.WITHDRAWN)
    if claim is not None:
        tell_helper(step, claim, "wish_withdrawn")


PREPARE = {
    "check": _check,
    "reword": _check,
    "claim": _claim,
    "match": _match,
    "give_back": _give_back,
    "lapse": _lapse,
    "deliver": _deliver,
    "confirm": _confirm,
    "not_received": _not_received,
    "withdraw": _withdraw,
}
CLOCKS = {
    "claim": _run_claim,
    "match": _run_claim,
    "not_received": _run_claim,
    "deliver": _run_confirm,
}


def forget_helpers(*, at: datetime | None = None) -> int:
    """Erase who helped half a year after the claim or offer ended; what they did stays."""
    before = (at or timezone.now()) - KEPT_FOR
    with transaction.atomic():
        gone = 0
        for model in (Claim, Offer):
            old = model.objects.filter(ended_at__lt=before).exclude(phone_index="")
            gone += old.update(name="", phone="", phone_index="")
    return gone
