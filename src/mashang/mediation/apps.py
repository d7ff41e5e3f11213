from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediationConfig(AppConfig):
    name = "mashang.mediation"
    verbose_name = _("人民调解")

    def ready(self) -> None:
        from mashang.cases import flows
        from mashang.mediation import access, actions, flow, views_resident, views_staff
        from mashang.people.navigation import register_entry

        flows.register(
            flows.Flow(
                name=flow.NAME,
                label=_("人民调解"),
                states=flow.State,
                phases=flow.PHASES,
                moves=flow.MOVES,
                initial=(flow.State.APPLIED,),
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
        register_entry("mediations", "desk_mediations", _("人民调解"), access.works_here, order=56)
