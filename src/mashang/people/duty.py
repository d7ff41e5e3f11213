"""Who is called for a unit at a moment: the shift, its deputies, the lead, the unit above."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    DateField,
    DateTimeField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from mashang.core.statements import Parameter, Prepared
from mashang.people.models import Absence, Account, Post, Shift, Unit
from mashang.places.models import ancestors

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class OnCall:
    """The person to tell, the unit whose post makes it theirs, and why it is this person."""

    account: Account
    unit: Unit
    reason: str  # "shift", "deputy", "lead" or "above"


# Shifts -----------------------------------------------------------------------------------------


def begins_on(shift: Shift, day: date) -> bool:
    """Whether the shift has a turn that begins on this day."""
    return (
        shift.valid_from <= day
        and (shift.valid_to is None or day <= shift.valid_to)
        and (shift.is_dated or str(day.isoweekday()) in shift.weekdays)
    )


def is_in_force(shift: Shift, at: datetime) -> bool:
    """Whether the row counted at this moment: made before it and not withdrawn by then."""
    return (shift.made_at is None or shift.made_at <= at) and (
        shift.withdrawn_at is None or at < shift.withdrawn_at
    )


def turns(shifts: Iterable[Shift], day: date, *, at: datetime) -> list[Shift]:
    """The shifts of one unit that count on a day, as known at `at`, in the order of calling.

    The dated ones where the day has any, else the regular ones.
    """
    standing = [s for s in shifts if begins_on(s, day) and is_in_force(s, at)]
    dated = [s for s in standing if s.is_dated]
    return sorted(dated or standing, key=lambda shift: (shift.order, shift.pk))


def on_shift(shifts: Collection[Shift], at: datetime) -> list[Shift]:
    """Those of one unit's shifts that run at this moment; one past midnight belongs to the day it
    began."""
    local = timezone.localtime(at)
    today, now = local.date(), local.time()
    running = [s for s in turns(shifts, today - ONE_DAY, at=at) if now < s.ends < s.starts]
    for shift in turns(shifts, today, at=at):
        is_whole_day = shift.starts == shift.ends
        if is_whole_day or (
            shift.starts <= now and (now < shift.ends or shift.ends < shift.starts)
        ):
            running.append(shift)
    return sorted(running, key=lambda shift: (shift.order, shift.pk))


def serves(shift: Shift, day: date) -> bool:
    """Whether the person still holds a post at the unit then: whoever left it is not called for
    it, whatever the roster says. For rows of `shifts_between`."""
    until = shift.serves_until  # type: ignore[attr-defined]
    return until is not None and day <= until


def shifts_between(first: date | Parameter, last: date | Parameter) -> QuerySet[Shift]:
    """The rows that may have a turn on one of these days, each with the last day on which its
    person has a post at the unit."""
    posts = Post.objects.filter(account=OuterRef("account"), unit=OuterRef("unit"))
    until = posts.annotate(until=Coalesce("ends_on", Value(date.max)))
    return Shift.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last
    ).annotate(serves_until=Subquery(until.order_by("-until").values("until")[:1]))


# Absences ---------------------------------------------------------------------------------------


def is_reachable(account: Account) -> bool:
    return account.is_active and bool(account.phone_index)


@dataclass
class Absences:
    """Who is away between two moments, and who does it instead."""

    of: dict[int, list[Absence]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(
        cls, since: datetime, until: datetime, accounts: Collection[int] | None = None
    ) -> "Absences":
        """Of these accounts and of their deputies, or of everybody with one query."""
        found = cls()
        rows = (
            Absence.objects.filter(starts_at__lte=until, ends_at__gt=since)
            .select_related("deputy")
            .order_by("-starts_at")
        )
        asked: set[int] = set()
        following = set(accounts or ())
        while accounts is None or following:
            asked |= following
            if accounts is None:
                new = list(rows.defer("deputy__phone", "deputy__password"))
            else:
                new = list(rows.filter(account__in=following))
            for absence in new:
                found.of[absence.account_id].append(absence)
            if accounts is None:
                break
            following = {a.deputy_id for a in new if a.deputy_id} - asked
        return found

    def at(self, account: int, at: datetime) -> Absence | None:
        """The absence that keeps this person away at a moment."""
        away = self.of.get(account, ())
        return next((a for a in away if a.starts_at <= at < a.ends_at), None)

    def called_for(self, person: Account, at: datetime) -> Account | None:
        """Whoever can be called for somebody: themselves, their deputy, the deputy's; or None."""
        seen: set[int] = set()
        called: Account | None = person
        while called is not None and called.pk not in seen:
            absence = self.at(called.pk, at)
            if absence is None:
                return called if is_reachable(called) else None
            seen.add(called.pk)
            called = absence.deputy
        return None


# Who is called ----------------------------------------------------------------------------------


_unit, _at = Parameter("unit", BigIntegerField()), Parameter("at", DateTimeField())
_yesterday, _today = Parameter("yesterday", DateField()), Parameter("today", DateField())


def _of_unit(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The shifts or posts of one unit with their people, and whether each is away."""
    away = Absence.objects.filter(account=OuterRef("account"), starts_at__lte=_at, ends_at__gt=_at)
    return rows.filter(unit=_unit).select_related("account").annotate(is_away=Exists(away))


_shifts: Prepared[Shift] = Prepared(lambda: _of_unit(shifts_between(_yesterday, _today)))
_leads: Prepared[Post] = Prepared(
    lambda: _of_unit(Post.objects.current(_today).filter(is_lead=True))
)


def _called(rows: Sequence[Any], at: datetime) -> Iterator[tuple[Account, Account]]:
    """(the person, whoever can be called for them) of these shifts or posts, where there is one.

    Absences are asked for only where somebody is away.
    """
    absences = Absences.load(at, at, {row.account_id for row in rows if row.is_away})
    for row in rows:
        called = absences.called_for(row.account, at)
        if called is not None:
            yield row.account, called


def _candidates(unit: Unit, at: datetime) -> Iterator[OnCall]:
    today = timezone.localdate(at)
    shifts = _shifts(unit=unit.pk, yesterday=today - ONE_DAY, today=today, at=at)
    on_duty = [shift for shift in on_shift(shifts, at) if serves(shift, today)]
    for person, called in _called(on_duty, at):
        yield OnCall(called, unit, "shift" if called == person else "deputy")
    for _person, called in _called(_leads(unit=unit.pk, today=today, at=at), at):
        yield OnCall(called, unit, "lead")


def who_is_on_call(
    unit: Unit, *, at: datetime | None = None, without: Iterable[int] = ()
) -> OnCall | None:
    """The person to tell for `unit` at `at`: never nobody while any unit above has somebody.

    `without` names accounts that must not be told (somebody whose phone is dead, for instance).
    Nobody is on duty for a unit that is closed; what comes to it goes to the unit above.
    """
    at = at or timezone.now()
    excluded = frozenset(without)
    step: Unit | None = unit
    while step is not None:
        for found in _candidates(step, at) if step.is_active else ():
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
