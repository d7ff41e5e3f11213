"""Web Push without its encryption: the city's key pair, and which addresses are push services.

The browser says where it is to be written to, so only the push services of the makers of browsers
are taken: the option `hosts` names others.
"""

import base64
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mashang.messaging.senders.base import Account

HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The key of the 32 bytes that `secret` is in base64url. Raises ValueError."""
    number = int.from_bytes(decode(secret), "big")
    return ec.derive_private_key(number, ec.SECP256R1())


def public_key(secret: str) -> str:
    """What a browser is shown: the point, uncompressed, in base64url."""
    point = private_key(secret).public_key()
    return encode(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def is_allowed(endpoint: str, account: Account) -> bool:
    """Whether it is the address of a push service, and not of anything else that we could be made
    to write to."""
    hosts = tuple(account.option("hosts").split()) or HOSTS
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts)
    is_open = parts.scheme == "http" and account.option("protocol").lower() == "http"
    is_plain = not (parts.username or parts.password or parts.fragment)
    return known and is_plain and (is_open or (parts.scheme == "https" and port in (None, 443)))
