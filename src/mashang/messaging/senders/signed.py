"""JSON over HTTPS to a small gateway of the city's, signed by both with one shared secret; the
scheme stands in docs/sms-gateway.md."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from mashang.messaging.senders.base import (
    UNKNOWN,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
    Unknown,
)
from mashang.messaging.senders.line import Answer, Line

# Answers that speak of our request or of the hour and not of the message: a wrong key or address
# of the gateway must not kill messages one by one, it must be mended.
TRY_AGAIN = frozenset({401, 403, 404, 405, 407, 408, 425, 429, 500, 503})
CANNOT_BE_ASKED_NOW = frozenset({401, 403, 407, 408, 425, 429, 500, 502, 503, 504})
NOT_FOUND, CONFLICT = 404, 409
SIGNED_WITHIN = 300  # seconds


class SignedLine:
    """`seconds` is how long an answer may take."""

    def __init__(self, url: str, key: str, *, seconds: float = 5.0):
        self._line = Line(url, seconds=seconds)
        self._key = key.encode()

    def request(self, method: str, address: str, body: bytes, **headers: str) -> Answer:
        path, stamp = f"{self._line.path}{address}", str(int(time.time()))
        signed = b"\n".join([stamp.encode(), method.encode(), path.encode(), body])
        signature = hmac.new(self._key, signed, hashlib.sha256).hexdigest()
        own = {"X-Mashang-Timestamp": stamp, "X-Mashang-Signature": signature}
        return self._line.request(method, path, body, {**own, **headers})

    def hand_over(self, address: str, key: str, content: Mapping[str, object]) -> str:
        """POST what `key` makes once; the reference that it was accepted with. Raises one of the
        three failures."""
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        answer = self.request("POST", address, body, **headers)
        if answer.is_success and (reference := answer.field("reference")):
            return reference[:80]
        if answer.status in TRY_AGAIN:
            raise TemporaryFailure(reason_of(answer))
        if 400 <= answer.status < 500 and answer.status != CONFLICT:
            raise PermanentFailure(reason_of(answer))
        # 200 without a reference, redirects: not our contract. 409: the same key is being worked
        # on. 502 and 504: something between us and the gateway speaks. In each the message may be
        # on its way.
        raise OutcomeUnknown(reason_of(answer))

    def look_up(self, address: str, key: str) -> Answer | Literal[Unknown.UNKNOWN] | None:
        """What was handed over under `key`: the answer, None where it never was accepted, UNKNOWN
        where nobody can tell. Raises TemporaryFailure where it cannot be asked now."""
        try:
            answer = self.request("GET", f"{address}/{quote(key, safe='')}", b"")
        except OutcomeUnknown as error:
            raise TemporaryFailure(str(error)) from error
        if answer.is_success:
            return answer
        if answer.status == NOT_FOUND:
            # A bare 404 may come from a wrong address and would have everything sent twice.
            return None if answer.field("accepted") == "False" else UNKNOWN
        if answer.status in CANNOT_BE_ASKED_NOW:
            raise TemporaryFailure(reason_of(answer))
        return UNKNOWN

    def heard(self, body: bytes, headers: Mapping[str, str]) -> Any:
        """What the other side calls back with; signed as our own requests are, over timestamp and
        body. Raises ValueError otherwise."""
        stamp = headers.get("X-Mashang-Timestamp", "")
        signed = stamp.encode() + b"\n" + body
        right = hmac.new(self._key, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, headers.get("X-Mashang-Signature", "")):
            raise ValueError("not signed")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > SIGNED_WITHIN:
            raise ValueError("an old signature")
        return json.loads(body)


def reason_of(answer: Answer) -> str:
    return f"{answer.status} {answer.field('reason')[:80]}".strip()
