"""Loading divisions, grids and buildings from a table: all of it or nothing, again and again."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import Column, Faults, Row, Say, read_table
from mashang.places.models import FormerName, Level, Place
from mashang.places.naming import (
    LONGEST,
    full_name,
    kind_of,
    level_of,
    parent_code,
    short_code,
    short_name,
    spell,
)

COLUMNS = (
    Column("code", ("代码", "区划代码", "统计用区划代码"), is_required=True),
    Column("name", ("名称", "区划名称"), is_required=True),
    Column("level", ("层级", "级别")),
    Column("parent_code", ("上级代码", "上级")),
    Column("valid_from", ("启用日期", "启用")),
    Column("valid_to", ("停用日期", "停用")),
    Column("successor", ("并入代码", "并入")),
    Column("longitude", ("经度",)),
    Column("latitude", ("纬度",)),
)
# What lies in China, so that the two are not taken for each other.
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)
WRITTEN = (
    "parent_id",
    "level",
    "kind",
    "name",
    "full_name",
    "pinyin",
    "initials",
    "valid_from",
    "valid_to",
    "successor_id",
    "longitude",
    "latitude",
)
BELOW_GRID = (Level.BUILDING, Level.GROUP)
BATCH = 500

Places = dict[str, Place]


@dataclass(frozen=True)
class Division:
    """What a row says, cleaned; empty means that it says nothing."""

    row: Row
    code: str
    name: str
    level: str
    parent: str
    valid_from: date | None
    valid_to: date | None
    successor: str
    longitude: float | None
    latitude: float | None


def load_divisions(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally:
    """Bring the places in line with a table; places that it does not name stay as they are.

    Level, kind, parent, full name and pinyin follow from code and name (level must be given below
    grids). A changed name is kept as a former name until today. `valid_to` closes a place and
    `successor` says what it was merged into. An empty cell changes nothing. Raises BadTable with
    every fault, and then writes nothing.
    """
    faults = Faults()
    divisions = _divisions(read_table(path, COLUMNS, faults, say=say))
    with all_or_nothing(dry_run=dry_run):
        places = Place.objects.in_bulk()
        before = {code: _values(place) for code, place in places.items()}
        _apply(divisions, places)
        _name_in_full(divisions, places)
        _check(divisions, places)
        faults.stop_if_any()
        return _write(divisions, places, before)


def _divisions(rows: list[Row]) -> dict[str, Division]:
    """The rows by code, those that are above first."""
    divisions: dict[str, Division] = {}
    for row in rows:
        code = short_code(row.code("code", most=LONGEST, is_needed=True))
        if row.is_bad or not _has_form(row, code):
            continue
        if code in divisions:
            first = divisions[code].row.line
            row.refuse(_("代码与第 %(line)d 行重复：%(code)s") % {"line": first, "code": code})
        else:
            divisions[code] = _division(row, code)
    return dict(sorted(divisions.items(), key=lambda item: (len(item[0]), item[0])))


def _has_form(row: Row, code: str) -> bool:
    if not (code.isascii() and code.isdigit()):
        row.refuse(_("代码只能是数字：%(code)s（Excel 里请把这一列设为文本）") % {"code": code})
    elif len(code) < 4:
        row.refuse(_("省级及以上不用导入：%(code)s") % {"code": code})
    elif level_of(code) is None and len(code) < 16:
        row.refuse(
            _("代码位数不对：%(code)s（区划应为 12 位，网格 15 位，楼栋和联户 16 位以上）")
            % {"code": code}
        )
    else:
        return True
    return False


def _division(row: Row, code: str) -> Division:
    level, told = row.choice("level", Level), level_of(code)
    if told and level and level != told:
        row.refuse(_("层级与代码位数不符：%(level)s") % {"level": Level(level).label})
    if not told and level not in BELOW_GRID:
        row.refuse(_("16 位以上的代码要写明层级：楼栋或联户"))
    longitude, latitude = _degrees(row, "longitude", EAST), _degrees(row, "latitude", NORTH)
    if (longitude is None) != (latitude is None) and not row.is_bad:
        row.refuse(_("经度和纬度要一起写"))
    return Division(
        row=row,
        code=code,
        name=short_name(row.text("name", most=80, is_needed=True)),
        level=told or level,
        parent=short_code(row.code("parent_code", most=LONGEST)),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
        successor=short_code(row.code("successor", most=LONGEST)),
        longitude=longitude,
        latitude=latitude,
    )


def _degrees(row: Row, name: str, within: tuple[float, float]) -> float | None:
    """Degrees written as a decimal number; None for an empty cell, and for a refused one."""
    text = row.text(name, most=20)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not within[0] <= value <= within[1]:
        row.refuse(
            _("{column}写成小数的度，在 {least:g} 到 {most:g} 之间：{text}").format(
                column=_("经度") if name == "longitude" else _("纬度"),
                least=within[0], most=within[1], text=text,
            )
        )  # fmt: skip
        return None
    return round(value, 6)


def _apply(divisions: dict[str, Division], places: Places) -> None:
    """Put into `places` what good rows say, in memory alone."""
    for code, division in divisions.items():
        row = division.row
        parent = parent_code(code)
        if parent not in places and parent not in divisions and not level_of(code):
            parent = code[:12]  # a building in a village without grids
        if parent and parent not in places and parent not in divisions:
            row.refuse(_("找不到上级 %(parent)s，请把上级也写进表里") % {"parent": parent})
        if division.parent and division.parent != parent:
            row.refuse(_("上级代码与代码不符：应为 %(parent)s") % {"parent": parent})
        if row.is_bad:
            continue
        place = places.setdefault(code, Place(code=code))
        place.parent_id = parent or None
        place.level = division.level
        if place.name != division.name:
            place.name = division.name
            place.kind = kind_of(code, division.name)
            place.pinyin, place.initials = spell(division.name)
        place.valid_from = division.valid_from or place.valid_from
        place.valid_to = division.valid_to or place.valid_to
        place.successor_id = division.successor or place.successor_id
        if division.longitude is not None:
            place.longitude, place.latitude = division.longitude, division.latitude


def _name_in_full(divisions: dict[str, Division], places: Places) -> None:
    """Full names from the top down, of all places: a county's new name is in its villages' too."""
    for code in sorted(places, key=len):
        place = places[code]
        place.full_name = full_name(place.name, places.get(place.parent_id or ""))
        if len(place.full_name) > 200 and code in divisions:
            divisions[code].row.refuse(_("连同上级的全称超过 200 个字"))


def _check(divisions: dict[str, Division], places: Places) -> None:
    """Refuse closings that would leave something hanging."""
    for code, division in divisions.items():
        if division.row.is_bad:
            continue
        place = places[code]
        if place.valid_to and place.valid_to <= place.valid_from:
            division.row.refuse(_("停用日期要晚于启用日期"))
        if place.successor_id:
            _check_successor(place, divisions, places)
    closed = {code for code, place in places.items() if place.valid_to}
    for code, place in places.items():
        if place.valid_to or place.parent_id not in closed:
            continue
        told = divisions.get(place.parent_id) or divisions.get(code)
        if told:
            told.row.refuse(
                _("%(place)s 已停用，下面的 %(below)s 也要停用或并入别处")
                % {"place": places[place.parent_id].name, "below": place.name}
            )


def _check_successor(place: Place, divisions: dict[str, Division], places: Places) -> None:
    row = divisions[place.code].row
    if not place.valid_to:
        row.refuse(_("写了并入何处，也要写停用日期"))
    successor = places.get(place.successor_id or "")
    if successor is None and place.successor_id not in divisions:
        row.refuse(_("并入的代码不存在：%(code)s") % {"code": place.successor_id})
    elif successor and successor.level != place.level:
        row.refuse(_("只能并入同一层级：%(name)s") % {"name": successor.name})
    seen = {place.code}
    while successor is not None:
        if successor.code in seen:
            row.refuse(_("并入关系绕成了圈"))
            return
        seen.add(successor.code)
        successor = places.get(successor.successor_id or "")


def _values(place: Place) -> tuple[object, ...]:
    return tuple(getattr(place, name) for name in WRITTEN)


def _write(
    divisions: dict[str, Division], places: Places, before: dict[str, tuple[object, ...]]
) -> Tally:
    tally = Tally()
    new = [places[code] for code in divisions if code not in before]
    changed = [
        place for code, place in places.items() if code in before and before[code] != _values(place)
    ]
    renamed = []
    for place in changed:
        was = dict(zip(WRITTEN, before[place.code], strict=True))
        if was["name"] != place.name:
            tally[_("改名")] += 1
            renamed.append(FormerName(place=place, name=was["name"], until=timezone.localdate()))
        elif was["valid_to"] != place.valid_to:
            tally[_("并入") if place.successor_id else _("停用")] += 1
        else:
            tally[_("修改")] += 1
    tally[_("新增")] += len(new)
    tally.unchanged = len(divisions) - len(new) - sum(place.code in divisions for place in changed)
    Place.objects.bulk_create(new, batch_size=BATCH)
    Place.objects.bulk_update(changed, WRITTEN, batch_size=BATCH)
    FormerName.objects.bulk_create(renamed)
    return tally
