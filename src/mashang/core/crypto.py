"""Encryption of identities at rest, and blind indexes to find them again.

A stored value reads `<suite>:<key id>:<base64 of nonce + ciphertext + tag>`, so values written
under an older key or the other suite stay readable. AES-256-GCM is the default; SM4-GCM
(GB/T 32907) serves cities bound to commercial cryptography. With SM4 the first 16 bytes of the
32-byte key are used.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as crypto_hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
TAG_BYTES = 16


class Undecipherable(ValueError):
    """A stored value that no key of this installation opens, or that was altered."""


def _aes_encrypt(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plain, None)


def _aes_decrypt(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    return AESGCM(key).decrypt(nonce, sealed, None)


def _sm4_encrypt(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    encryptor = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _sm4_decrypt(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    decryptor = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, tag)).decryptor()
    return decryptor.update(body) + decryptor.finalize()


Suite = tuple[Callable[[bytes, bytes, bytes], bytes], Callable[[bytes, bytes, bytes], bytes]]
SUITES: dict[str, Suite] = {
    "aes-gcm": (_aes_encrypt, _aes_decrypt),
    "sm4-gcm": (_sm4_encrypt, _sm4_decrypt),
}


def encrypt(text: str) -> str:
    """Seal `text` under the first of FIELD_KEYS with the configured suite."""
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = SUITES[settings.CIPHER][0](key, nonce, text.encode())
    return f"{settings.CIPHER}:{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str) -> str:
    """Open what `encrypt` made; raises Undecipherable, never returns a guess."""
    try:
        suite, key_id, encoded = stored.split(":", 2)
        raw = base64.b64decode(encoded, validate=True)
        open_sealed, key = SUITES[suite][1], settings.FIELD_KEYS[key_id]
        return open_sealed(key, raw[:NONCE_BYTES], raw[NONCE_BYTES:]).decode()
    except (ValueError, KeyError, InvalidTag) as error:
        raise Undecipherable(
            "a stored value cannot be opened with the keys of this city"
        ) from error


@lru_cache(maxsize=8)
def _index_key(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"mashang:{purpose}:{secret}".encode()).digest()


def blind_index(value: str, *, purpose: str = "index") -> str:
    """A keyed digest (64 hex digits) that finds equal values without revealing them.

    HMAC-SHA-256, or HMAC-SM3 (GB/T 32905) where the city runs the SM suite.
    """
    key = _index_key(settings.INDEX_KEY, purpose)
    if settings.CIPHER == "sm4-gcm":
        digest = crypto_hmac.HMAC(key, hashes.SM3())
        digest.update(value.encode())
        return digest.finalize().hex()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
