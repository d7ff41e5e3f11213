from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    name = "mashang.insight"
    verbose_name = _("统计")

    def ready(self) -> None:
        from mashang.core.loops import register_step
        from mashang.insight import keeping, scopes
        from mashang.insight.reports import orders
        from mashang.people.navigation import register_entry

        register_step("figures", keeping.keep_up, every=1)
        register_step("reports", orders.start_waiting, every=2)
        register_step("subscribed reports", orders.order_due, every=60)
        register_entry("figures", "figures", _("统计"), scopes.reads_figures, order=45)
