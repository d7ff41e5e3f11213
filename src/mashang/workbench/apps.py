from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkbenchConfig(AppConfig):
    name = "mashang.workbench"
    verbose_name = _("工作台")

    def ready(self) -> None:
        from mashang.core.loops import register_step
        from mashang.people.navigation import register_entry
        from mashang.workbench.indexing import index_waiting

        register_step("search index", index_waiting, every=0.5)

        # Whoever has no post about cases still begins here: the page then says so.
        register_entry("desk", "desk", _("工作台"), lambda _actor: True, order=10)
