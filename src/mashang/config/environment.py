"""Reads the settings that an operator gives through the environment, and refuses nonsense.

Every fault is collected, so that an operator mends a file once and not line by line.
"""

import base64
import binascii
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values
from environs import Env, EnvValidationError, validate

MODES = ("production", "demo", "test")
CIPHERS = ("aes-gcm", "sm4-gcm")
PREFIX = "MASHANG_"


class Faults(list[str]):
    """What is wrong with the environment, one sentence each."""

    def stop_if_any(self) -> None:
        if self:
            lines = "\n".join(f"  - {fault}" for fault in self)
            raise ImproperlyConfigured(
                f"设置有误，未启动 / These settings must be mended first:\n{lines}"
            )


def read_env_file() -> None:
    """Take variables from the file that MASHANG_ENV_FILE names; what is set already wins."""
    path = os.environ.get("MASHANG_ENV_FILE")
    if not path:
        return
    if not Path(path).is_file():
        raise ImproperlyConfigured(f"MASHANG_ENV_FILE names {path}, and there is no such file")
    for name, value in dotenv_values(path, interpolate=False).items():
        os.environ.setdefault(name, value or "")


def _is_own_network(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


class Environment:
    """Typed access to MASHANG_* variables; call `finish()` once all are read."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._env = Env(eager=False, prefix=PREFIX)
        self._known = {f"{PREFIX}ENV_FILE"}

    def text(self, name: str, default: str = "", *, choices: tuple[str, ...] = ()) -> str:
        self._known.add(PREFIX + name)
        value = str(self._env.str(name, default) or "").strip()
        if choices and value not in choices:
            self.faults.append(
                f"MASHANG_{name} is {value!r}; it must be one of: {', '.join(choices)}"
            )
            return default
        return value

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        self._known.add(PREFIX + name)
        value = self._env.int(name, default, validate=validate.Range(least, most))
        return default if value is None else int(value)

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def matching(self, beginning: str, *, endings: tuple[str, ...]) -> dict[str, str]:
        """Every variable named so, by what stands after `beginning`."""
        found = {}
        for name, value in os.environ.items():
            if name.startswith(PREFIX + beginning) and name.endswith(endings):
                self._known.add(name)
                found[name.removeprefix(PREFIX + beginning)] = value.strip()
        return found

    def base_url(self, default: str, *, https_only: bool, name: str = "BASE_URL") -> str:
        """An address that residents see, without a trailing slash; https where it is real."""
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            self.faults.append(
                f"MASHANG_{name} is {value!r}; it must look like https://city.example"
            )
        elif https_only and parts.scheme != "https":
            self.faults.append(f"MASHANG_{name} must begin with https:// in production")
        return value

    def machine(self, name: str, *, https_only: bool) -> str:
        """The address of an endpoint such as https://host/v1, or "" for none. Plain http only
        within the city's own network, which an address of numbers shows."""
        value = self.text(name).rstrip("/")
        if not value:
            return ""
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            self.faults.append(f"MASHANG_{name} must look like https://host/v1, without a password")
        elif https_only and parts.scheme == "http" and not _is_own_network(parts.hostname):
            self.faults.append(
                f"MASHANG_{name} must begin with https:// in production, "
                "or name a private address such as http://10.0.0.8/v1"
            )
        return value

    def mail_server(self) -> dict[str, Any]:
        """What MASHANG_SMTP_URL names: host, port, user, password, and whether it is TLS from the
        beginning (smtps) or by STARTTLS (smtp); empty where none is set. Never in the clear."""
        value = self.text("SMTP_URL")
        if not value:
            return {}
        parts = urlsplit(value)
        try:
            port = parts.port or {"smtps": 465}.get(parts.scheme, 587)
        except ValueError:
            port = 0
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not port:
            # Not the value itself: it holds a password.
            self.faults.append("MASHANG_SMTP_URL must look like smtps://user:password@host:465")
        return {
            "host": parts.hostname or "",
            "port": port,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "is_tls": parts.scheme == "smtps",
        }

    def secret(self, name: str, *, least: int) -> str:
        value = self.text(name)
        if len(value) < least or len(set(value)) < 5:
            self.faults.append(
                f"MASHANG_{name} must be a random text of {least} characters or more; "
                "`mashang new-keys` prints one"
            )
        return value

    def keys(self, name: str) -> dict[str, bytes]:
        """`id:base64,id:base64`: 32-byte keys, the first one encrypts, all decrypt."""
        ring: dict[str, bytes] = {}
        for word in self.words(name):
            key_id, _, encoded = word.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if not key_id.isalnum() or len(key) != 32 or len(set(key)) < 10 or key_id in ring:
                self.faults.append(
                    f"MASHANG_{name}: an entry is not `id:base64 of 32 random bytes`"
                )
                continue
            ring[key_id] = key
        if not ring:
            self.faults.append(f"MASHANG_{name} is empty; `mashang new-keys` prints one")
        return ring

    def networks(self, name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        found = []
        for word in self.words(name):
            try:
                found.append(ipaddress.ip_network(word))
            except ValueError:
                self.faults.append(f"MASHANG_{name}: {word!r} is not an address or a network")
        return found

    def time_zone(self, default: str) -> str:
        value = self.text("TIME_ZONE", default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            self.faults.append(f"MASHANG_TIME_ZONE is {value!r}, which is no time zone")
            return default
        return value

    def folder(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().resolve()

    def font(self, name: str) -> str:
        """The path of a font file, or "" for what the machine has."""
        value = self.text(name)
        if value and not Path(value).is_file():
            self.faults.append(f"MASHANG_{name} names {value}, and there is no such file")
        return value

    def finish(self) -> None:
        """Refuse to start with the whole list of faults, if there is one.

        A variable that nobody reads is a fault: a misspelt one would be lost quietly.
        """
        given = {name for name in os.environ if name.startswith(PREFIX)}
        for name in sorted(given - self._known):
            self.faults.append(f"{name} is no setting of this product (docs/settings.md)")
        try:
            self._env.seal()
        except EnvValidationError as error:
            messages = error.error_messages
            assert isinstance(messages, Mapping)  # noqa: S101 (so it is with a whole environment)
            for name, said in messages.items():
                self.faults.append(f"{name}: {' '.join(map(str, said))}")
        self.faults.stop_if_any()
