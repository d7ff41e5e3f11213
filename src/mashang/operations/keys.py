"""`mashang new-keys`: fresh secrets. Needs no settings, since settings need these first."""

import argparse
import base64
import secrets
from collections.abc import Sequence
from datetime import date

from cryptography.hazmat.primitives.asymmetric import ec


def fresh_keys() -> dict[str, str]:
    """The variables that every installation must have of its own, with random values."""
    field_key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "MASHANG_SECRET_KEY": secrets.token_urlsafe(48),
        # Named after the day, so that a key added years later has another name.
        "MASHANG_FIELD_KEYS": f"k{date.today():%Y%m%d}:{field_key}",
        "MASHANG_INDEX_KEY": secrets.token_urlsafe(36),
    }


def push_key(code: str) -> dict[str, str]:
    """The private key that signs what browsers are told: 32 bytes, by RFC 8292 in base64url."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    encoded = base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
    return {f"MASHANG_PROVIDER_{code.upper().replace('-', '_')}_SECRET": encoded}


def as_lines(variables: dict[str, str]) -> str:
    """Variables as an environment file holds them."""
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="mashang new-keys", description=__doc__)
    parser.add_argument("--push", metavar="CODE", help="the key of a provider of browser push")
    chosen = parser.parse_args(arguments)
    found = push_key(chosen.push) if chosen.push else fresh_keys()
    print(as_lines(found), end="")  # noqa: T201 (this is the command's answer)
    return 0
