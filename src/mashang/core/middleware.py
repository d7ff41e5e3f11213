"""What every request passes through: the client's address, the language, safe headers."""

import ipaddress
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

GetResponse = Callable[[HttpRequest], HttpResponse]
LANGUAGE_COOKIE = "language"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def policy(*, img: str) -> str:
    """The policy of a single page that also shows pictures from `img`, a scheme and a host."""
    return POLICY.replace("img-src 'self'", f"img-src 'self' {img}")


def _trusted(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)


def client_address(request: HttpRequest) -> str:
    """The address the request came from; a proxy's word counts only where the proxy is trusted."""
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _trusted(address):
            break
        address = hop
    return address


_address: ContextVar[str] = ContextVar("address of the request at hand", default="")


def address_at_hand() -> str:
    """The client's address of the request that is being answered; empty outside of one."""
    return _address.get()


class ClientAddress:
    """Sets `request.client_address`."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.client_address = client_address(request)  # type: ignore[attr-defined]
        token = _address.set(request.client_address)  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            _address.reset(token)


class ChosenLanguage:
    """Chinese, unless the reader chose English on this device. Browsers' own wishes are not
    followed: phones sold abroad would greet villagers in English."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
        known = {code for code, _name in settings.LANGUAGES}
        with translation.override(chosen if chosen in known else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
            return response


class SafeHeaders:
    """No foreign script, style, frame or form target on any page; nothing personal is cached."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(self), microphone=(self), geolocation=()"
        )
        return response
