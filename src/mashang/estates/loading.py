"""Loading estates from a table."""

from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.cases.models import CatalogueRule, Category
from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import Column, Faults, Row, Say, read_table
from mashang.core.versions import write
from mashang.estates.models import Estate
from mashang.people.models import Unit, UnitKind
from mashang.places.models import Place
from mashang.places.naming import LONGEST, short_code

COLUMNS = (
    Column("place_code", ("小区地点代码", "地点代码"), is_required=True),
    Column("households", ("户数",)),
    Column("persons", ("人数",)),
    Column("branch_code", ("党组织单位代码",), is_required=True),
    Column("manager_code", ("物业单位代码",)),
    Column("committee_code", ("业委会单位代码",)),
    Column("categories", ("由党组织派单的类别",)),
)
WRITTEN = ("households", "persons", "branch_id", "manager_id", "committee_id")
MOST_PEOPLE = 200_000


def load_estates(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally:
    """Bring the estates in line with a table; those that it does not name stay.

    `categories` (codes, separated by 、) are those whose matters go to the branch first, although
    the catalogue names a department for them: written as rules of the catalogue for the estate's
    place, from today, where there is none yet. Raises BadTable with every fault, and then writes
    nothing.
    """
    faults = Faults()
    rows = list(read_table(path, COLUMNS, faults, say=say))
    with all_or_nothing(dry_run=dry_run):
        places = {place.pk: place for place in Place.objects.filter(pk__in=_codes(rows))}
        units = {unit.code: unit for unit in Unit.objects.filter(is_active=True)}
        categories = {category.code: category for category in Category.objects.all()}
        known = Estate.objects.in_bulk()
        wanted, rules, seen = [], [], set()
        for row in rows:
            estate = _read(row, places, units)
            if estate.place_id in seen:
                row.complain("place_code", _("重复：%(code)s") % {"code": estate.place_id})
            seen.add(estate.place_id)
            wanted.append(estate)
            rules += _rules(row, estate, categories)
        faults.stop_if_any()
        tally = Tally()
        for estate in wanted:
            before = known.get(estate.place_id)
            if before and all(getattr(before, n) == getattr(estate, n) for n in WRITTEN):
                tally.unchanged += 1
                continue
            estate.save()
            tally[_("改动") if before else _("新增")] += 1
        if rules:
            write(rules, by=None)
            tally[_("职责目录")] += len(rules)
        return tally


def _codes(rows: list[Row]) -> list[str]:
    return [short_code(row.code("place_code", most=LONGEST)) for row in rows]


def _read(row: Row, places: dict[str, Place], units: dict[str, Unit]) -> Estate:
    code = short_code(row.code("place_code", most=LONGEST, is_needed=True))
    if code and code not in places:
        row.complain("place_code", _("没有这个地点：%(code)s") % {"code": code})
    branch = _unit(row, "branch_code", units, is_needed=True)
    if branch and (branch.place_id != code or branch.kind != UnitKind.COMMUNITY):
        row.complain(
            "branch_code",
            _("党组织要登记成“村（社区）”类的单位，所在地写小区，小区里的事才先到它那里"),
        )
    return Estate(
        place_id=code,
        households=_number(row, "households"),
        persons=_number(row, "persons"),
        branch=branch,
        manager=_unit(row, "manager_code", units),
        committee=_unit(row, "committee_code", units),
    )


def _unit(row: Row, name: str, units: dict[str, Unit], *, is_needed: bool = False) -> Unit | None:
    code = row.code(name, most=40, is_needed=is_needed)
    if code and code not in units:
        row.complain(name, _("没有这个单位，或已停用：%(code)s") % {"code": code})
    return units.get(code)


def _number(row: Row, name: str) -> int:
    typed = row.text(name, most=8)
    if typed and not (typed.isascii() and typed.isdigit() and int(typed) <= MOST_PEOPLE):
        row.complain(name, _("应写数字：%(value)s") % {"value": typed})
        return 0
    return int(typed or 0)


def _rules(row: Row, estate: Estate, categories: dict[str, Category]) -> list[CatalogueRule]:
    """Rules that send these categories to the branch, where the estate's place has none yet."""
    typed = row.text("categories", most=400)
    codes = [code.strip() for code in typed.replace(",", "、").replace("，", "、").split("、")]
    codes = [code for code in dict.fromkeys(codes) if code]
    for code in codes:
        if code not in categories:
            row.complain("categories", _("没有这个类别：%(code)s") % {"code": code})
    known = set(
        CatalogueRule.objects.standing()
        .filter(place=estate.place_id, category__code__in=codes)
        .values_list("category__code", flat=True)
    )
    return [
        CatalogueRule(
            category=categories[code],
            place_id=estate.place_id,
            unit=estate.branch,
            valid_from=timezone.localdate(),
            reason=_("业主下单，先由党组织派单"),
        )
        for code in codes
        if code in categories and code not in known
    ]
