from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "mashang.accounts"
    verbose_name = _("账号和登录")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from mashang.accounts import sessions
        from mashang.core.loops import register_step
        from mashang.people.doors import holds
        from mashang.people.models import Role
        from mashang.people.navigation import register_entry

        user_logged_in.connect(sessions.begun, dispatch_uid="sessions")
        user_logged_out.connect(sessions.ended, dispatch_uid="sessions")
        register_step("sessions", sessions.sweep, every=3600)
        register_entry(
            "people",
            "people",
            _("人员"),
            lambda actor: holds(actor, Role.SECURITY_OPERATOR),
            order=70,
        )
        register_entry("account", "account", _("我的账号"), lambda _actor: True, order=99)
