"""Where somebody is signed in: kept beside Django's sessions, to be seen and ended."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from mashang.accounts.models import SignedIn
from mashang.audit.actions import record
from mashang.audit.receivers import about
from mashang.people.actors import Actor
from mashang.people.models import Account

SINCE, SEEN = "signed_in_since", "signed_in_seen"
SEEN_EVERY = timedelta(minutes=1)

# What stands in a browser's own description, the more special first.
BROWSERS = {
    "MicroMessenger": "微信", "DingTalk": "钉钉", "Edg": "Edge", "Firefox": "Firefox",
    "HuaweiBrowser": "华为浏览器", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "HarmonyOS": "HarmonyOS", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad",
    "Windows": "Windows", "Mac OS": "macOS", "Linux": "Linux",
}  # fmt: skip


def browser_name(agent: str) -> str:
    """Chrome · Windows: enough to know one's own browser again, and no more."""
    found = [
        next((name for sign, name in known.items() if sign in agent), "")
        for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in found if name)


def begun(*, request: HttpRequest, user: Account, **_more: Any) -> None:
    """Somebody signed in (a receiver of Django's signal)."""
    now = timezone.now()
    request.session[SINCE] = request.session[SEEN] = now.timestamp()
    SignedIn.objects.update_or_create(
        session_key=request.session.session_key or "",
        defaults={
            "account": user,
            "since": now,
            "seen_at": now,
            "address": getattr(request, "client_address", ""),
            "browser": browser_name(request.META.get("HTTP_USER_AGENT", "")),
        },
    )


def ended(*, request: HttpRequest, **_more: Any) -> None:
    """Somebody signed out (a receiver of Django's signal)."""
    SignedIn.objects.filter(session_key=request.session.session_key or "").delete()


def over(session: Any, *, at: datetime) -> str:
    """Why a session has come to its end: "idle", "old", or "" where it goes on."""
    since, seen = session.get(SINCE), session.get(SEEN)
    if since is None or seen is None or at.timestamp() - since > settings.SESSION_COOKIE_AGE:
        return "old"
    return "idle" if at.timestamp() - seen > settings.IDLE_MINUTES * 60 else ""


def seen(session: Any, *, at: datetime) -> None:
    """Note that the session is in use, once a minute at most."""
    if at.timestamp() - session[SEEN] >= SEEN_EVERY.total_seconds():
        session[SEEN] = at.timestamp()
        SignedIn.objects.filter(session_key=session.session_key).update(seen_at=at)


def rekeyed(before: str, session: Any) -> None:
    """The session goes on under another key, as after a change of password."""
    SignedIn.objects.filter(session_key=before).update(session_key=session.session_key)


def of(account: Account) -> list[SignedIn]:
    """Where somebody is signed in now, the newest first."""
    now = timezone.now()
    return list(
        SignedIn.objects.filter(
            account=account,
            since__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
            seen_at__gt=now - timedelta(minutes=settings.IDLE_MINUTES) - SEEN_EVERY,
        )
    )


def end(
    account: Account,
    *,
    by: Actor,
    request: HttpRequest | None = None,
    only: int | None = None,
    but: str = "",
) -> int:
    """End the sessions of somebody: all, `only` one by its key, all `but` one session.

    Recorded, whether there was one or not where all are ended. Returns how many.
    """
    rows = SignedIn.objects.filter(account=account).exclude(session_key=but or None)
    if only is not None:
        rows = rows.filter(pk=only)
    with transaction.atomic():
        keys = list(rows.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        SignedIn.objects.filter(session_key__in=keys).delete()
        if keys or only is None:
            kind = "sign_out_everywhere" if only is None else "session_ended"
            record(kind, by=by, about=about(account), data={"count": len(keys)}, request=request)
    return len(keys)


def sweep() -> int:
    """Delete what has run out; a step of the worker's. Returns how many sessions of the staff."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    old = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return SignedIn.objects.filter(since__lt=old).delete()[0]
