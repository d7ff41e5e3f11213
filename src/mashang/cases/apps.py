from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "mashang.cases"
    verbose_name = _("诉求")

    def ready(self) -> None:
        from mashang.audit import naming
        from mashang.cases import flows, proving, request_flow, types, wording
        from mashang.cases.actions import climbing, coming_due, delivery, handing_over
        from mashang.cases.forms_filing import files_for_others
        from mashang.cases.handing_over import count_open, hands_over
        from mashang.codes.opening import register_forms
        from mashang.core.loops import register_step
        from mashang.people import leaving
        from mashang.people.navigation import register_entry

        flows.register(request_flow.REQUEST)
        naming.register("case", wording.numbers)
        register_forms(types.openable)
        register_entry("file_for", "file_for", _("代为登记"), files_for_others, order=20)
        register_entry("hand_over", "hand_over", _("工作交接"), hands_over, order=45)
        in_hand = leaving.InHand(_("未办结的事项"), count_open, handing_over.let_go)
        leaving.register("cases", in_hand)
        delivery.register()
        register_step("clocks", climbing.look_at_due)
        register_step("hand over what has nobody", handing_over.adopt_orphans, every=300)
        register_step("deferrals", coming_due.resume_deferred, every=60)
        register_step("undecided asks", coming_due.remind_deciders, every=60)
        register_step("late assists", coming_due.tell_of_late_assists, every=30)
        register_step("day roots", proving.make_roots, every=600)
