from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "mashang.knowledge"
    verbose_name = _("词句里的信息")

    def ready(self) -> None:
        from mashang.cases.order_extras import register_extra, register_hint, register_reading
        from mashang.core.loops import register_step
        from mashang.knowledge import reviewing, suggesting
        from mashang.knowledge.drafting import views_staff as drafting
        from mashang.knowledge.topics import keeping, views_staff
        from mashang.people.navigation import register_entry

        register_hint("category", suggesting.hint)
        register_hint("answer", reviewing.before)
        register_reading(reviewing.after)
        register_extra(drafting.extra)
        register_step("reports into topics", keeping.take_in, every=30)
        register_step("topics of long ago", keeping.tidy, every=3600)
        register_entry("topics", "topics", _("热点"), views_staff.reads_topics, order=35)
