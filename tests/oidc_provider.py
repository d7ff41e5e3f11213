"""A provider of OpenID Connect on this machine, speaking the protocol; tests bend its answers."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "mashang", "a-client-secret-0123456789"


class Provider:
    """`claims` are put over the token's, `sign` makes it; `broken` paths answer 500."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, object] = {}
        self.dropped: set[str] = set()
        self.kid = "key-1"
        self.issuer_said = ""
        self.broken: set[str] = set()
        self.sign = self._sign
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, "")

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                provider.answer(self, self.rfile.read(length).decode())

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, body: str) -> None:
        path = urlsplit(handler.path).path
        self.asked.append(path)
        status, said = self._said(path, handler, body)
        raw = json.dumps(said).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    def _said(
        self, path: str, handler: BaseHTTPRequestHandler, body: str
    ) -> tuple[int, dict[str, object]]:
        if path in self.broken:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer_said or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        if path == "/keys":
            key = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [{**key, "kid": "key-1", "use": "sig", "alg": "RS256"}]}
        if path == "/token":
            return self._token(handler, {k: v[0] for k, v in parse_qs(body).items()})
        return 404, {}

    def authorize(self, address: str) -> dict[str, str]:
        """Somebody signs in there: what the provider's redirect would bring back."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def _token(
        self, handler: BaseHTTPRequestHandler, form: dict[str, str]
    ) -> tuple[int, dict[str, object]]:
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        if handler.headers.get("Authorization") != f"Basic {expected}" or asked is None:
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": "subject-of-zhang", "aud": CLIENT, "iat": now,
            "exp": now + 300, "nonce": asked["nonce"], "preferred_username": "zhang",
            **self.claims,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if name not in self.dropped}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(kept)}

    def _sign(self, claims: dict[str, object]) -> str:
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.kid})
