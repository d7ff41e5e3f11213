"""Planning a batch: from the register of places, from the units, or from a list, before anything
is made."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.audit.actions import record
from mashang.codes.access import OF_PLACES
from mashang.codes.models import USABLE, Batch, BatchDraft, BatchKind, Code, CodeState
from mashang.core.errors import Refused
from mashang.core.ids import new_code
from mashang.core.tables import Column, Faults, Row, read_table
from mashang.people.actors import Actor, Staff
from mashang.people.models import Unit, UnitKind
from mashang.places.models import TOWNSHIP_DIGITS, Level, Place, subtree
from mashang.places.naming import LONGEST, short_code

COLUMNS = (
    Column("place_code", ("地点代码", "区划代码"), is_required=True),
    Column("spot", ("楼栋或位置", "位置")),
    Column("households", ("户数",)),
    Column("unit_code", ("承办单位代码", "单位代码")),
    Column("second_name", ("第二种文字的地名",)),
)
# How many households share a sign in a village: one code for every 30 is what Baiyin posted.
HOUSEHOLDS = 30
MOST_HOUSEHOLDS = 20_000
MOST_SIGNS = 100_000
LEVELS = {BatchKind.BUILDING: Level.BUILDING, BatchKind.GROUP: Level.GROUP}
# Of leaders and inspectors no sign hangs anywhere.
WITHOUT_DOOR = (UnitKind.LEADERSHIP, UnitKind.INSPECTION)
CHUNK = 500

Planned = tuple[str, str, str, str]  # place code, spot, unit code, name in the second script


@dataclass
class Plan:
    """Signs that would be made, and how many of the spots have one already."""

    signs: list[Planned] = field(default_factory=list)
    skipped: int = 0


def from_places(kind: BatchKind, area: str) -> Plan:
    """A sign for every building, group of households or office in `area` ("": the whole city).

    Raises Refused where the register has none, and says what to do instead.
    """
    if kind == BatchKind.OFFICE:
        wanted = list(_offices(area))
    elif kind in LEVELS:
        places = Place.objects.current(timezone.localdate()).filter(level=LEVELS[kind])
        places = places.filter(subtree(area)) if area else places
        wanted = [(code, "", "", "") for code in places.values_list("pk", flat=True)]
    else:
        raise Refused(_("站点、车辆和其他的牌子没有登记在地点里，请用表格。"))
    if not wanted:
        raise Refused(
            _("这个范围里没有登记{kind}。请用表格列出来，或先导入地点。").format(kind=kind.label)
        )
    return without_known(wanted)


def _offices(area: str) -> Iterable[Planned]:
    units = Unit.objects.filter(is_active=True).exclude(kind__in=WITHOUT_DOOR)
    units = units.filter(subtree(area, field="place_id")) if area else units
    for unit in units.order_by("place_id", "code"):
        # A department answers for itself behind its own door; the rest by their places.
        own = "" if unit.kind in OF_PLACES else unit.code
        yield unit.place_id, unit.name[:80], own, ""


def from_list(path: Path, *, households: int = HOUSEHOLDS) -> Plan:
    """The signs of a table (CSV or Excel): one a row, or one for every so many households.

    Raises BadTable with every fault, Refused where there are too many.
    """
    faults = Faults()
    rows = read_table(path, COLUMNS, faults)
    places = set(Place.objects.current(timezone.localdate()).values_list("pk", flat=True))
    units = set(Unit.objects.filter(is_active=True).values_list("code", flat=True))
    wanted: list[Planned] = []
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        for sign in _of_row(row, places, units, households):
            first = lines.setdefault(sign[:2], row.line)
            if first != row.line:
                row.refuse(_("和第 {line} 行是同一地点、同一位置").format(line=first))
            wanted.append(sign)
    faults.stop_if_any()
    if len(wanted) > MOST_SIGNS:
        raise Refused(_("一批最多 {count} 个码，请分成几批。").format(count=MOST_SIGNS))
    return without_known(wanted)


def _of_row(row: Row, places: set[str], units: set[str], households: int) -> list[Planned]:
    place = short_code(row.code("place_code", most=LONGEST, is_needed=True))
    spot, unit = row.text("spot", most=60), row.code("unit_code", most=40)
    second, count = row.text("second_name", most=120), row.code("households", most=6)
    if place and place not in places:
        row.refuse(_("没有这个地点，或已停用：%(code)s") % {"code": place})
    if unit and unit not in units:
        row.refuse(_("没有这个单位，或已停用：%(code)s") % {"code": unit})
    if not count:
        return [(place, spot, unit, second)]
    if not (count.isascii() and count.isdigit() and 0 < int(count) <= MOST_HOUSEHOLDS):
        row.complain("households", _("应写 1 到 %(most)d 的数") % {"most": MOST_HOUSEHOLDS})
        return []
    signs = []
    for first in range(1, int(count) + 1, households):
        last = min(first + households - 1, int(count))
        # Not translated: it stands on the sign, whatever language the operator reads.
        signs.append((place, f"{spot} 第 {first} 至 {last} 户".strip(), unit, second))
    return signs


def without_known(wanted: Sequence[Planned]) -> Plan:
    """The plan without spots where a sign hangs already: planning twice makes no second one."""
    known = set(Code.objects.filter(state__in=USABLE).values_list("place_id", "spot"))
    signs = [sign for sign in wanted if sign[:2] not in known]
    return Plan(signs, len(wanted) - len(signs))


def by_township(signs: Iterable[Sequence[str]]) -> list[tuple[str, int]]:
    """(full name of the township, signs there), in the order of the map."""
    counts = Counter(sign[0][:TOWNSHIP_DIGITS] for sign in signs)
    names = dict(Place.objects.filter(pk__in=counts).values_list("pk", "full_name"))
    return [(names.get(code, code), counts[code]) for code in sorted(counts)]


def keep_draft(plan: Plan, *, name: str, kind: str, by: Actor, opens: str = "") -> BatchDraft:
    """Keep a plan for the person to look at. Raises Refused where it would make nothing, or where
    the name is taken."""
    _check_name(name)
    if not plan.signs:
        raise Refused(
            _("这些位置都已经有码了（{count} 处），不用再做。").format(count=plan.skipped)
        )
    return BatchDraft.objects.create(
        name=name,
        kind=kind,
        opens=opens,
        signs=plan.signs,
        skipped=plan.skipped,
        made_by=by.account if isinstance(by, Staff) else None,
    )


def _check_name(name: str) -> None:
    if Batch.objects.filter(name=name).exists():
        raise Refused(_("已有叫“{name}”的批次，请换一个名称。").format(name=name))


@transaction.atomic
def make_batch(draft: BatchDraft, *, by: Actor) -> Batch:
    """Make what was planned and looked at, once. Raises Refused where something changed since."""
    if not BatchDraft.objects.select_for_update().filter(pk=draft.pk).exists():
        raise Refused(_("这一批刚才已经做好了。"))
    _check_name(draft.name)
    plan = without_known([tuple(sign) for sign in draft.signs])
    places, codes_of_units = {sign[0] for sign in plan.signs}, {sign[2] for sign in plan.signs}
    current = set(Place.objects.current(timezone.localdate()).values_list("pk", flat=True))
    active = Unit.objects.filter(code__in=codes_of_units, is_active=True)
    units = {unit.code: unit for unit in active}
    if places - current or codes_of_units - {"", *units} or plan.skipped:
        raise Refused(_("看过以后，地点、单位或已有的码有了变化，什么都没有做。请重新出方案。"))
    now = timezone.now()
    batch = Batch.objects.create(
        name=draft.name, kind=draft.kind, opens=draft.opens, created_at=now
    )
    known = set(Code.objects.values_list("pk", flat=True))
    codes = []
    for place, spot, unit, second in plan.signs:
        text = new_code()
        while text in known:
            text = new_code()
        known.add(text)
        codes.append(
            Code(
                code=text, place_id=place, spot=spot, unit=units.get(unit), batch=batch,
                second_name=second, state=CodeState.ISSUED, state_since=now, issued_at=now,
            )
        )  # fmt: skip
    Code.objects.bulk_create(codes, batch_size=CHUNK)
    draft.delete()
    what = _("生成批次：{name}").format(name=batch.name)
    record("code", by=by, about=f"batch:{batch.pk}", data={"what": what, "count": len(codes)})
    return batch
