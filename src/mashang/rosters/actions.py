"""Everything that changes a roster: from now on, never what was; each recorded in the register.

The unit's row is locked first, so that two who arrange the same duty take turns; the moment from
which a change counts is read under that lock, or the second would not see what the first made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.core.cached import forget_all
from mashang.core.errors import Refused
from mashang.people.actors import Staff
from mashang.people.duty import ONE_DAY, shifts_between, turns
from mashang.people.hours import Hours
from mashang.people.models import Absence, Account, Shift, Unit
from mashang.rosters.access import deputies_of, may_arrange, may_excuse, members
from mashang.rosters.coverage import days
from mashang.rosters.wording import say_day, say_moment, say_shift

FURTHEST = timedelta(days=400)
LONGEST_ROTA = 31  # days that one form arranges
LONGEST_ABSENCE = timedelta(days=366)


class NotThere(Exception):
    """The unit, shift or person is not there for this actor; answered as an unknown address."""


@dataclass(frozen=True)
class Plan:
    """A shift to be made. On one day only where `day` is given, else by the hours' weekdays."""

    account: Account
    hours: Hours
    order: int = 1
    day: date | None = None
    first: date | None = None
    last: date | None = None


def _lock(unit: Unit, by: Staff) -> Unit:
    """The unit, held until the transaction ends; NotThere where `by` does not arrange it."""
    locked = Unit.objects.select_for_update().filter(pk=unit.pk).first()
    if locked is None or not may_arrange(by, locked):
        raise NotThere
    return locked


def _note(by: Staff, about: str, what: str, rows: Sequence[str], changes: str = "") -> None:
    data: dict[str, object] = {"what": what, "row": list(rows)}
    if changes:
        data["changes"] = changes
    record("duty", by=by, about=about, data=data)
    transaction.on_commit(forget_all)  # how many hours are uncovered, which the desk keeps


def rows_of(unit: Unit, first: date, last: date) -> list[Shift]:
    """The rows of the unit that count on some of these days and are not withdrawn."""
    rows = shifts_between(first, last).filter(unit=unit, withdrawn_at=None)
    return list(rows.select_related("account", "unit"))


# Making -----------------------------------------------------------------------------------------


def arrange(unit: Unit, plans: Iterable[Plan], *, by: Staff, at: datetime | None = None) -> None:
    """Put people on the unit's roster. Raises Refused (a day that is past, somebody who does not
    serve there, a shift that stands already) and NotThere; then nothing is written."""
    with transaction.atomic():
        unit, at = _lock(unit, by), at or timezone.now()
        made = [made_row(unit, plan, at=at) for plan in plans]
        _refuse_doubles(unit, made)
        Shift.objects.bulk_create(made)
        _note(by, f"unit:{unit.pk}", _("排班"), [say_shift(shift) for shift in made])


def made_row(unit: Unit, plan: Plan, *, at: datetime) -> Shift:
    today = timezone.localdate(at)
    first = plan.day or plan.first or today
    last = plan.day or plan.last
    if first < today:
        raise Refused(_("过去的日子不能再改：{day}。").format(day=say_day(first)))
    if first > today + FURTHEST:
        raise Refused(_("日子太远了，请核对：{day}。").format(day=say_day(first)))
    if last and last < first:
        raise Refused(_("结束的日子早于开始的日子。"))
    if not members(unit, day=first).filter(pk=plan.account.pk).exists():
        raise Refused(
            _("{name}在 {day} 不在{unit}任职，不能排在这里。").format(
                name=plan.account.name, unit=unit.name, day=say_day(first)
            )
        )
    if not plan.account.phone_index:
        raise Refused(
            _("{name}没有登记手机号，收不到短信，不能排班。").format(name=plan.account.name)
        )
    return Shift(
        unit=unit,
        account=plan.account,
        weekdays=plan.hours.weekdays,
        starts=plan.hours.starts,
        ends=plan.hours.ends,
        valid_from=first,
        valid_to=last,
        order=plan.order,
        is_dated=plan.day is not None,
        made_at=at,
    )


def _refuse_doubles(unit: Unit, made: Sequence[Shift]) -> None:
    """The same person in the same hours twice: a second tap, or a slip."""
    if not made:
        return
    first = min(shift.valid_from for shift in made)
    last = max(shift.valid_to or shift.valid_from + FURTHEST for shift in made)
    standing = {_sameness(shift): shift for shift in rows_of(unit, first, last)}
    for shift in made:
        other = standing.get(_sameness(shift))
        if other and (other.valid_to or date.max) >= shift.valid_from:
            raise Refused(_("已经排过了：{shift}。").format(shift=say_shift(other)))
        standing[_sameness(shift)] = shift


def _sameness(shift: Shift) -> tuple[object, ...]:
    day = shift.valid_from if shift.is_dated else None
    return shift.account_id, shift.is_dated, day, shift.weekdays, shift.starts, shift.ends


# Ending and changing ----------------------------------------------------------------------------


def _find(unit: Unit, key: int) -> Shift:
    shift = (
        Shift.objects.select_related("account", "unit")
        .filter(unit=unit, pk=key, withdrawn_at=None)
        .first()
    )
    if shift is None:
        raise Refused(_("这一班已经被撤下了。请看最新的值班表。"))
    return shift


def end(
    unit: Unit, key: int, *, by: Staff, last: date | None = None, at: datetime | None = None
) -> None:
    """Take a shift off the roster: after its turn of `last`, or from this moment on."""
    with transaction.atomic():
        unit, at = _lock(unit, by), at or timezone.now()
        shift = _find(unit, key)
        before = say_shift(shift)
        end_row(shift, last, at=at)
        changes = say_moment(at) if last is None else say_day(last)
        _note(by, f"unit:{unit.pk}", _("停班"), [before], changes)


def end_row(shift: Shift, last: date | None, *, at: datetime) -> None:
    today = timezone.localdate(at)
    if shift.valid_to and shift.valid_to < today:
        raise Refused(_("这一班已经过去了，不用再停。"))
    if last is None or last < shift.valid_from:
        shift.withdrawn_at = at
    elif last < today:
        raise Refused(_("过去的日子不能再改：{day}。").format(day=say_day(last)))
    elif shift.valid_to and shift.valid_to <= last:
        raise Refused(_("这一班本来就到 {day} 为止。").format(day=say_day(shift.valid_to)))
    else:
        shift.valid_to = last
    shift.save(update_fields=["valid_to", "withdrawn_at"])


def change(unit: Unit, key: int, plan: Plan, *, by: Staff, at: datetime | None = None) -> None:
    """Have another shift take the place of this one from `plan.first` on (a regular one), or at
    once (one of a single day)."""
    with transaction.atomic():
        unit, at = _lock(unit, by), at or timezone.now()
        old = _find(unit, key)
        new = made_row(unit, plan, at=at)
        before = say_shift(old)
        is_later = not old.is_dated and new.valid_from > max(old.valid_from, timezone.localdate(at))
        end_row(old, new.valid_from - ONE_DAY if is_later else None, at=at)
        _refuse_doubles(unit, [new])
        new.save(force_insert=True)
        _note(by, f"unit:{unit.pk}", _("换成另一班"), [before, say_shift(new)])


# Swapping ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swap:
    """`other` takes over from `one` on `day`. With `back`, `one` takes over from `other` there;
    where both are on duty on `day`, they change places."""

    one: Account
    other: Account
    day: date
    back: date | None = None


def swap(unit: Unit, what: Swap, *, by: Staff, at: datetime | None = None) -> None:
    """Swap two people: their day gets a roster of its own, like the regular one but for them."""
    if what.one == what.other:
        raise Refused(_("请选两个不同的人。"))
    with transaction.atomic():
        unit, at = _lock(unit, by), at or timezone.now()
        made = _exchanged(unit, what.day, what.one, what.other, at=at)
        if what.back and what.back != what.day:
            made += _exchanged(unit, what.back, what.other, what.one, at=at)
        words = _("{one}和{other}").format(one=what.one.name, other=what.other.name)
        rows = [say_shift(shift) for shift in made]
        _note(by, f"unit:{unit.pk}", _("换班"), rows, words)


def _exchanged(unit: Unit, day: date, one: Account, other: Account, *, at: datetime) -> list[Shift]:
    """That day's roster with `other` for `one` (and the other way round), made dated."""
    rows = turns(rows_of(unit, day, day), day, at=at)
    if one.pk not in {shift.account_id for shift in rows}:
        raise Refused(_("{name}在 {day} 没有班，换不了。").format(name=one.name, day=say_day(day)))
    instead = {one.pk: other, other.pk: one}
    made = [
        made_row(
            unit,
            Plan(
                instead.get(shift.account_id, shift.account),
                Hours(starts=shift.starts, ends=shift.ends),
                shift.order,
                day=day,
            ),
            at=at,
        )
        for shift in rows
        if shift.account_id in instead or not shift.is_dated
    ]
    gone = [shift.pk for shift in rows if shift.is_dated and shift.account_id in instead]
    Shift.objects.filter(pk__in=gone).update(withdrawn_at=at)
    return Shift.objects.bulk_create(made)


# Absences ---------------------------------------------------------------------------------------


def report_absence(
    account: Account,
    *,
    starts_at: datetime,
    ends_at: datetime,
    deputy: Account | None,
    by: Staff,
    at: datetime | None = None,
) -> Absence:
    """Somebody cannot take calls for a while. Raises Refused and NotThere, then nothing is
    written."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = Account.objects.select_for_update().filter(pk=account.pk, is_active=True).first()
        if locked is None or not may_excuse(by, locked):
            raise NotThere
        _check_times(starts_at, ends_at, at=at)
        starts_at = max(starts_at, at)
        if deputy is not None:
            _check_deputy(locked, deputy)
        overlapping = Absence.objects.filter(
            account=locked, starts_at__lt=ends_at, ends_at__gt=starts_at
        ).first()
        if overlapping is not None:
            raise Refused(
                _("这段时间已经报过离岗（{starts} 到 {ends}）。要改，请先结束那一次。").format(
                    starts=say_moment(overlapping.starts_at),
                    ends=say_moment(overlapping.ends_at, ends=True),
                )
            )
        made = Absence.objects.create(
            account=locked, deputy=deputy, starts_at=starts_at, ends_at=ends_at
        )
        _note(by, f"account:{locked.pk}", _("离岗"), [say_absence(made)])
    return made


def _check_times(starts_at: datetime, ends_at: datetime, *, at: datetime) -> None:
    if ends_at <= starts_at:
        raise Refused(_("结束的时间要晚于开始的时间。"))
    if ends_at <= at or timezone.localdate(starts_at) < timezone.localdate(at):
        raise Refused(_("过去的日子不能再改：{day}。").format(day=say_moment(starts_at)))
    if ends_at - starts_at > LONGEST_ABSENCE:
        raise Refused(_("一次离岗最长一年。长期离开的人，请由系统管理员办理离任。"))


def _check_deputy(account: Account, deputy: Account) -> None:
    if not deputies_of(account).filter(pk=deputy.pk).exists():
        raise Refused(_("代班的人要在同一单位或上级单位任职。"))
    if not deputy.phone_index:
        raise Refused(_("{name}没有登记手机号，不能代班。").format(name=deputy.name))


def end_absence(absence: Absence, *, by: Staff, at: datetime | None = None) -> None:
    """Back again, or not going after all. The time that has passed stays as it was."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = Absence.objects.select_for_update().select_related(None).get(pk=absence.pk)
        if not may_excuse(by, locked.account):
            raise NotThere
        if locked.ends_at <= at:
            raise Refused(_("这次离岗已经结束了。"))
        before = say_absence(locked)
        locked.ends_at = max(at, locked.starts_at)
        locked.save(update_fields=["ends_at"])
        _note(by, f"account:{locked.account_id}", _("结束离岗"), [before], say_moment(at))


def say_absence(absence: Absence) -> str:
    """An absence as the register keeps it."""
    deputy = absence.deputy.name if absence.deputy else _("没有人代")
    return _("{name} {starts} 到 {ends}，代班：{deputy}").format(
        name=absence.account.name,
        starts=say_moment(absence.starts_at),
        ends=say_moment(absence.ends_at, ends=True),
        deputy=deputy,
    )


def next_order(unit: Unit) -> int:
    """The place after everybody who is on the regular roster."""
    rows = shifts_between(timezone.localdate(), date.max).filter(unit=unit, withdrawn_at=None)
    return (rows.aggregate(last=Max("order"))["last"] or 0) + 1


def dates_between(first: date, last: date) -> list[date]:
    """The days of a rota that one form arranges. Raises Refused where they are too many."""
    found = days(first, last)
    if not found:
        raise Refused(_("结束的日子早于开始的日子。"))
    if len(found) > LONGEST_ROTA:
        raise Refused(_("一次最多排 {days} 天。").format(days=LONGEST_ROTA))
    return found
