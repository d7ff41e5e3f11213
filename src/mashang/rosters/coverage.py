"""Which hours of which units nobody covers, and which only the unit's lead does.

Reads a whole county with as many queries as one village: shifts, leads, absences.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

from mashang.people.duty import ONE_DAY, Absences, begins_on, on_shift, serves, shifts_between
from mashang.people.models import EVERY_DAY, Post, Shift, Unit, UnitKind

AHEAD = timedelta(days=14)
# Leaders are told by the ladder; nothing is dispatched to them.
WITHOUT_DUTY = (UnitKind.LEADERSHIP,)


class Cover(StrEnum):
    """Who would be called: somebody on duty, only the unit's lead, or nobody of the unit."""

    DUTY = "duty"
    LEAD = "lead"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Span:
    """A stretch of time with the same cover. `is_arranged`: somebody is on the roster, who
    cannot be called (away without a deputy, without a phone, gone)."""

    starts: datetime
    ends: datetime
    cover: Cover
    is_arranged: bool


@dataclass
class Roster:
    """Shifts and leads of one unit, with everybody's absences."""

    shifts: list[Shift] = field(default_factory=list)
    leads: list[Post] = field(default_factory=list)
    absences: Absences = field(default_factory=Absences)

    def cover_at(self, at: datetime) -> tuple[Cover, bool]:
        """(who would be called, whether anybody is on the roster)."""
        arranged, day = on_shift(self.shifts, at), timezone.localdate(at)
        if any(serves(s, day) and self.absences.called_for(s.account, at) for s in arranged):
            return Cover.DUTY, True
        leads = [post for post in self.leads if _holds(post, day)]
        if any(self.absences.called_for(post.account, at) for post in leads):
            return Cover.LEAD, bool(arranged)
        return Cover.NOBODY, bool(arranged)

    def spans(self, since: datetime, until: datetime) -> list[Span]:
        """The whole time from `since` to `until`, cut where the cover changes."""
        cuts = sorted({since, *(cut for cut in self._cuts(since, until) if since < cut < until)})
        found: list[Span] = []
        for starts, ends in zip(cuts, [*cuts[1:], until], strict=True):
            cover, is_arranged = self.cover_at(starts)
            last = found[-1] if found else None
            if last and (last.cover, last.is_arranged) == (cover, is_arranged):
                found[-1] = Span(last.starts, ends, cover, is_arranged)
            else:
                found.append(Span(starts, ends, cover, is_arranged))
        return found

    def _cuts(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Every moment at which something may change."""
        first, last = timezone.localdate(since) - ONE_DAY, timezone.localdate(until)
        for shift in self.shifts:
            yield from filter(None, (shift.made_at, shift.withdrawn_at))
            until = shift.serves_until  # type: ignore[attr-defined]
            if until and until < last:
                yield midnight(until + ONE_DAY)
            if _is_always(shift):
                yield midnight(shift.valid_from)
                if shift.valid_to:
                    yield midnight(shift.valid_to + ONE_DAY)
                continue
            for day in days(max(first, shift.valid_from), min(last, shift.valid_to or last)):
                if begins_on(shift, day):
                    yield from (midnight(day), midnight(day + ONE_DAY))
                    yield from turn(shift, day)
        for post in self.leads:
            yield midnight(post.starts_on)
            if post.ends_on:
                yield midnight(post.ends_on + ONE_DAY)
        people = {s.account_id for s in self.shifts} | {post.account_id for post in self.leads}
        seen: set[int] = set()
        while people:
            person = people.pop()
            seen.add(person)
            for absence in self.absences.of.get(person, ()):
                yield from (absence.starts_at, absence.ends_at)
                if absence.deputy_id and absence.deputy_id not in seen:
                    people.add(absence.deputy_id)


def _holds(post: Post, day: date) -> bool:
    return post.starts_on <= day and (post.ends_on is None or day <= post.ends_on)


def _is_always(shift: Shift) -> bool:
    return not shift.is_dated and shift.starts == shift.ends and shift.weekdays == EVERY_DAY


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def midnight(day: date) -> datetime:
    """When a day of the city begins."""
    return datetime.combine(day, time(), timezone.get_current_timezone())


def turn(shift: Shift, day: date) -> tuple[datetime, datetime]:
    """When the shift's turn of this day begins and ends."""
    if shift.starts == shift.ends:
        return midnight(day), midnight(day + ONE_DAY)
    zone = timezone.get_current_timezone()
    last = day if shift.starts < shift.ends else day + ONE_DAY
    return datetime.combine(day, shift.starts, zone), datetime.combine(last, shift.ends, zone)


def rosters(units: Iterable[Unit], since: datetime, until: datetime) -> dict[int, Roster]:
    """The rosters of these units between two moments, with three queries for any number."""
    keys = [unit.pk for unit in units]
    first, last = timezone.localdate(since) - ONE_DAY, timezone.localdate(until)
    absences = Absences.load(since, until)
    found = {key: Roster(absences=absences) for key in keys}
    shifts = shifts_between(first, last).filter(unit__in=keys)
    for shift in (
        shifts.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=since))
        .select_related("account")
        .defer("account__phone", "account__password")
    ):
        found[shift.unit_id].shifts.append(shift)
    leads = Post.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=first), starts_on__lte=last, unit__in=keys, is_lead=True
    )
    for post in leads.select_related("account").defer("account__phone", "account__password"):
        found[post.unit_id].leads.append(post)
    return found


@dataclass(frozen=True)
class Hole:
    """Hours of a unit that nobody covers, or only its lead."""

    unit: Unit
    spans: tuple[Span, ...]

    @property
    def first(self) -> Span:
        return self.spans[0]


@dataclass
class Holes:
    """What is open in a time: units with hours of nobody, and units that only their lead covers."""

    nobody: list[Hole] = field(default_factory=list)
    lead: list[Hole] = field(default_factory=list)


def holes(units: Sequence[Unit], since: datetime, until: datetime) -> Holes:
    """Of the units to which anything is dispatched; in the order of the units given."""
    asked = [unit for unit in units if unit.kind not in WITHOUT_DUTY]
    found = Holes()
    read = rosters(asked, since, until)
    for unit in asked:
        spans = read[unit.pk].spans(since, until)
        for kind, into in ((Cover.NOBODY, found.nobody), (Cover.LEAD, found.lead)):
            open_spans = tuple(span for span in spans if span.cover == kind)
            if open_spans:
                into.append(Hole(unit, open_spans))
    return found
