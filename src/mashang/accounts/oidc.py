"""Single sign-on by OpenID Connect, where a city has it: code flow with PKCE, state and nonce.

Follows OpenID Connect Core 1.0 §3.1 and Discovery 1.0. Only people who have an account here get
in; nobody is made on the fly. Nothing of the provider's tokens is kept.
"""

import base64
import hashlib
import logging
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from mashang.core.cached import Fresh
from mashang.people.models import Account

logger = logging.getLogger(__name__)

ASKED = "sso"
ASKED_SECONDS = 10 * 60
TIMEOUT = httpx.Timeout(5.0)
LEEWAY_SECONDS = 60
DISCOVERED_FOR = 3600.0
# Signatures with a key that only the provider has; `none` and shared secrets prove nothing here.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
NEEDED = ("iss", "sub", "aud", "exp", "iat", "nonce")


class SsoFailed(Exception):
    """Signing in over the provider came to nothing; the text is for the log, without tokens."""


class Unknown(SsoFailed):
    """The provider vouches for somebody who has no account here; `claim` was looked for."""


@dataclass(frozen=True)
class Provider:
    """What the provider says of itself."""

    authorization: str
    token: str
    keys: str
    by_basic: bool


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER)


def _discover() -> Provider:
    said = _json(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if said.get("issuer") != settings.OIDC_ISSUER:
        raise SsoFailed("the provider names itself otherwise than MASHANG_OIDC_ISSUER")
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    try:
        return Provider(
            said["authorization_endpoint"],
            said["token_endpoint"],
            said["jwks_uri"],
            "client_secret_basic" in methods,
        )
    except KeyError as missing:
        raise SsoFailed(f"the provider's configuration lacks {missing}") from None


_provider: Fresh[Provider] = Fresh(_discover, seconds=DISCOVERED_FOR)


def _json(url: str) -> dict[str, Any]:
    try:
        answer = httpx.get(url, timeout=TIMEOUT, follow_redirects=False)
        answer.raise_for_status()
        said = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise SsoFailed(f"{url}: {type(error).__name__}") from error
    if not isinstance(said, dict):
        raise SsoFailed(f"{url}: no JSON object")
    return said


def callback_address() -> str:
    return f"{settings.BASE_URL}{reverse('sso_callback')}"


def ask(request: HttpRequest, *, then: str) -> str:
    """The provider's address to go to; what it must answer is kept in the session."""
    provider = _provider.get()
    kept = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "until": timezone.now().timestamp() + ASKED_SECONDS,
        "next": then,
    }
    request.session[ASKED] = kept
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest())
    asked = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": callback_address(),
        "scope": "openid profile",
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": challenge.decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in provider.authorization else "?"
    return f"{provider.authorization}{joint}{urlencode(asked)}"


def answered(request: HttpRequest) -> tuple[Account, str]:
    """Whom the provider's answer means, and where they wanted to go. Raises SsoFailed.

    What was kept is used up by the first answer, right or wrong.
    """
    kept = request.session.pop(ASKED, None)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if kept is None or not constant_time_compare(kept["state"], state):
        raise SsoFailed("the answer belongs to no question of this browser")
    if kept["until"] < timezone.now().timestamp():
        raise SsoFailed("the answer came too late")
    if request.GET.get("error") or not code:
        raise SsoFailed("the provider refused")
    claims = _claims(_token(code, kept["verifier"]))
    if not constant_time_compare(str(claims["nonce"]), kept["nonce"]):
        raise SsoFailed("the token's nonce is another one")
    return _account(claims), kept["next"]


def _token(code: str, verifier: str) -> str:
    """The signed id_token that the provider gives for a code."""
    provider = _provider.get()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_address(),
        "code_verifier": verifier,
    }
    identity, secret = settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET
    if not provider.by_basic:
        form |= {"client_id": identity, "client_secret": secret}
    try:
        answer = httpx.post(
            provider.token,
            data=form,
            auth=httpx.BasicAuth(identity, secret) if provider.by_basic else None,
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return str(answer.json()["id_token"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise SsoFailed(f"no token: {type(error).__name__}") from error


def _claims(token: str) -> dict[str, Any]:
    """What the token says, once signature, issuer, audience and times hold."""
    try:
        head = jwt.get_unverified_header(token)
        if head.get("alg") not in ALGORITHMS:
            raise SsoFailed("the token is not signed with a key of the provider's")
        claims = jwt.decode(
            token,
            _key(head),
            algorithms=[head["alg"]],
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": list(NEEDED)},
        )
    except jwt.PyJWTError as error:
        raise SsoFailed(f"the token does not hold: {type(error).__name__}") from error
    party = claims.get("azp", settings.OIDC_CLIENT_ID)
    if party != settings.OIDC_CLIENT_ID or (isinstance(claims["aud"], list) and "azp" not in claims
                                            and len(claims["aud"]) > 1):  # fmt: skip
        raise SsoFailed("the token was made for another party")
    return claims


def _key(head: dict[str, Any]) -> jwt.PyJWK:
    """The provider's key that the token names; asked for anew each time, since keys change."""
    keys = jwt.PyJWKSet.from_dict(_json(_provider.get().keys)).keys
    named = [
        key for key in keys
        if key.public_key_use in (None, "sig") and head.get("kid") in (None, key.key_id)
    ]  # fmt: skip
    if len(named) != 1:
        raise SsoFailed("the provider has no such key")
    return named[0]


def _account(claims: dict[str, Any]) -> Account:
    people = Account.objects.filter(is_active=True)
    if settings.OIDC_MATCH == "subject":
        found = people.filter(sso_subject__subject=str(claims["sub"])).first()
    else:
        found = people.filter(username=str(claims.get(settings.OIDC_CLAIM) or "")).first()
    if found is None:
        raise Unknown("nobody here is meant by the token")
    return found
