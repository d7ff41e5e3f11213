"""Ways to send an SMS: `demo`, where nothing leaves the machine, and `gateway`, over HTTPS.

A sender tells apart what went wrong, since each asks for something else: a TemporaryFailure is
tried again, a PermanentFailure never, and after OutcomeUnknown the sender is asked first. Senders
run in threads and must not touch the database.
"""

import hashlib
import hmac
import json
import time
from enum import Enum
from functools import cache
from typing import Final, Literal, Protocol
from urllib.parse import quote, urlsplit

import httpx
from django.conf import settings

from mashang.core.text import clean_line


class TemporaryFailure(Exception):
    """Not accepted, and nothing is wrong with the message: another try may succeed."""


class PermanentFailure(Exception):
    """The provider refuses this message; its text is the provider's reason."""


class OutcomeUnknown(Exception):
    """The request went out and no answer came: the message may have been accepted."""


class Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Acceptance = str | None | Literal[Unknown.UNKNOWN]


class Sender(Protocol):
    """What the outbox needs of a provider."""

    uses_network: bool

    def send(
        self, message_key: str, phone: str, text: str, template: str, params: dict[str, str]
    ) -> str:
        """Hand the SMS over; the provider's reference. Raises one of the three failures."""

    def was_accepted(self, message_key: str) -> Acceptance:
        """The reference of an accepted message, None where it never was, UNKNOWN where the
        provider cannot tell. Raises TemporaryFailure where it cannot be asked now."""


class Demo:
    """Sends nothing. Its whole effect is the state SENT, written by the outbox; so a message
    that was not marked was not sent."""

    uses_network = False

    def send(
        self, message_key: str, phone: str, text: str, template: str, params: dict[str, str]
    ) -> str:
        return "demo"

    def was_accepted(self, message_key: str) -> Acceptance:
        return None


# Answers that speak of our request or of the hour and not of the message: a wrong key or address
# of the gateway must not kill messages one by one, it must be mended.
TRY_AGAIN = frozenset({401, 403, 404, 405, 407, 408, 425, 429, 500, 503})
CANNOT_BE_ASKED_NOW = frozenset({401, 403, 407, 408, 425, 429, 500, 502, 503, 504})


class Gateway:
    """A JSON gateway over HTTPS; docs/sms-gateway.md is the contract that it keeps.

    `seconds` is how long an answer may take. httpx clients may be shared by threads.
    """

    uses_network = True

    def __init__(self, url: str, key: str, *, seconds: float = 5.0):
        self._url = url.rstrip("/")
        self._key = key.encode()
        # Connections are dropped early, so that a request hardly ever meets one that the other
        # side is just closing, which would look like a lost answer.
        self._client = httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(seconds, 3.0)),
            limits=httpx.Limits(max_connections=20, keepalive_expiry=2.0),
            follow_redirects=False,
        )

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        signed = b"\n".join([stamp.encode(), method.encode(), path.encode(), body])
        return {
            "X-Mashang-Timestamp": stamp,
            "X-Mashang-Signature": hmac.new(self._key, signed, hashlib.sha256).hexdigest(),
        }

    def _request(self, method: str, address: str, body: bytes, **headers: str) -> httpx.Response:
        url = f"{self._url}{address}"
        signed = self._headers(method, urlsplit(url).path, body)
        return self._client.request(method, url, content=body, headers={**signed, **headers})

    def send(
        self, message_key: str, phone: str, text: str, template: str, params: dict[str, str]
    ) -> str:
        content = {
            "key": message_key,
            "phone": phone,
            "text": text,
            "template": template,
            "params": params,
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": message_key}
        try:
            answer = self._request("POST", "/messages", body, **headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TemporaryFailure(type(error).__name__) from error
        except httpx.TransportError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        if answer.is_success and (reference := _field(answer, "reference")):
            return reference
        if answer.status_code in TRY_AGAIN:
            raise TemporaryFailure(_reason(answer))
        if answer.is_client_error and answer.status_code != httpx.codes.CONFLICT:
            raise PermanentFailure(_reason(answer))
        # 200 without a reference, redirects: not our contract. 409: the same key is being worked
        # on. 502 and 504: something between us and the gateway speaks. In each the message may be
        # on its way.
        raise OutcomeUnknown(_reason(answer))

    def was_accepted(self, message_key: str) -> Acceptance:
        try:
            answer = self._request("GET", f"/messages/{quote(message_key, safe='')}", b"")
        except httpx.TransportError as error:
            raise TemporaryFailure(type(error).__name__) from error
        if answer.is_success:
            return _field(answer, "reference") or UNKNOWN
        if answer.status_code == httpx.codes.NOT_FOUND:
            # A bare 404 may come from a wrong address and would have everything sent twice.
            return None if _field(answer, "accepted") == "False" else UNKNOWN
        if answer.status_code in CANNOT_BE_ASKED_NOW:
            raise TemporaryFailure(_reason(answer))
        return UNKNOWN


def _field(answer: httpx.Response, name: str) -> str:
    """A field of a JSON answer as text; empty where there is none or the answer is not JSON."""
    try:
        content = answer.json()
    except ValueError:
        return ""
    return clean_line(str(content.get(name, "")))[:80] if isinstance(content, dict) else ""


def _reason(answer: httpx.Response) -> str:
    return f"{answer.status_code} {_field(answer, 'reason')}".strip()


@cache
def _gateway(url: str, key: str) -> Gateway:
    return Gateway(url, key)


@cache
def _demo() -> Demo:
    return Demo()


def current_sender() -> Sender:
    """The sender that the settings name."""
    if settings.SMS_SENDER == "gateway":
        return _gateway(settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_KEY)
    return _demo()
