"""What 企业微信, 钉钉 and 微信公众号 have in common: JSON requests, answers with an `errcode`, and
tokens."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from mashang.core.text import clean_line
from mashang.messaging.senders.base import (
    AddressGone,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from mashang.messaging.senders.line import Line
from mashang.messaging.senders.tokens import Token

JSON = {"Content-Type": "application/json; charset=utf-8"}
# The same numbers on all of them: a token that is wrong, missing or over.
BAD_TOKEN = frozenset({40001, 40014, 41001, 42001})


def ask(
    line: Line,
    method: str,
    path: str,
    content: Mapping[str, Any] | None = None,
    *,
    has_code: bool = True,
) -> Any:
    """The answer's object. Raises TemporaryFailure and OutcomeUnknown; no address is in their
    words, since it holds a key. Where a good answer `has_code` not, it gets 0."""
    body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
    answer = line.request(method, f"{line.path}{path}", body, JSON)
    told = answer.content
    if answer.status in (429, 500, 503) or answer.status == 403:
        raise TemporaryFailure(f"HTTP {answer.status}")
    if isinstance(told, dict) and not has_code:
        told.setdefault("errcode", 0)
    if not isinstance(told, dict) or not isinstance(told.get("errcode"), int):
        raise OutcomeUnknown(f"HTTP {answer.status}, no errcode")
    return told


def code_of(told: Mapping[str, Any]) -> int:
    """The number of the error; 钉钉 wraps some as 88 with the real one inside."""
    inner = str(told.get("sub_code") or "")
    return int(inner) if told["errcode"] == 88 and inner.isdigit() else int(told["errcode"])


def check(told: Mapping[str, Any], *, gone: frozenset[int], later: frozenset[int]) -> None:
    """Raises what the error means: AddressGone, TemporaryFailure, else PermanentFailure."""
    code = code_of(told)
    if code == 0:
        return
    # 企业微信 adds a hint with the server's address and the time, 微信 the request's number.
    said = str(told.get("sub_msg") or told.get("errmsg") or "").partition(", hint:")[0]
    said = said.partition(" rid: ")[0]
    words = clean_line(f"{code} {said}")[:120]
    if code in gone:
        raise AddressGone(words)
    if code in later or code in BAD_TOKEN:
        raise TemporaryFailure(words)
    raise PermanentFailure(words)


def with_token(token: Token, request: Callable[[str], Any]) -> Any:
    """What `request` is answered with the token; once more with a new one where it is refused."""
    used = token.get()
    told = request(used)
    return request(token.get(instead_of=used)) if code_of(told) in BAD_TOKEN else told


def fetch(line: Line, path: str, content: Mapping[str, Any] | None = None) -> tuple[str, float]:
    """A token and its seconds, posting `content` where there is some. Raises TemporaryFailure:
    nothing was sent yet, whatever happened."""
    try:
        told = ask(line, "POST" if content else "GET", path, content, has_code=not content)
    except OutcomeUnknown as error:
        raise TemporaryFailure(f"token: {error}") from None
    if code_of(told) or not told.get("access_token"):
        raise TemporaryFailure(clean_line(f"token: {code_of(told)}"))
    return str(told["access_token"]), float(told.get("expires_in") or 7200)
