from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LegalConfig(AppConfig):
    name = "mashang.legal"
    verbose_name = _("小律服务")

    def ready(self) -> None:
        from mashang.cases.flows import register
        from mashang.core.loops import register_step
        from mashang.legal.access import opens_desk, waiting
        from mashang.legal.actions import find_counsel
        from mashang.legal.views_asking import KIND
        from mashang.people.navigation import register_entry

        register(KIND)
        register_step("legal counsel", find_counsel, every=60)
        register_entry("legal", "desk_legal", _("小律服务"), opens_desk, waiting, order=60)
