from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "mashang.knowledge"
    verbose_name = _("词句里的信息")

    def ready(self) -> None:
        from mashang.cases.order_extras import register_hint, register_reading
        from mashang.knowledge import reviewing, suggesting

        register_hint("category", suggesting.hint)
        register_hint("answer", reviewing.before)
        register_reading(reviewing.after)
