"""The figures of mediation, with what each counts."""

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from mashang.cases.models import Entry
from mashang.cases.service_figures import Figure
from mashang.mediation.access import visible_to
from mashang.mediation.flow import State
from mashang.people.actors import Staff

CONCLUDED = (State.EFFECTIVE, State.FULFILLED, State.BROKEN, State.FAILED)


def figures(actor: Staff) -> list[Figure]:
    """All mediations ever applied for that this person may see (a cohort), in one query."""

    def made(move: str) -> Exists:
        return Exists(Entry.objects.filter(case=OuterRef("pk"), move=move))

    found = visible_to(actor).aggregate(
        applied=Count("pk"),
        begun=Count("pk", filter=made("begin")),
        agreed=Count("pk", filter=Q(agreement__effective_at__isnull=False)),
        oral=Count("pk", filter=Q(agreement__is_oral=True)),
        late=Count("pk", filter=made("overrun")),
        in_a_month=Count("pk", filter=Q(state__in=CONCLUDED) & ~made("overrun")),
        fulfilled=Count("pk", filter=Q(state=State.FULFILLED)),
        broken=Count("pk", filter=Q(state=State.BROKEN)),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    return [
        Figure(_("申请和提议"), found["applied"], None, _("登记过的全部，包括不受理和撤回的。")),
        Figure(_("各方都同意"), found["begun"], found["applied"], _("占申请和提议的。")),
        Figure(
            _("达成协议"), found["agreed"], found["begun"],
            _("协议已经生效的，占各方都同意的；拟好没签的不算。"),
        ),
        Figure(_("其中口头协议"), found["oral"], found["agreed"], _("占达成协议的。")),
        Figure(
            _("一个月内有结果"), found["in_a_month"], found["in_a_month"] + found["late"],
            _("受理后 30 天内协议生效或者终止的，占有了结果的和满 30 天的；撤回、不受理的不算。"),
        ),
        Figure(_("履行完毕"), found["fulfilled"], found["agreed"], _("占达成协议的。")),
        Figure(
            _("没有履行"), found["broken"], found["agreed"], _("占达成协议的，都告知了可以起诉。")
        ),
        Figure(
            _("调解终止"), found["failed"], found["applied"], _("任何一方不愿意，或者调不成的。")
        ),
    ]  # fmt: skip
