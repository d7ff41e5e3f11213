"""The demonstration's phone and its platform of calls: nothing leaves the machine."""

from collections.abc import Sequence

from mashang.messaging.senders.base import Acceptance, CallEvent, CallReport, Parcel, Ring


class Demo:
    """Sends nothing. Its whole effect is the state SENT, written by the outbox; so a message
    that was not marked was not sent."""

    uses_network = False

    def send(self, parcel: Parcel) -> str:
        return "demo"

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return None


class DemoCalls:
    """Rings nobody. Whoever is called has talked for half a minute, as soon as it is asked."""

    uses_network = False
    TALK = 30  # seconds; no longer than it is since the button was pressed is believed

    def ring(self, ring: Ring) -> str:
        return "demo"

    def what_became(self, key: str) -> Sequence[CallReport]:
        return [
            CallReport(key, CallEvent.RINGING),
            CallReport(key, CallEvent.ANSWERED),
            CallReport(key, CallEvent.ENDED, seconds=self.TALK),
        ]
