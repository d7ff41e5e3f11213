from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowUpConfig(AppConfig):
    name = "mashang.followup"
    verbose_name = _("回访")

    def ready(self) -> None:
        from mashang.cases.order_extras import register_extra
        from mashang.core.loops import register_step
        from mashang.followup import access, actions, climbed, drawing, order_extras, queries
        from mashang.people.navigation import register_entry

        register_step("follow-up draws", drawing.draw_due, every=600)
        register_step("follow-ups that moved on", actions.drop_moved_on, every=600)
        register_entry(
            "follow_up",
            "follow_up",
            _("回访"),
            lambda actor: bool(access.inspection_posts(actor)),
            lambda actor: queries.open_rows(actor).filter(assigned_to=actor.account).count(),
            order=40,
        )
        register_entry("climbed", "climbed", _("上报到我"), climbed.leads, order=15)
        register_extra(order_extras.call_to_make)
        register_extra(order_extras.all_that_climbed)
