from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WishesConfig(AppConfig):
    name = "mashang.wishes"
    verbose_name = _("微心愿")

    def ready(self) -> None:
        from mashang.cases import flows
        from mashang.core.loops import register_step
        from mashang.people.navigation import register_entry
        from mashang.wishes import access, actions, flow, views_resident, views_staff

        flows.register(
            flows.Flow(
                name=flow.NAME,
                label=_("微心愿"),
                states=flow.State,
                phases=flow.PHASES,
                moves=flow.MOVES,
                initial=(flow.State.POSTED,),
                relations=access.relations,
                visible=access.visible_to,
                may_see_identity=access.may_see_identity,
                prepare=actions.PREPARE,
                clocks=actions.CLOCKS,
                lapses=flow.LAPSES,
                pages=flows.Pages(
                    views_staff.show, views_staff.move, views_resident.track, views_resident.act
                ),
            )
        )
        register_entry("wishes", "desk_wishes", _("微心愿"), access.works_here, order=55)
        register_step("forgetting helpers", actions.forget_helpers, every=3600)
