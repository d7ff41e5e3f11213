from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "mashang.core"
    verbose_name = _("基础")

    def ready(self) -> None:
        from mashang.core import throttle
        from mashang.core.loops import register_step

        register_step("throttle", throttle.sweep, every=3600)
