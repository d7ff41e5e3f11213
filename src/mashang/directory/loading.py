"""Loading services from a table."""

from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.loading import Tally, all_or_nothing
from mashang.core.phones import WrongPhone
from mashang.core.tables import Column, Faults, Row, Say, read_table
from mashang.directory.actions import clean_number, spell_services
from mashang.directory.models import Kind, Service
from mashang.people.models import Unit
from mashang.places.models import Place
from mashang.places.naming import LONGEST, short_code

COLUMNS = (
    Column("code", ("代号",), is_required=True),
    Column("name", ("名称",), is_required=True),
    Column("kind", ("怎么用",), is_required=True),
    Column("words", ("能办什么",), is_required=True),
    Column("place_code", ("地点代码", "区划代码")),
    Column("address", ("在哪里", "地址")),
    Column("hours", ("什么时间", "时间")),
    Column("phone", ("电话",)),
    Column("url", ("网址",)),
    Column("unit_code", ("负责单位代码", "单位代码"), is_required=True),
    Column("checked_on", ("核对日期",)),
    Column("order", ("次序",)),
    Column("is_active", ("在用",)),
)
TEXTS = {"name": 40, "words": 120, "address": 120, "hours": 80, "phone": 20, "url": 300}
WRITTEN = (*TEXTS, "kind", "place_id", "unit_id", "checked_on", "order", "is_active")


def load_services(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally:
    """Bring the services in line with a table; those that it does not name stay.

    `place_code` empty is the whole city, `checked_on` empty is today. Raises BadTable with every
    fault, and then writes nothing.
    """
    faults = Faults()
    rows = list(read_table(path, COLUMNS, faults, say=say))
    with all_or_nothing(dry_run=dry_run):
        known = {service.code: service for service in Service.objects.all()}
        places = set(Place.objects.values_list("pk", flat=True))
        units = dict(Unit.objects.values_list("code", "pk"))
        tally, seen = Tally(), set()
        wanted = []
        for row in rows:
            service = _read(row, known, places, units)
            if service.code in seen:
                row.complain("code", _("重复：%(code)s") % {"code": service.code})
            seen.add(service.code)
            wanted.append(service)
        faults.stop_if_any()
        stored = {service.pk: service for service in Service.objects.all()}
        for service in wanted:
            before = stored.get(service.pk)
            if before and all(getattr(before, n) == getattr(service, n) for n in WRITTEN):
                tally.unchanged += 1
                continue
            service.save()
            tally[_("改动") if before else _("新增")] += 1
        spell_services()
        return tally


def _read(row: Row, known: dict[str, Service], places: set[str], units: dict[str, int]) -> Service:
    """The service of a row, as it would be stored."""
    code = row.code("code", most=40, is_needed=True)
    service = known.get(code) or Service(code=code)
    for name, most in TEXTS.items():
        setattr(service, name, row.text(name, most=most, is_needed=name in ("name", "words")))
    try:
        service.phone = clean_number(service.phone)
    except WrongPhone:
        row.complain("phone", _("请写手机号、带区号的座机，或者 12345 这样的短号码。"))
    service.kind = row.choice("kind", Kind, is_needed=True)
    service.place_id = short_code(row.code("place_code", most=LONGEST)) or None
    if service.place_id and service.place_id not in places:
        row.complain("place_code", _("没有这个地点：%(code)s") % {"code": service.place_id})
    unit = row.code("unit_code", most=40, is_needed=True)
    if unit and unit not in units:
        row.complain("unit_code", _("没有这个单位：%(code)s") % {"code": unit})
    service.unit_id = units.get(unit)  # type: ignore[assignment]
    service.checked_on = row.day("checked_on") or timezone.localdate()
    order = row.text("order", most=5)
    if order and not order.isdigit():
        row.complain("order", _("应写数字：%(value)s") % {"value": order})
    service.order = int(order) if order.isdigit() else 50
    active = row.yes_no("is_active")
    service.is_active = True if active is None else active
    if service.url and not service.url.startswith("https://"):
        row.complain("url", _("请写 https:// 开头的网址。"))
    if not (service.phone or service.address or service.url):
        row.refuse(_("电话、地址、网址至少写一样，居民才用得上。"))
    return service
