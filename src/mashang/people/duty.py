"""Who is called for a unit at a moment: the shift, its deputies, the lead, the unit above."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
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


def _present(
    account: Account, absences: dict[int, Absence], seen: frozenset[int]
) -> Account | None:
    """The account, or the deputy that stands in, or the deputy's deputy; None where nobody is."""
    if account.pk in seen:
        return None
    absence = absences.get(account.pk)
    if absence is None:
        return account if _reachable(account) else None
    if absence.deputy is None:
        return None
    return _present(absence.deputy, absences, seen | {account.pk})


def _absences(at: datetime) -> dict[int, Absence]:
    rows = Absence.objects.filter(starts_at__lte=at, ends_at__gt=at).select_related("deputy")
    return {row.account_id: row for row in rows}


def _candidates(unit: Unit, at: datetime, absences: dict[int, Absence]) -> Iterator[OnCall]:
    local = timezone.localtime(at)
    today = local.date()
    shifts = (
        Shift.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=today), unit=unit, valid_from__lte=today
        )
        .select_related("account")
        .order_by("order", "id")
    )
    for shift in shifts:
        if not covers(shift, local):
            continue
        person = _present(shift.account, absences, frozenset())
        if person is not None:
            yield OnCall(person, unit, "shift" if person == shift.account else "deputy")
    leads = Post.objects.current(today).filter(unit=unit, is_lead=True).select_related("account")
    for post in leads:
        person = _present(post.account, absences, frozenset())
        if person is not None:
            yield OnCall(person, unit, "lead")


def who_is_on_call(
    unit: Unit, *, at: datetime | None = None, without: Iterable[int] = ()
) -> OnCall | None:
    """The person to tell for `unit` at `at`: never nobody while any unit above has somebody.

    `without` names accounts that must not be told (somebody whose phone is dead, for instance).
    """
    at = at or timezone.now()
    excluded = frozenset(without)
    absences = _absences(at)
    step: Unit | None = unit
    while step is not None:
        for found in _candidates(step, at, absences):
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
