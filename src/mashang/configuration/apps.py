from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigurationConfig(AppConfig):
    name = "mashang.configuration"
    verbose_name = _("设置")

    def ready(self) -> None:
        from django.core.checks import Tags, register

        from mashang.configuration.access import may_see
        from mashang.configuration.days import check_calendar, ends_soon
        from mashang.people.navigation import register_entry

        # The number beside it is that of warnings, so that nobody has to open it to be warned.
        register_entry(
            "settings",
            "settings",
            _("设置"),
            may_see,
            lambda _actor: int(bool(ends_soon())),
            order=90,
        )
        register(check_calendar, Tags.database)
