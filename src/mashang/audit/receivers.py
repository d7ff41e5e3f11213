"""What lies below and cannot record: signing in and out, loads of tables."""

import getpass
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from mashang.audit.actions import record
from mashang.core.loading import loaded
from mashang.people.actors import SYSTEM, Staff
from mashang.people.models import Account


def connect() -> None:
    """Listen; called once, when the package is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")
    loaded.connect(_loaded, dispatch_uid="audit")


def about(account: Account) -> str:
    """How a record names an account."""
    return f"account:{account.pk}"


def _signed_in(*, request: HttpRequest | None, user: Account, **_more: Any) -> None:
    record("sign_in", by=Staff(user), about=about(user), request=request)


def _signed_out(*, request: HttpRequest | None, user: Account | None, **_more: Any) -> None:
    if isinstance(user, Account):
        record("sign_out", by=Staff(user), about=about(user), request=request)


def _failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_m: Any) -> None:
    """Only a name that exists is kept: passwords are typed into the wrong field now and then."""
    account = Account.objects.filter(username=credentials.get("username", "")).first()
    record("sign_in_failed", by=SYSTEM, about=about(account) if account else "", request=request)


def _loaded(*, command: str, file: str, tally: str, **_more: Any) -> None:
    record_load(command, file=file, tally=tally)


def record_load(command: str, *, file: str, tally: str) -> None:
    """A table was loaded on the machine itself, by whoever is signed in there."""
    data = {"what": command, "file": file, "tally": tally, "system_user": system_user()}
    record("load", by=SYSTEM, data=data)


def system_user() -> str:
    """Who runs this command on the machine itself."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""  # a container's user without a name
