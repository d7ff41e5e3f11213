"""Which open cases a person may hand over, who has them, who could take them, who has none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.access import SEALED_KINDS, relations, visible_to
from mashang.cases.flow import Phase, State, Who
from mashang.cases.models import Case
from mashang.cases.redispatching import ORDINARY_KINDS
from mashang.people.actors import Actor, Staff, System
from mashang.people.models import Account, Post, Role, Unit
from mashang.places.models import subtree

OPEN = (Phase.OPEN, Phase.WAITING)
LEAVES_WITHIN = timedelta(days=30)
# Whoever keeps the system, its access or its records handles no cases.
NEVER_HANDLE = (Role.SYSTEM_OPERATOR, Role.SECURITY_OPERATOR, Role.AUDITOR)


# Who may ---------------------------------------------------------------------------------------


def may_hand_over(actor: Actor, case: Case) -> bool:
    """Dispatchers of the case, and whoever leads its unit. `handable_by` is the same as a query."""
    if isinstance(actor, System):
        return True
    found = relations(actor, case)
    if not found or not isinstance(actor, Staff):
        return False
    leads = any(post.is_lead and post.unit_id == case.unit_id for post in actor.posts)
    return Who.DISPATCHER in found or leads


def handable_by(actor: Staff) -> QuerySet[Case]:
    """The open cases with a unit that `actor` may hand over."""
    ordinary, sealed = Q(pk__in=[]), Q(pk__in=[])
    for post in actor.posts:
        mine = Q(pk__in=[])
        if post.is_lead:
            mine |= Q(unit_id=post.unit_id)
        if post.role == Role.DISPATCHER:
            mine |= subtree(post.place_id, field="place_id")
        ordinary |= mine
        if post.unit.kind in SEALED_KINDS:
            sealed |= mine
    reach = Q(is_sealed=False) & ordinary | Q(is_sealed=True) & sealed
    return with_owner(visible_to(actor)).filter(reach)


def with_owner(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The open ones that need an owner: those with a unit, but for members of a merged case, which
    go with their lead."""
    return cases.filter(phase__in=OPEN, unit__isnull=False).exclude(state=State.MERGED)


def open_of(account: Account) -> QuerySet[Case]:
    """The open cases on somebody's hands, whoever may see them."""
    return Case.objects.filter(assignee=account, phase__in=OPEN)


def count_open(account: Account) -> int:
    return open_of(account).count()


def hands_over(actor: Staff) -> bool:
    """Whether handing over is any of the person's business."""
    return any(post.is_lead or post.role == Role.DISPATCHER for post in actor.posts)


# Who could take one ----------------------------------------------------------------------------


def successors(unit: Unit, *, leaving: Account | None = None) -> QuerySet[Account]:
    """Who can be chosen: whoever holds a post at the unit today and can be told by SMS."""
    posts = Post.objects.current().filter(unit=unit).exclude(role__in=NEVER_HANDLE)
    people = Account.objects.filter(pk__in=posts.values("account"), is_active=True)
    people = people.exclude(phone_index="")
    return people.exclude(pk=leaving.pk) if leaving else people


def could_open(account: Account, case: Case) -> bool:
    """Whether the case would be there for this person if it were theirs: a sealed one is not for
    anybody who serves where it may concern."""
    kept = case.assignee_id
    case.assignee_id = account.pk
    try:
        return bool(relations(Staff(account), case))
    finally:
        case.assignee_id = kept


# Who has cases ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holding:
    """The open cases that one person has at one unit; `account` is None where nobody has them."""

    account: Account | None
    unit: Unit
    count: int
    why: str  # why they must be handed over, or will be; "" for whoever stays

    @property
    def is_leaving(self) -> bool:
        return bool(self.why)


def holdings(actor: Staff, *, today: date | None = None) -> list[Holding]:
    """Everybody who has open cases that `actor` may hand over, whoever leaves coming first."""
    today = today or timezone.localdate()
    counted = (
        handable_by(actor).order_by().values_list("unit", "assignee").annotate(count=Count("pk"))
    )
    rows = list(counted)
    units = Unit.objects.in_bulk({unit for unit, _account, _count in rows})
    accounts = Account.objects.defer("phone", "password").in_bulk(
        {account for _unit, account, _count in rows if account}
    )
    ends = last_days(accounts.keys())
    found = [
        Holding(
            accounts.get(account),
            units[unit],
            count,
            _why(accounts.get(account), units[unit], ends, today),
        )
        for unit, account, count in rows
    ]
    return sorted(
        found, key=lambda h: (not h.is_leaving, h.unit.code, h.account.name if h.account else "")
    )


def _why(
    account: Account | None, unit: Unit, ends: dict[tuple[int, int], date], today: date
) -> str:
    if account is None:
        return _("没有经办人")
    if not account.is_active:
        return _("账号已停用")
    if not unit.is_active:
        return _("单位已停用")
    last = ends.get((account.pk, unit.pk))
    if last is None:
        return ""
    if last < today:
        return _("{day} 已离任").format(day=f"{last:%Y-%m-%d}")
    return _("{day} 离任").format(day=f"{last:%Y-%m-%d}") if last <= today + LEAVES_WITHIN else ""


def last_days(accounts: Iterable[int]) -> dict[tuple[int, int], date]:
    """(account, unit) → the last day of their latest post there; one that is open has date.max."""
    found: dict[tuple[int, int], date] = {}
    rows = Post.objects.filter(account__in=list(accounts)).values_list("account", "unit", "ends_on")
    for account, unit, ends_on in rows:
        key = (account, unit)
        found[key] = max(found.get(key, date.min), ends_on or date.max)
    return found


# Cases that have nobody ------------------------------------------------------------------------


def orphans(*, at: datetime) -> Iterator[Case]:
    """Open cases that nobody has, or somebody who has left: switched off, no post at the unit or
    any unit above it, gone from the unit since the case came, or the unit was closed."""
    today = timezone.localdate(at)
    here = Post.objects.current(today).filter(account=OuterRef("assignee"), unit=OuterRef("unit"))
    suspects = (
        with_owner(Case.objects.all())
        .filter(Q(assignee=None) | Q(unit__is_active=False) | ~Exists(here))
        .select_related("place", "unit", "assignee")
        .order_by("pk")
    )
    rows = list(suspects)
    above = _chains({case.unit_id for case in rows if case.unit_id})
    people = {case.assignee_id for case in rows if case.assignee_id}
    serving: dict[int, set[int]] = defaultdict(set)
    for account, unit in (
        Post.objects.current(today).filter(account__in=people).values_list("account", "unit")
    ):
        serving[account].add(unit)
    left = {
        (account, unit): ends_on
        for account, unit, ends_on in Post.objects.filter(account__in=people, ends_on__lt=today)
        .order_by()
        .values_list("account", "unit")
        .annotate(Max("ends_on"))
    }
    for case in rows:
        person = case.assignee_id
        if person is None or not serving[person] & above[case.unit_id]:
            yield case
        elif case.unit_id not in serving[person]:
            gone_on = left.get((person, case.unit_id))
            if gone_on and gone_on >= timezone.localdate(case.received_at):
                yield case


def _chains(units: set[int]) -> dict[int, set[int]]:
    """Each unit with all above it, those in use only."""
    parents = {
        key: (parent, is_active)
        for key, parent, is_active in Unit.objects.values_list("pk", "parent", "is_active")
    }
    found: dict[int, set[int]] = {}
    for unit in units:
        chain: set[int] = set()
        seen: set[int] = set()
        step: int | None = unit
        while step is not None and step not in seen:
            seen.add(step)
            parent, is_active = parents[step]
            if is_active:
                chain.add(step)
            step = parent
        found[unit] = chain
    return found


# Units that were closed ------------------------------------------------------------------------


def units_to_take(actor: Staff, source: Unit) -> QuerySet[Unit]:
    """The units to which a dispatcher may move the cases of `source`: those of their places and
    of the places right above."""
    reach = Q(pk__in=[])
    for post in actor.posts:
        if post.role == Role.DISPATCHER:
            reach |= subtree(post.place_id, field="place_id") | Q(pk=post.unit.parent_id)
    kinds = SEALED_KINDS if source.kind in SEALED_KINDS else ORDINARY_KINDS
    units = Unit.objects.filter(reach, is_active=True, kind__in=kinds)
    return units.exclude(pk=source.pk)


def emptied_units(actor: Staff) -> list[tuple[Unit, int]]:
    """The closed units that still have open cases which `actor` may hand over."""
    rows = handable_by(actor).filter(unit__is_active=False).order_by()
    counted = dict(rows.values_list("unit").annotate(count=Count("pk")))
    return [(unit, counted[unit.pk]) for unit in Unit.objects.filter(pk__in=counted)]
