"""Writing services: each change is in the register, with what was there before."""

from secrets import token_hex

from django.db import transaction
from django.utils import timezone

from mashang.audit.actions import record
from mashang.directory.models import Service
from mashang.people.actors import Staff
from mashang.places.spelling import spell_new

WRITTEN = (
    "name", "kind", "words", "place", "address", "hours", "phone", "url", "unit", "is_active",
    "order",
)  # fmt: skip


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
