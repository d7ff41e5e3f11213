"""The ways of sending, one small adapter each behind the interface in `base`."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings

from mashang.messaging.models import THAT_CALL, Provider, ProviderKind
from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Account,
    AddressGone,
    Heard,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    Reply,
    Report,
    Sender,
    TemporaryFailure,
)
from mashang.messaging.senders.demo import Demo, DemoCalls
from mashang.messaging.senders.gateway import Gateway

__all__ = [
    "UNKNOWN",
    "Acceptance",
    "Account",
    "AddressGone",
    "Demo",
    "Gateway",
    "Heard",
    "OutcomeUnknown",
    "Parcel",
    "PermanentFailure",
    "Reply",
    "Report",
    "Sender",
    "TemporaryFailure",
    "account_of",
    "make",
    "needs_template",
    "secret_name",
]

# Imported when a provider of the kind is first used: their libraries are optional extras.
ADAPTERS: dict[ProviderKind, tuple[str, str]] = {
    ProviderKind.ALIYUN: ("mashang.messaging.senders.aliyun", "Aliyun"),
    ProviderKind.TENCENT: ("mashang.messaging.senders.tencent", "Tencent"),
    ProviderKind.HUAWEI: ("mashang.messaging.senders.huawei", "Huawei"),
    ProviderKind.SMPP: ("mashang.messaging.senders.smpp", "Smpp"),
    ProviderKind.SMTP: ("mashang.messaging.senders.smtp", "Smtp"),
    ProviderKind.WECOM_GROUP: ("mashang.messaging.senders.wecom", "WecomGroup"),
    ProviderKind.DING_GROUP: ("mashang.messaging.senders.dingtalk", "DingGroup"),
    ProviderKind.WECOM_APP: ("mashang.messaging.senders.wecom", "WecomApp"),
    ProviderKind.DING_APP: ("mashang.messaging.senders.dingtalk", "DingApp"),
    ProviderKind.PUSH: ("mashang.messaging.senders.push", "Push"),
    ProviderKind.WECHAT: ("mashang.messaging.senders.wechat", "Wechat"),
    ProviderKind.CALL_GATEWAY: ("mashang.messaging.senders.calls", "CallGateway"),
    ProviderKind.ASTERISK: ("mashang.messaging.senders.asterisk", "Asterisk"),
}
# Those that send nothing but wordings that they approved, by their own number.
BY_TEMPLATE = frozenset(
    {ProviderKind.ALIYUN, ProviderKind.TENCENT, ProviderKind.HUAWEI, ProviderKind.WECHAT}
)


def needs_template(kind: str) -> bool:
    return kind in BY_TEMPLATE


def secret_name(code: str, what: str) -> str:
    """What the `KEY` or `SECRET` of a provider is called in the environment, behind
    MASHANG_PROVIDER_."""
    return f"{code.upper().replace('-', '_')}_{what}"


def account_of(provider: Provider) -> Account:
    """The provider's options with its secrets from the environment."""
    return Account(
        code=provider.code,
        options=provider.options,
        key=settings.PROVIDER_SECRETS.get(secret_name(provider.code, "KEY"), ""),
        secret=settings.PROVIDER_SECRETS.get(secret_name(provider.code, "SECRET"), ""),
        signature=provider.signature or settings.SMS_SIGNATURE,
        seconds=float(provider.options.get("seconds") or 5.0),
    )


def _is_open(account: Account) -> bool:
    places = [account.option(name) for name in ("url", "endpoint", "authorize")]
    return account.option("protocol").lower() in ("http", "smtp") or any(
        place.lower().startswith("http://") or _is_tcp_to_elsewhere(place) for place in places
    )


def _is_tcp_to_elsewhere(place: str) -> bool:
    where = urlsplit(place)
    return where.scheme == "tcp" and where.hostname not in ("127.0.0.1", "::1", "localhost")


def _gateway(account: Account) -> Sender:
    return Gateway(account.option("url"), account.secret, seconds=account.seconds)


def _is_only_shown(account: Account, kind: str) -> bool:
    """Whether a demonstration's provider does nothing. Those that a page asks for more are real."""
    is_whole = kind not in (ProviderKind.PUSH, ProviderKind.WECHAT)
    return bool(account.options.get("demo")) and is_whole and not settings.PRODUCTION


def make(provider: Provider) -> Sender:
    """The adapter of a provider. Raises ImportError where its library is not installed, ValueError
    where real messages would go over an open line."""
    account = account_of(provider)
    if settings.PRODUCTION and _is_open(account):
        raise ValueError("not over http in production")
    if _is_only_shown(account, provider.kind):
        return cast(Sender, DemoCalls()) if provider.kind in THAT_CALL else Demo()
    if provider.kind == ProviderKind.DEMO:
        return Demo()
    if provider.kind == ProviderKind.GATEWAY:
        return _gateway(account)
    module, name = ADAPTERS[ProviderKind(provider.kind)]
    adapter: Callable[[Account], Sender] = getattr(import_module(module), name)
    return adapter(account)


@cache
def _known_gateway(url: str, key: str) -> Gateway:
    return Gateway(url, key)


@cache
def _demo() -> Demo:
    return Demo()


def current_sender() -> Sender | None:
    """The sender that the settings name, for a city that has no providers as data; None where
    they are to come from the data alone, and messages wait for them."""
    if settings.SMS_SENDER == "providers":
        return None
    if settings.SMS_SENDER == "gateway":
        return _known_gateway(settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_KEY)
    return _demo()
