"""Photos that come with an answer: kept while the answer is not accepted, then made part of it."""

from django.http import HttpRequest

from mashang.attachments import intake, queries
from mashang.attachments.actions import adopt, discard
from mashang.cases.models import Entry
from mashang.cases.order_access import Order
from mashang.core.crypto import blind_index


def _draft(order: Order) -> str:
    """Whose the photos are until then: this person's, for this order."""
    whose = f"{order.case.pk}:{order.actor.account.pk}"
    return f"draft:{blind_index(whose, purpose='order photos')}"


def kept(order: Order) -> int:
    """How many photos wait from a try that was not accepted."""
    return queries.of(_draft(order)).count()


def take(request: HttpRequest, order: Order, *, drop_kept: bool) -> list[str]:
    """Keep the photos of this request; returns what is wrong with them, a sentence each."""
    if drop_kept:
        forget(order)
    return intake.receive(request.FILES, request, owner=_draft(order), part="photos")


def attach(order: Order, entry: Entry, *, is_internal: bool) -> None:
    """Make what waits part of the entry. Call in the transaction that wrote it."""
    part = "internal" if is_internal else "entry"
    adopt(_draft(order), order.case.subject, part=f"{part}:{entry.seq}")


def forget(order: Order) -> None:
    for attachment in queries.of(_draft(order)):
        discard(attachment)
