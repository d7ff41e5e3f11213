from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallingConfig(AppConfig):
    name = "mashang.calling"
    verbose_name = _("点击拨打")

    def ready(self) -> None:
        from mashang.calling import dialling, hearing, order_extras
        from mashang.cases.order_extras import register_dial
        from mashang.core.loops import register_ending, register_step
        from mashang.messaging.registry import register_calls

        register_dial(order_extras.dial)
        register_calls(hearing.hear)
        register_step("put calls through", dialling.place_due)
        register_step("ask what became of calls", dialling.look_after, every=5)
        register_step("settle calls", hearing.settle, every=0.5)
        register_ending(dialling.finish)
