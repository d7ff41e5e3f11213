"""Who hears of what by SMS. An SMS never carries a resident's words, name or phone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import translation

from mashang.cases import flows
from mashang.cases.access import barred, relations
from mashang.cases.flow import ClockName
from mashang.cases.models import Case, Clock, OrderLink, Requester, Urgency
from mashang.cases.wording import say_time, shorten, sms_place
from mashang.core.phones import is_mobile
from mashang.core.statements import insert
from mashang.messaging.actions import Draft
from mashang.people.actors import Staff
from mashang.people.duty import OnCall, who_is_on_call
from mashang.people.models import Account, Unit, UnitKind
from mashang.people.queries import unit_over

LINK_LIFE = timedelta(days=30)
CITY_DIGITS = 4


@dataclass(frozen=True)
class ToStaff:
    """One duty message to be queued: who, about what, and what makes it once."""

    case: Case
    account: Account
    template: str
    occasion: str  # an entry's number or a clock's step; with case, template and person unique
    at: datetime
    due: datetime | None = None
    more: dict[str, str] | None = None


def order_url(link: OrderLink) -> str:
    return f"{settings.BASE_URL}/o/{link.token}"


def tracking_url(requester: Requester) -> str:
    return f"{settings.BASE_URL}/t/{requester.tracking_token}"


def on_call(
    unit: Unit | None,
    *,
    at: datetime,
    without: Iterable[int] = (),
    fits: Callable[[Account], bool] | None = None,
) -> OnCall | None:
    """Whoever is called for a unit, passing over those `without` and those who do not fit."""
    passed = set(without)
    while unit and (found := who_is_on_call(unit, at=at, without=passed)):
        if fits is None or fits(found.account):
            return found
        passed.add(found.account.pk)
    return None


def on_call_over(
    case: Case, unit: Unit | None, *, at: datetime, without: Iterable[int] = ()
) -> Account | None:
    """Whoever is told for a unit that stands over a case: the first on duty there or above for
    whom the case is there. Where nobody is, somebody of the city's centre; of a sealed case, of
    the city's inspection post. `without` names whoever asks."""
    kind = UnitKind.INSPECTION if case.is_sealed else UnitKind.CENTRE

    def may_open(account: Account) -> bool:
        return bool(relations(Staff(account), case))

    found = on_call(unit, at=at, without=without, fits=may_open)
    if found is None:
        city = unit_over(case.place_id, kind, CITY_DIGITS)
        found = on_call(city, at=at, without=without, fits=may_open)
    return found.account if found else None


def on_call_for(
    case: Case,
    *,
    at: datetime,
    unit: Unit | None = None,
    without: Iterable[int] = (),
    fits: Callable[[Account], bool] | None = None,
) -> OnCall | None:
    """Who is called about this case for its unit, or for `unit`: never anybody whom it concerns."""
    return on_call(unit or case.unit, at=at, without={*without, *barred(case)}, fits=fits)


def on_call_of_service(case: Case, *, at: datetime, without: Iterable[int] = ()) -> Account | None:
    """Who is called about a case of a service: only somebody for whom it is there."""

    def may_open(account: Account) -> bool:
        return bool(flows.relations(Staff(account), case))

    found = on_call_for(case, at=at, without=without, fits=may_open)
    return found.account if found else None


def duty_template(template: str, case: Case) -> str:
    """The wording of "a new order" that fits the case."""
    if template != "duty_new":
        return template
    if case.is_sealed:
        return "sealed_anonymous" if case.is_anonymous else "sealed_new"
    if case.is_anonymous:
        return "duty_anonymous"
    return "duty_urgent" if case.urgency == Urgency.DANGER else template


def links(
    pairs: Iterable[tuple[Case, Account]], *, at: datetime
) -> dict[tuple[int, int], OrderLink]:
    """A live link for each (case, person), made or prolonged; call under the cases' locks.

    What was revoked stays so, whatever is sent to the same person afterwards.
    """
    wanted = {(case.pk, account.pk) for case, account in pairs}
    rows = OrderLink.objects.filter(
        case__in={case for case, _account in wanted},
        account__in={who for _case, who in wanted},
        revoked_at=None,
    )
    found = {
        (link.case_id, link.account_id): link
        for link in rows
        if (link.case_id, link.account_id) in wanted
    }
    stale = [link.pk for link in found.values() if link.expires_at < at + LINK_LIFE / 2]
    if stale:
        OrderLink.objects.filter(pk__in=stale).update(expires_at=at + LINK_LIFE)
    return found | new_links(wanted - found.keys(), at=at)


def new_links(
    pairs: Iterable[tuple[int, int]], *, at: datetime
) -> dict[tuple[int, int], OrderLink]:
    rows = [
        OrderLink(case_id=case, account_id=account, created_at=at, expires_at=at + LINK_LIFE)
        for case, account in pairs
    ]
    if rows:
        insert(*rows, keys=True)
    return {(link.case_id, link.account_id): link for link in rows}


def staff_drafts(
    orders: list[ToStaff], *, at: datetime, made: dict[tuple[int, int], OrderLink] | None = None
) -> list[Draft]:
    """The messages for these orders, each with its own link; people without a phone get none."""
    cases = {order.case.pk: order.case for order in orders}
    kept_from = {key: barred(case) for key, case in cases.items()}
    orders = [o for o in orders if o.account.phone and o.account.pk not in kept_from[o.case.pk]]
    made = made if made is not None else links([(o.case, o.account) for o in orders], at=at)
    drafts = []
    for order in orders:
        case, template = order.case, duty_template(order.template, order.case)
        facts: dict[str, str] = {
            "number": case.number,
            "community": sms_place(case),
            "due": _say_due(order),
            "link": order_url(made[case.pk, order.account.pk]),
            **(order.more or {}),
        }
        drafts.append(
            Draft(
                template=template,
                phone=order.account.phone,
                params=_fitting(facts),
                key=f"{case.subject}:{template}:{order.occasion}:a{order.account.pk}",
                subject=case.subject,
            )
        )
    return drafts


def _say_due(order: ToStaff) -> str:
    """In the language of all duty messages, which need not be that of whoever reports just now."""
    with translation.override(settings.LANGUAGE_CODE):
        return say_time(order.due, today=order.at) if order.due else ""


def requester_draft(
    case: Case, requester: Requester | None, template: str, *, occasion: str, **facts: str
) -> list[Draft]:
    """A message to whoever asked: none to anonymous or erased people and to landlines."""
    if requester is None or not requester.phone or not is_mobile(requester.phone):
        return []
    known = {"number": case.number, "link": tracking_url(requester), **facts}
    return [
        Draft(
            template=template,
            phone=requester.phone,
            params=_fitting(known),
            key=f"{case.subject}:{template}:{occasion}:r",
            subject=case.subject,
            language=case.language,
        )
    ]


def _fitting(facts: dict[str, str]) -> dict[str, str]:
    """The facts, each but the link short enough for an SMS; a template takes those it names."""
    return {name: value if name == "link" else shorten(value) for name, value in facts.items()}


def contact_due(case: Case, clocks: Iterable[Clock]) -> datetime | None:
    """The time by which the resident is phoned, else the handling limit."""
    due: dict[Any, datetime] = {clock.name: clock.due_at for clock in clocks if clock.is_live}
    return due.get(ClockName.CONTACT) or due.get(ClockName.HANDLING)
