"""The demonstration's phone: nothing leaves the machine."""

from mashang.messaging.senders.base import Acceptance, Parcel


class Demo:
    """Sends nothing. Its whole effect is the state SENT, written by the outbox; so a message
    that was not marked was not sent."""

    uses_network = False

    def send(self, parcel: Parcel) -> str:
        return "demo"

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return None
