"""Writing services: each change is in the register, with what was there before."""

from secrets import token_hex

from django.db import transaction
from django.utils import timezone

from mashang.audit.actions import record
from mashang.core.phones import clean_phone
from mashang.core.tables import narrow
from mashang.directory.models import Service
from mashang.people.actors import Staff
from mashang.places.spelling import spell_new

SHORT_NUMBERS = range(3, 7)  # digits: 110, 12345, 955988
WRITTEN = (
    "name", "kind", "words", "place", "address", "hours", "phone", "url", "unit", "is_active",
    "order",
)  # fmt: skip


def clean_number(typed: str) -> str:
    """A number to be called: a short one like 12345 as it is, any other as phones are kept.

    Raises WrongPhone.
    """
    number = narrow(typed)
    is_short = number.isascii() and number.isdigit() and len(number) in SHORT_NUMBERS
    return number if not number or is_short else clean_phone(number)


def keep(service: Service, *, by: Staff, before: dict[str, object] | None = None) -> Service:
    """Store a new or changed service, as checked today by whoever wrote it. `before` is what
    stood there, for the register."""
    with transaction.atomic():
        service.checked_on, service.checked_by = timezone.localdate(), by.account
        is_new = service.pk is None
        if is_new:
            service.code = f"s-{token_hex(4)}"
        service.save()
        after = facts(service)
        changed = {name: [(before or {}).get(name), value] for name, value in after.items()}
        changes = {name: both for name, both in changed.items() if is_new or both[0] != both[1]}
        what = "added" if is_new else "changed"
        data = {"what": what, "row": service.name, "changes": changes}
        record("service", by=by, about=f"service:{service.pk}", data=data)
    return service


def confirm(service: Service, *, by: Staff) -> None:
    """Somebody looked: all of it is still so."""
    with transaction.atomic():
        Service.objects.filter(pk=service.pk).update(
            checked_on=timezone.localdate(), checked_by=by.account
        )
        data = {"what": "checked", "row": service.name}
        record("service", by=by, about=f"service:{service.pk}", data=data)


def facts(service: Service) -> dict[str, object]:
    """What can be changed, as the register keeps it."""
    values = {name: getattr(service, name) for name in WRITTEN}
    return {
        name: value if isinstance(value, str | int | bool | None) else str(value)
        for name, value in values.items()
    }


def spell_services() -> int:
    """Write the pinyin of services whose name is new; returns how many."""
    return spell_new(Service.objects.all())
