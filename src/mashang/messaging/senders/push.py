"""Notifications of browsers by Web Push: RFC 8030, encrypted for the browser alone (RFC 8291, the
extra `push` does that), signed as this city (VAPID, RFC 8292).

The secret is the private key that `mashang new-keys --push CODE` prints; what browsers are shown is
derived from it.
"""

import json
import time
from threading import Lock
from urllib.parse import urlsplit

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Account,
    AddressGone,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
)
from mashang.messaging.senders.line import Line
from mashang.messaging.senders.webpush import decode, is_allowed, private_key, public_key

LIVES = 3600  # seconds that the push service keeps it for a browser that is away
SIGNED_FOR = 12 * 3600  # seconds; a day at most
GONE = frozenset({404, 410})
LATER = frozenset({401, 403, 429, 500, 502, 503})


class Push:
    """`parcel.address` is the subscription: `endpoint`, `p256dh`, `auth`. Option `subject` is how
    the push services reach the city: mailto:… or https://…."""

    uses_network = True

    def __init__(self, account: Account):
        self.account = account
        self._key = private_key(account.secret)
        self.public = public_key(account.secret)
        self._subject = account.option("subject")
        if not self._subject.startswith(("mailto:", "https://")):
            raise ValueError("the option subject is missing")
        self._lines: dict[str, Line] = {}
        self._lock = Lock()

    def _line(self, origin: str) -> Line:
        with self._lock:
            if origin not in self._lines:
                self._lines[origin] = Line(origin, seconds=self.account.seconds)
            return self._lines[origin]

    def send(self, parcel: Parcel) -> str:
        endpoint = parcel.address.get("endpoint", "")
        if not is_allowed(endpoint, self.account):
            raise AddressGone("not a push service")
        text = parcel.text.partition("】")[2] or parcel.text  # its title says whose it is
        try:
            body = http_ece.encrypt(
                json.dumps({"text": text}, ensure_ascii=False).encode(),
                private_key=ec.generate_private_key(ec.SECP256R1()),
                dh=decode(parcel.address["p256dh"]),
                auth_secret=decode(parcel.address["auth"]),
            )
        except Exception:
            raise AddressGone("not a key of a browser") from None
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        claims = {"aud": origin, "exp": int(time.time()) + SIGNED_FOR, "sub": self._subject}
        token = jwt.encode(claims, self._key, algorithm="ES256")
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {
            "Authorization": f"vapid t={token}, k={self.public}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(LIVES),
            "Urgency": "high",
        }
        answer = self._line(origin).request("POST", path, body, headers)
        if answer.is_success:
            return ""
        words = f"HTTP {answer.status}"
        if answer.status in GONE:
            raise AddressGone(words)
        if answer.status in LATER:
            raise TemporaryFailure(words)
        if 400 <= answer.status < 500:
            raise PermanentFailure(words)
        raise OutcomeUnknown(words)

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN
