"""After repeated failures a name and an address wait: for passwords, and for second factors."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest

from mashang.audit.actions import record
from mashang.audit.receivers import about
from mashang.core.throttle import Limit, forget, used, window_ends
from mashang.people.actors import SYSTEM
from mashang.people.models import Account

TRIES, WITHIN_SECONDS = 10, 15 * 60
OF_NAME, OF_ADDRESS = "sign-ins of a username", "sign-ins of an address"
OF_FACTOR = "second factors of a username"


def limits(request: HttpRequest, username: str) -> list[Limit]:
    """Wrong tries are limited for the name and for the address; a right one does not count, so
    that an office behind one address can begin its day."""
    address = request.client_address  # type: ignore[attr-defined]
    return [
        Limit(OF_NAME, username.casefold(), WITHIN_SECONDS, TRIES),
        Limit(OF_ADDRESS, address, WITHIN_SECONDS, TRIES),
    ]


def factor_limits(account: Account) -> list[Limit]:
    """The same for the second factor of whoever knows the password."""
    return [Limit(OF_FACTOR, account.username.casefold(), WITHIN_SECONDS, TRIES)]


def failed(
    failures: Sequence[Limit], account: Account | None, *, request: HttpRequest, way: str
) -> None:
    """Record a lock-out with the failure that brings it about."""
    for limit in failures:
        if used(limit) == limit.most:
            data = {"way": way, "reason": limit.name, "until": window_ends(limit).isoformat()}
            of_whom = about(account) if account and limit.name != OF_ADDRESS else ""
            record("locked_out", by=SYSTEM, about=of_whom, data=data, request=request)


def _of(account: Account) -> list[Limit]:
    name = account.username.casefold()
    return [Limit(OF_NAME, name, WITHIN_SECONDS, TRIES), *factor_limits(account)]


def locked_until(account: Account) -> datetime | None:
    """When somebody who failed too often may try again; None where they may now."""
    ends = [window_ends(limit) for limit in _of(account) if used(limit) >= limit.most]
    return max(ends, default=None)


def release(account: Account) -> None:
    """Let somebody try again at once."""
    forget(_of(account))
