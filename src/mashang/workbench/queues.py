"""The queues of the desk, each defined once: what it is called, what it holds, in which order,
and who has it. Counts, lists and badges all read this table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mashang.cases.access import SEALED_KINDS
from mashang.cases.flow import ClockName, Phase, State
from mashang.cases.models import Ask, AskKind, Clock, Rating
from mashang.followup.access import inspection_posts
from mashang.followup.queries import open_rows
from mashang.people.actors import Staff
from mashang.people.models import Role
from mashang.places.models import subtree

LIVE = Q(phase__in=(Phase.OPEN, Phase.WAITING))
DISPUTED_FOR = timedelta(days=30)  # afterwards nothing can be done about it on the desk
ROLES_THAT_WORK = (Role.HANDLER, Role.DISPATCHER, Role.LEADER, Role.INSPECTOR)

Text = str | Promise


@dataclass(frozen=True)
class Queue:
    """`holds` says which of the cases that a person may see are in it, `order` names one of
    `ordering.ORDERS`. Only queues of live cases take part in the one count of all."""

    name: str
    label: Text
    hint: Text
    holds: Callable[[Staff, datetime], Q]
    order: str
    has: Callable[[Staff], bool]
    group: str
    is_live: bool = True
    is_counted: bool = True

    def condition(self, actor: Staff, now: datetime) -> Q:
        """What is in it. The phase is said, so that the index of live cases serves."""
        held = self.holds(actor, now)
        return LIVE & held if self.is_live else held


def _with(*roles: Role) -> Callable[[Staff], bool]:
    return lambda actor: any(post.role in roles for post in actor.posts)


def works_on_cases(actor: Staff) -> bool:
    """Whether any of the person's posts has to do with cases at all."""
    return any(post.is_lead or post.role in ROLES_THAT_WORK for post in actor.posts)


def _inspects(actor: Staff) -> bool:
    return any(post.unit.kind in SEALED_KINDS for post in actor.posts)


def _asked(*kinds: AskKind) -> Q:
    return Q(pk__in=Ask.objects.filter(decided_at=None, kind__in=kinds).values("case"))


def _within(actor: Staff, *roles: Role) -> Q:
    """The cases of the places over which the person holds one of `roles`."""
    found = Q(pk__in=[])
    for post in actor.posts:
        if post.role in roles:
            found |= subtree(post.place_id, field="place_id")
    return found


def _without_owner(_actor: Staff, _now: datetime) -> Q:
    """What nobody could be given: no unit, or nobody on duty there or anywhere above."""
    return Q(state=State.TO_TRIAGE) | Q(assignee=None) & ~Q(state=State.MERGED)


def _to_call(_actor: Staff, _now: datetime) -> Q:
    running = Clock.objects.filter(name=ClockName.CONTACT, stopped_at=None)
    return Q(pk__in=running.values("case"))


def _disputed(_actor: Staff, now: datetime) -> Q:
    unsolved = Rating.objects.filter(is_solved=False, rated_at__gte=now - DISPUTED_FOR)
    return Q(state=State.CLOSED, pk__in=unsolved.values("case"))


def _my_places(actor: Staff, _now: datetime) -> Q:
    found = Q(unit__in=[post.unit_id for post in actor.posts])
    for post in actor.posts:
        found |= subtree(post.place_id, field="place_id")
    return found


TO_DO, TO_DECIDE, TO_WATCH, ALL = "do", "decide", "watch", "all"
GROUPS: dict[str, Text] = {
    TO_DO: _("要办的"),
    TO_DECIDE: _("等决定的"),
    TO_WATCH: _("要盯的"),
    ALL: _("范围"),
}

QUEUES: dict[str, Queue] = {
    queue.name: queue
    for queue in (
        Queue(
            "mine", _("我经办的"), _("派到您名下、还没有办结的事项。"),
            lambda actor, _now: Q(assignee_id=actor.account.pk), "due",
            works_on_cases, TO_DO,
        ),
        Queue(
            "triage", _("待分拨"), _("没有承办单位，或者没有经办人，等派单员安排。"),
            _without_owner, "oldest",
            _with(Role.DISPATCHER), TO_DO,
        ),
        Queue(
            "acknowledge", _("待签收"), _("已经派下去，单位还没有签收。"),
            lambda _actor, _now: Q(state=State.DISPATCHED), "due",
            works_on_cases, TO_DO,
        ),
        Queue(
            "contact", _("待回电"), _("还没有给诉求人打第一个电话。"),
            _to_call, "due", works_on_cases, TO_DO,
        ),
        Queue(
            "overdue", _("超时"), _("最近的一个期限已经过了。"),
            lambda _actor, now: Q(due_at__lt=now), "due",
            works_on_cases, TO_DO,
        ),
        Queue(
            "returned", _("退单待定"), _("单位说不归自己管，等派单员裁定。"),
            lambda _actor, _now: Q(state=State.RETURN_ASKED), "due",
            works_on_cases, TO_DECIDE,
        ),
        Queue(
            "help", _("请求支援"), _("单位请上级支援，等答复。"),
            lambda _actor, _now: _asked(AskKind.HELP), "due",
            works_on_cases, TO_DECIDE,
        ),
        Queue(
            "extension", _("申请延期"), _("单位申请延长期限，等决定。"),
            lambda _actor, _now: _asked(AskKind.EXTENSION), "due",
            works_on_cases, TO_DECIDE,
        ),
        Queue(
            "deferred", _("已挂账"), _("约好日期再办的事项，先到日期的排在前面。"),
            lambda _actor, _now: Q(state=State.DEFERRED), "deferred",
            works_on_cases, TO_WATCH,
        ),
        Queue(
            "follow_up", _("待回访"), _("抽中要给诉求人回访、还没有打完的事项。"),
            lambda actor, _now: Q(pk__in=open_rows(actor).values("case")), "closed",
            lambda actor: bool(inspection_posts(actor)), TO_WATCH, is_live=False,
        ),
        Queue(
            "disputed", _("诉求人说没解决"), _("最近 30 天里，单位办结了、诉求人说没有解决。"),
            _disputed, "closed",
            _with(Role.DISPATCHER, Role.LEADER, Role.INSPECTOR), TO_WATCH, is_live=False,
        ),
        Queue(
            "sealed", _("涉及干部或单位"), _("只有督查岗能看的事项。"),
            lambda _actor, _now: Q(is_sealed=True), "due", _inspects, TO_WATCH,
        ),
        Queue(
            "places", _("辖区在办"), _("您的单位和辖区里还没有办结的全部事项。"),
            _my_places, "due", works_on_cases, ALL,
        ),
        Queue(
            "all", _("全部"), _("您能看到的全部事项，包括已经办结的。"),
            lambda _actor, _now: Q(), "newest",
            works_on_cases, ALL, is_live=False, is_counted=False,
        ),
    )
}  # fmt: skip


def queues_of(actor: Staff) -> list[Queue]:
    """The queues that a person has, in the table's order."""
    return [queue for queue in QUEUES.values() if queue.has(actor)]


def first_queue(actor: Staff) -> Queue:
    """Where the desk opens: a dispatcher's work is what waits to be sent on, a leader's the
    whole place, everybody else's what is on their own hands."""
    roles = {post.role for post in actor.posts}
    if roles & {Role.HANDLER} or any(post.is_lead for post in actor.posts):
        return QUEUES["mine"]
    return QUEUES["places"]
