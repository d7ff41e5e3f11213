from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "mashang.knowledge"
    verbose_name = _("词句里的信息")

    def ready(self) -> None:
        from mashang.cases.order_extras import register_hint
        from mashang.knowledge import suggesting

        register_hint("category", suggesting.hint)
