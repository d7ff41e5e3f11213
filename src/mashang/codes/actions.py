"""What happens to a sign after it was made: put up, damaged, mended, replaced, moved, given to
another unit, retired.

Each is one transaction under the code's lock: the code, its history, the register. Two people at
once: the second is told what the first did.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.codes.models import USABLE, Batch, Code, CodeEvent, CodeState, EventKind
from mashang.codes.opening import name_of
from mashang.core.errors import Refused
from mashang.people.actors import Actor, Staff
from mashang.people.models import Account, Unit
from mashang.places.models import Place

NOT_UP_YET = (CodeState.ISSUED,)


def mark_posted(codes: QuerySet[Code], names: Iterable[str], *, by: Actor) -> int:
    """Write down that these of `codes` were put up; how many were not written down before."""
    now = timezone.now()
    with transaction.atomic():
        found = list(
            codes.filter(pk__in=list(names), state__in=NOT_UP_YET)
            .select_for_update(of=("self",))
            .values_list("pk", flat=True)
        )
        Code.objects.filter(pk__in=found).update(state=CodeState.POSTED, state_since=now)
        CodeEvent.objects.bulk_create(
            [
                CodeEvent(code_id=name, kind=EventKind.POSTED, at=now, by=_account(by))
                for name in found
            ],
            batch_size=500,
        )
        if found:
            what = str(EventKind.POSTED.label)
            record("code", by=by, about="", data={"what": what, "count": len(found)})
    return len(found)


def report_damaged(code: Code, *, by: Actor, words: str = "") -> None:
    """The sign is torn, faded or gone; it still leads to the form until it is replaced."""
    with transaction.atomic():
        now = _locked(code, USABLE)
        if now.state == CodeState.DAMAGED:
            raise Refused(_("这块牌子已经报过破损了。"))
        _change(now, CodeState.DAMAGED, EventKind.DAMAGED, by=by, words=words)


def mend(code: Code, *, by: Actor) -> None:
    """The sign is whole again, or was not damaged after all."""
    with transaction.atomic():
        now = _locked(code, (CodeState.DAMAGED,))
        state = CodeState.LIVE if now.first_used_on else CodeState.POSTED
        _change(now, state, EventKind.MENDED, by=by)


def replace(code: Code, *, by: Actor) -> Code:
    """A new code for the same door; the old one leads to it from now on. The new code.

    Whatever was replaced by the old code before leads to the new one too.
    """
    with transaction.atomic():
        old = _locked(code, USABLE)
        new = Code.objects.create(
            place_id=old.place_id,
            spot=old.spot,
            second_name=old.second_name,
            unit_id=old.unit_id,
            batch_id=old.batch_id,
        )
        Code.objects.filter(replaced_by=old).update(replaced_by=new)
        Code.objects.filter(pk=old.pk).update(replaced_by=new)
        _change(old, CodeState.RETIRED, EventKind.REPLACED, by=by, words=new.pk)
    return new


def take_down(code: Code, *, by: Actor, words: str = "") -> None:
    """The sign is off its wall and hangs nowhere for now."""
    with transaction.atomic():
        _change(_locked(code, USABLE), CodeState.MOVED, EventKind.TAKEN, by=by, words=words)


def move(code: Code, place: Place, spot: str, *, by: Actor) -> None:
    """The same sign hangs somewhere else now. Raises Refused where a sign hangs there already."""
    with transaction.atomic():
        now = _locked(code, (*USABLE, CodeState.MOVED))
        if (now.place_id, now.spot) == (place.pk, spot) and now.state != CodeState.MOVED:
            raise Refused(_("位置和原来一样，没有挪。"))
        there = Code.objects.filter(place=place, spot=spot, state__in=USABLE).exclude(pk=now.pk)
        if there.exists():
            raise Refused(_("那个位置已经有一块牌子了。要换牌子，请用“换新码”。"))
        words = f"{now.place.full_name} {now.spot} → {place.full_name} {spot}"
        Code.objects.filter(pk=now.pk).update(place=place, spot=spot)
        state = CodeState.POSTED if now.state in (CodeState.ISSUED, CodeState.MOVED) else now.state
        _change(now, CodeState(state), EventKind.RELOCATED, by=by, words=words)


def give_to(code: Code, unit: Unit | None, *, by: Actor) -> None:
    """Have a unit answer for the sign; None for the place's own."""
    with transaction.atomic():
        now = _locked(code, (*USABLE, CodeState.MOVED))
        if now.unit == unit:
            raise Refused(_("承办单位和原来一样，没有换。"))
        Code.objects.filter(pk=now.pk).update(unit=unit)
        words = " → ".join(each.name if each else "—" for each in (now.unit, unit))
        _change(now, CodeState(now.state), EventKind.UNIT, by=by, words=words)


def have_open(batch: Batch, form: str, *, by: Actor) -> bool:
    """Have the codes of a batch open another form ("": the usual one); whether that is new."""
    with transaction.atomic():
        now = Batch.objects.select_for_update().get(pk=batch.pk)
        if now.opens == form:
            return False
        Batch.objects.filter(pk=batch.pk).update(opens=form)
        usual = _("平常的表单")
        words = " → ".join(name_of(each) or usual for each in (now.opens, form))
        data = {"what": _("扫码打开：{words}").format(words=words)}
        record("code", by=by, about=f"batch:{batch.pk}", data=data)
    return True


def retire(code: Code, *, by: Actor, words: str = "") -> None:
    """The sign is to lead nowhere any more but to the place's name."""
    with transaction.atomic():
        now = _locked(code, (*USABLE, CodeState.MOVED))
        _change(now, CodeState.RETIRED, EventKind.RETIRED, by=by, words=words)


def _locked(code: Code, states: Iterable[str]) -> Code:
    """The code as it is now, locked. Raises Refused where its state does not allow it."""
    now = (
        Code.objects.select_related("place", "unit").select_for_update(of=("self",)).get(pk=code.pk)
    )
    if now.state not in states:
        raise Refused(
            _("这个码现在是“{state}”，不能这样改。").format(state=now.get_state_display())
        )
    return now


def _change(code: Code, state: CodeState, kind: EventKind, *, by: Actor, words: str = "") -> None:
    now = timezone.now()
    if state != code.state:
        Code.objects.filter(pk=code.pk).update(state=state, state_since=now)
    CodeEvent.objects.create(code=code, kind=kind, at=now, by=_account(by), words=words[:200])
    data = {"what": f"{kind.label}：{words}" if words else str(kind.label)}
    record("code", by=by, about=f"code:{code.pk}", data=data, place=code.place_id)


def _account(by: Actor) -> Account | None:
    return by.account if isinstance(by, Staff) else None
