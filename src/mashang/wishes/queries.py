"""Reading wishes: what is shown to everybody, and the figures with what each counts."""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.models import Case
from mashang.cases.service_figures import Figure
from mashang.people.actors import Staff
from mashang.places.models import Place, subtree
from mashang.wishes.access import visible_to
from mashang.wishes.flow import NAME, State
from mashang.wishes.models import Claim, Ending

FULFILLED_SHOWN = timedelta(days=90)


def shown(place: Place) -> QuerySet[Case]:
    """The wishes inside a place that may be claimed, the longest waiting first."""
    return (
        Case.every.filter(subtree(place.code, field="place_id"), flow=NAME, state=State.SHOWN)
        .select_related("wish", "place")
        .order_by("wish__shown_at", "pk")
    )


def fulfilled(place: Place) -> QuerySet[Case]:
    """What came true in the last three months, the newest first."""
    since = timezone.now() - FULFILLED_SHOWN
    return (
        Case.every.filter(
            subtree(place.code, field="place_id"), flow=NAME, state=State.FULFILLED,
            closed_at__gte=since,
        )
        .select_related("wish", "place")
        .order_by("-closed_at")
    )  # fmt: skip


def figures(actor: Staff) -> list[Figure]:
    """All wishes ever posted that this person may see (a cohort), in one query."""
    lapsed = Claim.objects.filter(case=OuterRef("pk"), ending=Ending.LAPSED)
    found = visible_to(actor).aggregate(
        posted=Count("pk"),
        shown=Count("pk", filter=~Q(wish__shown_at=None)),
        claimed=Count("pk", filter=Exists(Claim.objects.filter(case=OuterRef("pk")))),
        fulfilled=Count("pk", filter=Q(state=State.FULFILLED)),
        delivered=Count("pk", filter=~Q(wish__delivered_at=None)),
        lapsed=Count("pk", filter=Exists(lapsed)),
        declined=Count("pk", filter=Q(state=State.DECLINED)),
    )
    return [
        Figure(_("提出"), found["posted"], None, _("登记过的全部微心愿，包括没有公布的和撤回的。")),
        Figure(_("公布过"), found["shown"], found["posted"], _("社区核实后公布过的，占提出的。")),
        Figure(_("认领过"), found["claimed"], found["shown"], _("有人认领过的，占公布过的。")),
        Figure(
            _("送达（帮的人说）"), found["delivered"], found["claimed"],
            _("登记了送达的，占认领过的。本人说没收到的不算。"),
        ),
        Figure(
            _("实现（本人确认）"), found["fulfilled"], found["delivered"],
            _("本人说收到了的，占送达的。本人没有回话的不算。"),
        ),
        Figure(_("认领到期收回过"), found["lapsed"], found["claimed"], _("满 7 天没有送到的。")),
        Figure(
            _("没有通过"), found["declined"], found["posted"], _("核实后没有公布的，都写了原因。")
        ),
    ]  # fmt: skip
