from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "mashang.cases"
    verbose_name = _("诉求")

    def ready(self) -> None:
        from mashang.audit import naming
        from mashang.cases import proving, wording
        from mashang.cases.actions import climbing, delivery
        from mashang.core.loops import register_step

        naming.register("case", wording.numbers)
        delivery.register()
        register_step("clocks", climbing.look_at_due)
        register_step("day roots", proving.make_roots, every=600)
