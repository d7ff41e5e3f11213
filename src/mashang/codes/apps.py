from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CodesConfig(AppConfig):
    name = "mashang.codes"
    verbose_name = _("二维码")

    def ready(self) -> None:
        from mashang.codes import scans
        from mashang.codes.access import has_codes
        from mashang.codes.posters.orders import clear_away, start_waiting
        from mashang.core.loops import register_step
        from mashang.people.navigation import register_entry

        register_entry("codes", "codes", _("二维码"), has_codes, order=70)
        register_step("add up scans", scans.add_up, every=20)
        register_step("print signs", start_waiting, every=2)
        register_step("clear away printed files", clear_away, every=3600)
