from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "mashang.cases"
    verbose_name = "诉求"

    def ready(self) -> None:
        from mashang.cases import proving
        from mashang.cases.actions import climbing, delivery
        from mashang.core.loops import register_step

        delivery.register()
        register_step("clocks", climbing.look_at_due)
        register_step("day roots", proving.make_roots, every=600)
