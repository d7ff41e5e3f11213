"""The button on an order's page that has the requester rung."""

from mashang.calling.actions import may_ring
from mashang.calling.models import Call
from mashang.cases.order_access import Order
from mashang.cases.order_extras import Hint
from mashang.core.text import mask_phone
from mashang.messaging import lanes


def dial(order: Order) -> Hint | None:
    """None where the city has no platform, and for whoever may not."""
    if not lanes.callers() or not may_ring(order.actor, order.case):
        return None
    last = Call.objects.filter(case=order.case).select_related("account").order_by("-pk").first()
    facts = {
        "url": order.url("ring"),
        "here": order.url(),
        "last": last,
        "own": mask_phone(order.actor.account.phone),
    }
    return Hint("calling/dial.html", facts)
