"""What packages above tell the outbox: whether a message is still right, and who hears of failures.

Messaging knows nothing of cases; `cases` registers here when the application starts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from mashang.messaging.models import Inbound, Message
from mashang.messaging.senders.base import CallReport
from mashang.people.actors import Staff

Check = Callable[[Sequence[Message]], Mapping[int, str]]
FailureHook = Callable[[Message], None]

CallHook = Callable[[str, Sequence[CallReport]], None]
ReplyHook = Callable[[Inbound], str | None]
Scope = Callable[[Staff], QuerySet[Any]]
Audience = Callable[[Sequence[Message]], Mapping[int, int | None]]

_checks: dict[str, Check] = {}
_failure_hooks: list[FailureHook] = []
_reply_hooks: list[ReplyHook] = []
_call_hooks: list[CallHook] = []
_scopes: dict[str, Scope] = {}
_audiences: list[Audience] = []


def register_check(template_codes: Iterable[str], check: Check) -> None:
    """Have `check` asked just before messages of these templates are sent.

    It gets all such messages of a batch at once and returns {message id: reason} for those that
    must not be sent any more; a message has one check, and a second registration replaces it.
    """
    for code in template_codes:
        _checks[code] = check


def register_failure(hook: FailureHook) -> None:
    """Have `hook` called with each message that failed or expired.

    It runs in the transaction that records the failure, so what it writes and queues happens
    exactly once; if it raises, the failure is recorded later, with another call.
    """
    if hook not in _failure_hooks:
        _failure_hooks.append(hook)


def checks_of(messages: Iterable[Message]) -> list[tuple[Check, list[Message]]]:
    """The checks to ask about these messages, each with its own."""
    asked: dict[Check, list[Message]] = {}
    for message in messages:
        if message.template in _checks:
            asked.setdefault(_checks[message.template], []).append(message)
    return list(asked.items())


def tell_of_failure(message: Message) -> None:
    for hook in _failure_hooks:
        hook(message)


def register_calls(hook: CallHook) -> None:
    """Have `hook` called with what a platform tells of calls: (provider, reports). It keeps that
    before it returns, and takes what is told twice."""
    if hook not in _call_hooks:
        _call_hooks.append(hook)


def tell_of_calls(provider: str, reports: Sequence[CallReport]) -> None:
    for hook in _call_hooks:
        hook(provider, reports)


def register_scope(kind: str, scope: Scope) -> None:
    """Have `scope` say which rows of a kind of subject (`case`) a person may see: whoever may see
    them may see that there were messages about them."""
    _scopes[kind] = scope


def scopes() -> Mapping[str, Scope]:
    return _scopes


def register_audience(audience: Audience) -> None:
    """Have `audience` say which duty messages may be repeated on other channels: {message id:
    the unit whose group may read it, or None where only the person may}. One that is missing
    there is repeated nowhere."""
    if audience not in _audiences:
        _audiences.append(audience)


def audience_of(messages: Sequence[Message]) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    for audience in _audiences:
        found.update(audience(messages))
    return found


def register_reply(hook: ReplyHook) -> None:
    """Have `hook` called with each SMS that came in, in the transaction that settles it: it sets
    `subject` and returns what it did, or None where it cannot tell what the words belong to."""
    if hook not in _reply_hooks:
        _reply_hooks.append(hook)


def attach(reply: Inbound) -> str | None:
    for hook in _reply_hooks:
        if (done := hook(reply)) is not None:
            return done
    return None
