"""`mashang new-keys`: fresh secrets. Needs no settings, since settings need these first."""

import argparse
import base64
import secrets
from collections.abc import Sequence
from datetime import date


def fresh_keys() -> dict[str, str]:
    """The variables that every installation must have of its own, with random values."""
    field_key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "MASHANG_SECRET_KEY": secrets.token_urlsafe(48),
        # Named after the day, so that a key added years later has another name.
        "MASHANG_FIELD_KEYS": f"k{date.today():%Y%m%d}:{field_key}",
        "MASHANG_INDEX_KEY": secrets.token_urlsafe(36),
    }


def as_lines(variables: dict[str, str]) -> str:
    """Variables as an environment file holds them."""
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def main(arguments: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="mashang new-keys", description=__doc__).parse_args(arguments)
    print(as_lines(fresh_keys()), end="")  # noqa: T201 (this is the command's answer)
    return 0
