from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "mashang.people"
    verbose_name = _("单位与人员")

    def ready(self) -> None:
        from mashang.core.loops import register_step
        from mashang.people.finding import spell_units

        register_step("unit spelling", spell_units, every=5)
