"""A small JSON gateway of the city's over HTTPS; docs/sms-gateway.md is the contract it keeps."""

import hashlib
import hmac
import json
import time
from urllib.parse import quote, urlsplit

import httpx

from mashang.core.text import clean_line
from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
)

# Answers that speak of our request or of the hour and not of the message: a wrong key or address
# of the gateway must not kill messages one by one, it must be mended.
TRY_AGAIN = frozenset({401, 403, 404, 405, 407, 408, 425, 429, 500, 503})
CANNOT_BE_ASKED_NOW = frozenset({401, 403, 407, 408, 425, 429, 500, 502, 503, 504})


class Gateway:
    """`seconds` is how long an answer may take. httpx clients may be shared by threads."""

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

    def send(self, parcel: Parcel) -> str:
        content = {
            "key": parcel.key,
            "phone": parcel.phone,
            "text": parcel.text,
            "template": parcel.template,
            "params": dict(parcel.params),
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": parcel.key}
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

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        try:
            answer = self._request("GET", f"/messages/{quote(parcel.key, safe='')}", b"")
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
