from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "mashang.core"
    verbose_name = "基础"

    def ready(self) -> None:
        from mashang.core import throttle
        from mashang.core.loops import register_step

        register_step("throttle", throttle.sweep, every=3600)
