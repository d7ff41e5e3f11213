"""Who may open one order: by the link in an SMS from a phone that proved itself, or at the desk.

A link names one order and one person. At first use a code sent to that person's own number binds
it to the phone it was typed on; a phone that did so once opens the person's later links at once.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from mashang.cases import flows
from mashang.cases.access import visible_to
from mashang.cases.flow import Who
from mashang.cases.models import Case, OrderLink
from mashang.cases.models.case import REQUEST
from mashang.cases.redispatching import may_be_called, units_around
from mashang.core.crypto import blind_index
from mashang.core.ids import is_signed, key_of, parse_case_number
from mashang.people.actors import Staff
from mashang.people.models import Account, Device, Unit

logger = logging.getLogger(__name__)

DEVICE_COOKIE = "device"
DEVICE_LIFE = timedelta(days=180)
SEEN_AGAIN_AFTER = timedelta(hours=1)
OF_A_CASE = ("place", "unit__parent", "assignee", "lead", "category")


@dataclass(frozen=True)
class Order:
    """A case as one person of the staff has it open; `link` is None at the desk."""

    case: Case
    actor: Staff
    link: OrderLink | None = None

    @cached_property
    def relations(self) -> set[Who]:
        return flows.relations(self.actor, self.case)

    @cached_property
    def _around(self) -> list[Unit]:
        return units_around(self.case)

    def units_to_call(self, kind: str) -> list[Unit]:
        """The units that may be called in to help."""
        return [unit for unit in self._around if may_be_called(unit, self.case, kind)]

    def url(self, page: str = "", *args: object) -> str:
        """The address of this order's `page` (move, call, file), by the way it was opened."""
        way, key = ("order", self.link.token) if self.link else ("desk_case", self.case.number)
        return reverse(f"{way}_{page}" if page else way, args=[key, *args])


def find_at_desk(number: str, actor: Staff) -> Order | None:
    """The order of this number; None alike where there is none and where it may not be seen."""
    case = find_number(number, actor) or find_service(number, actor)
    return Order(case, actor) if case is not None else None


def find_service(number: str, actor: Staff) -> Case | None:
    """The case of a typed number that is not a request, for whoever may see it."""
    parsed = parse_case_number(number)
    found = parsed and Case.every.exclude(flow=REQUEST).filter(pk=parsed[1]).first()
    return _numbered(number, flows.of(found).visible(actor)) if found else None


def find_number(number: str, actor: Staff) -> Case | None:
    """The request of a typed number, for whoever may see it."""
    return _numbered(number, visible_to(actor))


def _numbered(number: str, visible: QuerySet[Case]) -> Case | None:
    parsed = parse_case_number(number)
    if parsed is None:
        return None
    case = visible.select_related(*OF_A_CASE).filter(pk=parsed[1]).first()
    return case if case is not None and same_number(case, number) else None


def same_number(case: Case, typed: str) -> bool:
    """Whether `typed` is this case's number, the year in it being right too."""
    return parse_case_number(case.number) == parse_case_number(typed)


# Links -----------------------------------------------------------------------------------------


class Gate(StrEnum):
    """What a link answers to a browser."""

    OPEN = "open"
    NEW = "new"  # no phone is bound yet: a code is needed
    ELSEWHERE = "elsewhere"  # bound to another phone: a new code may move it
    EXPIRED = "expired"
    REVOKED = "revoked"
    MOVED_ON = "moved_on"  # the person has nothing to do with the case any more
    NOT_THERE = "not_there"

    @property
    def is_over(self) -> bool:
        return self in (Gate.EXPIRED, Gate.REVOKED, Gate.MOVED_ON)


def find_link(token: str) -> OrderLink | None:
    """The link that this token was signed for, whatever has become of it; None for a forged one."""
    key = key_of(token)
    if key is None:
        return None
    link = (
        OrderLink.objects.select_related("account", "device", *(f"case__{x}" for x in OF_A_CASE))
        .filter(pk=key)
        .first()
    )
    return link if link is not None and is_signed("order", token, link.pk) else None


def gate(link: OrderLink, device: Device | None, *, at: datetime) -> Gate:
    """What `link` answers to a browser that is `device`, a live one of the link's person.

    A sealed case is not there for whoever it is not for; an ordinary one has moved on.
    """
    if not flows.relations(Staff(link.account), link.case):
        return Gate.NOT_THERE if link.case.is_sealed else Gate.MOVED_ON
    if link.revoked_at:
        return Gate.REVOKED
    if link.expires_at <= at:
        return Gate.EXPIRED
    bound = link.device if link.device and is_live(link.device, at=at) else None
    if bound is None:
        return Gate.OPEN if device else Gate.NEW
    return Gate.OPEN if device == bound else Gate.ELSEWHERE


def code_purpose(link: OrderLink) -> str:
    return f"order:{link.pk}"


# Phones ----------------------------------------------------------------------------------------


def is_live(device: Device, *, at: datetime) -> bool:
    return device.revoked_at is None and device.created_at + DEVICE_LIFE > at


def device_of(request: HttpRequest, account: Account, *, at: datetime) -> Device | None:
    """The live device of `account` that this browser's cookie proves, if it does."""
    secret = request.COOKIES.get(DEVICE_COOKIE, "")
    if not secret:
        return None
    device = Device.objects.filter(account=account, secret_digest=_digest(secret)).first()
    return device if device is not None and is_live(device, at=at) else None


def _digest(secret: str) -> str:
    return blind_index(secret, purpose="device")


def open_on(link: OrderLink, device: Device, *, at: datetime) -> None:
    """Note that the link was opened on a device that may; the first one binds it."""
    if device.last_seen_at + SEEN_AGAIN_AFTER < at:
        Device.objects.filter(pk=device.pk).update(last_seen_at=at)
    if link.device_id != device.pk:
        _bind(link, device, at=at)


def _bind(link: OrderLink, device: Device, *, at: datetime) -> None:
    if link.device_id:
        logger.info(
            "order link %s of account %s moved from device %s to device %s",
            link.pk, link.account_id, link.device_id, device.pk,
        )  # fmt: skip
    first = link.first_opened_at or at
    OrderLink.objects.filter(pk=link.pk).update(device=device, first_opened_at=first)
    link.device, link.first_opened_at = device, first


def bind_by_code(link: OrderLink, device: Device | None, *, at: datetime | None = None) -> str:
    """Bind the link to the phone on which the code was typed; the code is checked already.

    `device` is what the browser proved itself to be before. Returns the secret of a device made
    anew, for the cookie, or "" where the browser has one.
    """
    at = at or timezone.now()
    secret = ""
    with transaction.atomic():
        if device is None:
            secret = secrets.token_urlsafe(32)
            device = Device.objects.create(
                account=link.account, secret_digest=_digest(secret), created_at=at, last_seen_at=at
            )
        _bind(link, device, at=at)
    return secret


def remember_device(response: HttpResponse, secret: str) -> None:
    """Give the browser what proves it to be the device; no script and no other page reads it."""
    response.set_cookie(
        DEVICE_COOKIE,
        secret,
        max_age=DEVICE_LIFE,
        path="/o/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
