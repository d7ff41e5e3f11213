"""Click-to-call over a small JSON gateway of the city's; docs/calls.md is the contract it keeps.

Behind it stands whatever puts calls through: an operator's 双向回拨, a call centre, a SIP gateway.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from mashang.messaging.senders.base import (
    UNKNOWN,
    Account,
    CallEvent,
    CallReport,
    Heard,
    Ring,
    Unknown,
)
from mashang.messaging.senders.line import Answer
from mashang.messaging.senders.signed import SignedLine


class CallGateway:
    """Option `url`: the gateway's address without `/calls`. The secret is the shared one."""

    uses_network = True

    def __init__(self, account: Account):
        if not account.option("url"):
            raise ValueError("the option url is missing")
        self._line = SignedLine(account.option("url"), account.secret, seconds=account.seconds)

    def ring(self, ring: Ring) -> str:
        content = {
            "key": ring.key,
            "first": ring.first,
            "then": ring.then,
            "longest": ring.longest,
            "record": False,
        }
        return self._line.hand_over("/calls", ring.key, content)

    def what_became(self, key: str) -> Sequence[CallReport] | Literal[Unknown.UNKNOWN] | None:
        answer = self._line.look_up("/calls", key)
        if not isinstance(answer, Answer):
            return answer
        try:
            rows = answer.content["events"]
            return _reports({**row, "key": key} for row in rows)
        except (ValueError, KeyError, TypeError):
            return UNKNOWN

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> tuple[Heard, bytes]:
        """Raises ValueError where it is not the gateway's."""
        return Heard(calls=_reports(self._line.heard(body, headers)["events"])), b"{}"


def _reports(rows: Iterable[Mapping[str, Any]]) -> list[CallReport]:
    """Raises ValueError, KeyError or TypeError for what is none."""
    return [
        CallReport(
            key=str(row["key"]),
            event=CallEvent(row["event"]),
            at=_moment(row.get("at")),
            seconds=None if row.get("seconds") is None else int(row["seconds"]),
            reason=str(row.get("reason") or ""),
            words=str(row.get("words") or ""),
        )
        for row in rows
    ]


def _moment(text: object) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
