from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EstatesConfig(AppConfig):
    name = "mashang.estates"
    verbose_name = _("小区")

    def ready(self) -> None:
        from mashang.estates.access import has_estates
        from mashang.people.navigation import register_entry

        register_entry("estates", "desk_estates", _("小区"), has_estates, order=38)
