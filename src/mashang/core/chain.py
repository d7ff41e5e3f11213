"""The hash chain: each entry carries a digest over itself and the entry before it.

Digests read `sha256:<hex>` or `sm3:<hex>`; the prefix says how to check one, so a city can change
its suite without losing its past. Anyone can check a chain with a few lines of any language:
digest(previous digest + newline + canonical JSON of the entry).
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives import hashes
from django.conf import settings

START = ""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sm3(data: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


DIGESTS = {"sha256": _sha256, "sm3": _sm3}


def _current() -> str:
    return "sm3" if settings.CIPHER == "sm4-gcm" else "sha256"


def canonical(content: Any) -> str:
    """JSON with sorted keys and no spare blanks, the same on every machine."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str, *, name: str | None = None) -> str:
    """`text`'s digest with its prefix; `name` is sha256 or sm3, the city's own by default."""
    chosen = name or _current()
    return f"{chosen}:{DIGESTS[chosen](text.encode())}"


def link(previous: str, content: Any) -> str:
    """The digest of an entry with this content after an entry with the digest `previous`."""
    return digest(f"{previous}\n{canonical(content)}")


def holds(previous: str, content: Any, claimed: str) -> bool:
    """Whether `claimed` is the digest of this content after `previous`."""
    name = claimed.partition(":")[0]
    if name not in DIGESTS:
        return False
    return digest(f"{previous}\n{canonical(content)}", name=name) == claimed


def root(previous: str, digests: Iterable[str]) -> str:
    """One digest over a day's entries and the day before, to be printed and kept on paper."""
    return digest("\n".join([previous, *digests]))
