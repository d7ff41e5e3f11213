from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "mashang.directory"
    verbose_name = _("服务目录")

    def ready(self) -> None:
        from mashang.core.loops import register_step
        from mashang.directory.access import may_keep
        from mashang.directory.actions import spell_services
        from mashang.people.navigation import register_entry

        register_entry("services", "desk_services", _("服务目录"), may_keep, order=75)
        register_step("service spelling", spell_services, every=5)
