"""Who is called for a unit at a moment: the shift, its deputies, the lead, the unit above."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from mashang.people.models import Absence, Account, Post, Shift, Unit
from mashang.places.models import ancestors


@dataclass(frozen=True)
class OnCall:
    """The person to tell, the unit whose post makes it theirs, and why it is this person."""

    account: Account
    unit: Unit
    reason: str  # "shift", "deputy", "lead" or "above"


def covers(shift: Shift, local: datetime) -> bool:
    """Whether the shift runs at this city time; one past midnight belongs to the day it began."""
    now = local.time()
    if shift.starts == shift.ends:
        return str(local.isoweekday()) in shift.weekdays
    if shift.starts < shift.ends:
        return str(local.isoweekday()) in shift.weekdays and shift.starts <= now < shift.ends
    if now >= shift.starts:
        return str(local.isoweekday()) in shift.weekdays
    yesterday = str((local.isoweekday() - 2) % 7 + 1)
    return now < shift.ends and yesterday in shift.weekdays


def _reachable(account: Account) -> bool:
    return account.is_active and bool(account.phone)


def _absences(accounts: Iterable[int], at: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(account__in=list(accounts), starts_at__lte=at, ends_at__gt=at)


def _stand_in(account: int, at: datetime, seen: frozenset[int]) -> Account | None:
    """Who stands in for somebody absent: the deputy, or the deputy's; None where nobody does."""
    absence = _absences([account], at).select_related("deputy").first()
    deputy = absence and absence.deputy
    if deputy is None or deputy.pk in seen:
        return None
    if _absences([deputy.pk], at).exists():
        return _stand_in(deputy.pk, at, seen | {deputy.pk})
    return deputy if _reachable(deputy) else None


def _present(people: list[Account], at: datetime) -> Iterator[tuple[Account, Account]]:
    """(the person, whoever can be called for them: themselves or a deputy), where there is one."""
    ids = [person.pk for person in people]
    absent = set(_absences(ids, at).order_by().values_list("account", flat=True)) if ids else set()
    for person in people:
        if person.pk not in absent:
            if _reachable(person):
                yield person, person
        elif deputy := _stand_in(person.pk, at, frozenset({person.pk})):
            yield person, deputy


def _candidates(unit: Unit, at: datetime) -> Iterator[OnCall]:
    local = timezone.localtime(at)
    today = local.date()
    shifts = (
        Shift.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=today), unit=unit, valid_from__lte=today
        )
        .select_related("account")
        .order_by("order", "id")
    )
    for person, called in _present([s.account for s in shifts if covers(s, local)], at):
        yield OnCall(called, unit, "shift" if called == person else "deputy")
    leads = Post.objects.current(today).filter(unit=unit, is_lead=True).select_related("account")
    for _person, called in _present([post.account for post in leads], at):
        yield OnCall(called, unit, "lead")


def who_is_on_call(
    unit: Unit, *, at: datetime | None = None, without: Iterable[int] = ()
) -> OnCall | None:
    """The person to tell for `unit` at `at`: never nobody while any unit above has somebody.

    `without` names accounts that must not be told (somebody whose phone is dead, for instance).
    """
    at = at or timezone.now()
    excluded = frozenset(without)
    step: Unit | None = unit
    while step is not None:
        for found in _candidates(step, at):
            if found.account.pk not in excluded:
                reason = found.reason if step == unit else "above"
                return OnCall(found.account, step, reason)
        step = step.parent
    return None


def holders(position: str, place_code: str, *, day: datetime | None = None) -> list[Post]:
    """Who holds a rung of the ladder for a place: posts of that position over any place above it.

    The nearest scope wins: the county leader of this township, not of the whole county.
    """
    return holders_by_place(position, [place_code], day=day)[place_code]


def holders_by_place(
    position: str, place_codes: Iterable[str], *, day: datetime | None = None
) -> dict[str, list[Post]]:
    """`holders` of each of the places, with one query for all."""
    above = {code: ancestors(code) for code in place_codes}
    local = timezone.localtime(day or timezone.now())
    posts = (
        Post.objects.current(local.date())
        .filter(position=position, place__in={code for codes in above.values() for code in codes})
        .select_related("account", "unit")
        .order_by("id")
    )
    by_scope: dict[str, list[Post]] = {}
    for post in posts:
        by_scope.setdefault(post.place_id, []).append(post)
    return {
        code: next((by_scope[scope] for scope in reversed(scopes) if scope in by_scope), [])
        for code, scopes in above.items()
    }
