from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigurationConfig(AppConfig):
    name = "mashang.configuration"
    verbose_name = _("设置")

    def ready(self) -> None:
        from mashang.configuration.access import may_see
        from mashang.people.navigation import register_entry

        register_entry("settings", "settings", _("设置"), may_see, order=90)
