from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "mashang.audit"
    verbose_name = _("审计")

    def ready(self) -> None:
        from mashang.audit import proving, receivers
        from mashang.core.loops import register_step
        from mashang.people.doors import holds
        from mashang.people.models import Role
        from mashang.people.navigation import register_entry

        receivers.connect()
        register_entry(
            "audit", "audit", _("审计"), lambda actor: holds(actor, Role.AUDITOR), order=80
        )
        register_step("audit chain", proving.check_further, every=1)
