"""The web application called in this very process, so that no server or client is measured."""

import io
from dataclasses import dataclass
from typing import Any

from django.core.servers.basehttp import get_internal_wsgi_application
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Door:
    """Sends requests to the application as a server would."""

    def __init__(self) -> None:
        self._application = get_internal_wsgi_application()  # the one that the settings name

    def get(self, path: str, **headers: str) -> Answer:
        return self._request("GET", path, b"", headers)

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        """Send what `form_body` made."""
        return self._request("POST", path, body, {"CONTENT_TYPE": MULTIPART_CONTENT, **headers})

    def _request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        answered: dict[str, Any] = {}

        def start_response(status: str, fields: list[tuple[str, str]], *_error: object) -> None:
            answered["status"], answered["headers"] = int(status[:3]), dict(fields)

        result = self._application(_environ(method, path, body, headers), start_response)
        try:
            content = b"".join(result)
        finally:
            result.close()
        return Answer(answered["status"], answered["headers"], content)


def form_body(fields: dict[str, str]) -> bytes:
    """A filled form as browsers encode one that also has room for photos."""
    return encode_multipart(BOUNDARY, fields)


def _environ(method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    path, _mark, query = path.partition("?")
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }
