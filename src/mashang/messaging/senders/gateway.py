"""A small JSON gateway of the city's over HTTPS; docs/sms-gateway.md is the contract it keeps."""

from collections.abc import Mapping

from mashang.messaging.senders.base import UNKNOWN, Acceptance, Heard, Parcel, Reply, Report
from mashang.messaging.senders.line import Answer
from mashang.messaging.senders.signed import SignedLine


class Gateway:
    """`seconds` is how long an answer may take."""

    uses_network = True

    def __init__(self, url: str, key: str, *, seconds: float = 5.0):
        self._line = SignedLine(url, key, seconds=seconds)

    def send(self, parcel: Parcel) -> str:
        content = {
            "key": parcel.key,
            "phone": parcel.phone,
            "text": parcel.text,
            "template": parcel.template,
            "params": dict(parcel.params),
        }
        return self._line.hand_over("/messages", parcel.key, content)

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        answer = self._line.look_up("/messages", parcel.key)
        return answer.field("reference")[:80] or UNKNOWN if isinstance(answer, Answer) else answer

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> tuple[Heard, bytes]:
        """Raises ValueError where it is not the gateway's."""
        told = self._line.heard(body, headers)
        reports = [
            Report(
                is_delivered=row["delivered"] is True,
                reference=str(row.get("reference") or ""),
                key=str(row.get("key") or ""),
                words=str(row.get("reason") or ""),
            )
            for row in told.get("reports", ())
        ]
        replies = [
            Reply(str(row["reference"]), str(row["phone"]), str(row["text"]))
            for row in told.get("replies", ())
        ]
        return Heard(reports, replies), b"{}"
