"""A small JSON gateway of the city's over HTTPS; docs/sms-gateway.md is the contract it keeps."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from urllib.parse import quote

from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Heard,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    Reply,
    Report,
    TemporaryFailure,
)
from mashang.messaging.senders.line import Answer, Line

# Answers that speak of our request or of the hour and not of the message: a wrong key or address
# of the gateway must not kill messages one by one, it must be mended.
TRY_AGAIN = frozenset({401, 403, 404, 405, 407, 408, 425, 429, 500, 503})
CANNOT_BE_ASKED_NOW = frozenset({401, 403, 407, 408, 425, 429, 500, 502, 503, 504})
NOT_FOUND, CONFLICT = 404, 409
SIGNED_WITHIN = 300  # seconds


class Gateway:
    """`seconds` is how long an answer may take."""

    uses_network = True

    def __init__(self, url: str, key: str, *, seconds: float = 5.0):
        self._line = Line(url, seconds=seconds)
        self._key = key.encode()

    def _request(self, method: str, address: str, body: bytes, **headers: str) -> Answer:
        path, stamp = f"{self._line.path}{address}", str(int(time.time()))
        signed = b"\n".join([stamp.encode(), method.encode(), path.encode(), body])
        signature = hmac.new(self._key, signed, hashlib.sha256).hexdigest()
        own = {"X-Mashang-Timestamp": stamp, "X-Mashang-Signature": signature}
        return self._line.request(method, path, body, {**own, **headers})

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
        answer = self._request("POST", "/messages", body, **headers)
        if answer.is_success and (reference := answer.field("reference")):
            return reference[:80]
        if answer.status in TRY_AGAIN:
            raise TemporaryFailure(_reason(answer))
        if 400 <= answer.status < 500 and answer.status != CONFLICT:
            raise PermanentFailure(_reason(answer))
        # 200 without a reference, redirects: not our contract. 409: the same key is being worked
        # on. 502 and 504: something between us and the gateway speaks. In each the message may be
        # on its way.
        raise OutcomeUnknown(_reason(answer))

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        try:
            answer = self._request("GET", f"/messages/{quote(parcel.key, safe='')}", b"")
        except OutcomeUnknown as error:
            raise TemporaryFailure(str(error)) from error
        if answer.is_success:
            return answer.field("reference")[:80] or UNKNOWN
        if answer.status == NOT_FOUND:
            # A bare 404 may come from a wrong address and would have everything sent twice.
            return None if answer.field("accepted") == "False" else UNKNOWN
        if answer.status in CANNOT_BE_ASKED_NOW:
            raise TemporaryFailure(_reason(answer))
        return UNKNOWN

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> tuple[Heard, bytes]:
        """Signed as our own requests are, over timestamp and body. Raises ValueError otherwise."""
        stamp = headers.get("X-Mashang-Timestamp", "")
        signed = stamp.encode() + b"\n" + body
        right = hmac.new(self._key, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, headers.get("X-Mashang-Signature", "")):
            raise ValueError("not signed")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > SIGNED_WITHIN:
            raise ValueError("an old signature")
        told = json.loads(body)
        reports = [
            Report(
                is_delivered=row["delivered"] is True,
                reference=str(row.get("reference") or ""),
                key=str(row.get("key") or ""),
                words=str(row.get("reason") or ""),
            )
            for row in told.get("reports", ())
        ]
        replies = [
            Reply(str(row["reference"]), str(row["phone"]), str(row["text"]))
            for row in told.get("replies", ())
        ]
        return Heard(reports, replies), b"{}"


def _reason(answer: Answer) -> str:
    return f"{answer.status} {answer.field('reason')[:80]}".strip()
