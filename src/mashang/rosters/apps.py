from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RostersConfig(AppConfig):
    name = "mashang.rosters"
    verbose_name = _("值班表")

    def ready(self) -> None:
        from mashang.core.loops import register_step
        from mashang.people.navigation import register_entry
        from mashang.rosters import warning
        from mashang.rosters.access import has_duty

        register_entry("duty", "duty", _("值班"), has_duty, order=40)
        warning.register()
        register_step("warn of uncovered hours", warning.warn_of_holes, every=1800)
