"""What follow-up puts on the page of an order."""

from django.urls import reverse
from django.utils.translation import gettext as _

from mashang.cases.flow import Phase
from mashang.cases.order_access import Order
from mashang.cases.order_extras import Extra
from mashang.followup import access
from mashang.followup.climbed import leads


def call_to_make(order: Order) -> Extra | None:
    """The way to the call, for whoever may make it."""
    if order.link is not None or order.case.phase != Phase.DONE:
        return None
    if not access.inspection_posts(order.actor):
        return None
    row = access.visible_to(order.actor).filter(case=order.case, done_at=None).first()
    return Extra(_("去回访"), reverse("follow_up_call", args=[row.pk])) if row else None


def all_that_climbed(order: Order) -> Extra | None:
    """The way to the leader's page: by the same link, on the phone that opened it."""
    if not leads(order.actor):
        return None
    url = reverse("order_climbed", args=[order.link.token]) if order.link else reverse("climbed")
    return Extra(_("上报到我的全部事项"), url)
