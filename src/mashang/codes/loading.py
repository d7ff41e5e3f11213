"""Loading QR codes from a table: given ones are kept as they are, missing ones are made."""

from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.codes import opening
from mashang.codes.models import Batch, BatchKind, Code, CodeEvent, CodeState, EventKind
from mashang.core.ids import clean_code, is_code, new_code
from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import Column, Faults, Row, Say, read_table
from mashang.people.models import Account, Unit
from mashang.places.models import Place
from mashang.places.naming import LONGEST, short_code

COLUMNS = (
    Column("place_code", ("地点代码", "区划代码"), is_required=True),
    Column("spot", ("楼栋或位置", "位置")),
    Column("unit_code", ("承办单位代码", "单位代码")),
    Column("batch", ("批次",), is_required=True),
    Column("batch_kind", ("批次类别",)),
    Column("code", ("编码", "二维码")),
    Column("state", ("状态",)),
    Column("second_name", ("第二种文字的地名",)),
    Column("opens", ("扫码打开",)),
)
WRITTEN = ("spot", "unit", "state", "state_since", "second_name")
BATCH = 500
Spot = tuple[str, str, str]  # batch name, place code, spot


@dataclass(frozen=True)
class Sign:
    """What a row says, cleaned; an empty `code` asks for a new one."""

    row: Row
    place: str
    spot: str
    unit: str
    batch: str
    batch_kind: str
    code: str
    state: str
    second_name: str
    opens: str


def load_codes(
    path: Path, *, dry_run: bool = False, say: Say | None = None, by: Account | None = None
) -> Tally:
    """Bring the codes in line with a table; codes that it does not name stay.

    A row without a code gets one, once: the same batch, place and spot are the same sign when the
    table is loaded again. A known code may change its spot, unit and state, never its place or
    batch, and one that was replaced stays as it is; what changed stands in the sign's history.
    Raises BadTable with every fault, and then writes nothing.
    """
    faults = Faults()
    signs = [_sign(row) for row in read_table(path, COLUMNS, faults, say=say)]
    with all_or_nothing(dry_run=dry_run):
        loading = Loading(by)
        for sign in signs:
            loading.bring_in_line(sign)
        faults.stop_if_any()
        return loading.write(len(signs))


def _sign(row: Row) -> Sign:
    code = clean_code(row.text("code", most=40))
    if code and not is_code(code):
        row.complain("code", _("不对，请核对（校验位不符）：%(code)s") % {"code": code})
    return Sign(
        row=row,
        place=short_code(row.code("place_code", most=LONGEST, is_needed=True)),
        spot=row.text("spot", most=80),
        unit=row.code("unit_code", most=40),
        batch=row.text("batch", most=80, is_needed=True),
        batch_kind=row.choice("batch_kind", BatchKind),
        code=code,
        state=row.choice("state", CodeState),
        second_name=row.text("second_name", most=120),
        opens=row.text("opens", most=30),
    )


class Loading:
    """One load: first everything in memory, so that all faults are found, then the writing."""

    def __init__(self, by: Account | None) -> None:
        self.by = by
        self.now = timezone.now()
        self.tally = Tally()
        self.places = set(Place.objects.current(timezone.localdate()).values_list("pk", flat=True))
        self.units = {unit.code: unit for unit in Unit.objects.filter(is_active=True)}
        self.batches = {batch.name: batch for batch in Batch.objects.all()}
        known = Code.objects.select_related("batch", "unit").select_for_update(of=("self",))
        self.codes = {code.code: code for code in known}
        # Of those that hung at one spot one after the other, the one that hangs there now.
        self.spots: dict[Spot, Code] = {
            (code.batch.name, code.place_id, code.spot): code
            for code in sorted(self.codes.values(), key=lambda code: code.replaced_by_id is None)
        }
        self.lines: dict[str, int] = {}  # by code
        self.forms = dict(opening.forms())
        self.new_batches: list[Batch] = []
        self.new: list[Code] = []
        self.changed: list[Code] = []
        self.events: list[CodeEvent] = []

    def bring_in_line(self, sign: Sign) -> None:
        self._check(sign)
        batch = self._batch(sign)
        if sign.row.is_bad or batch is None:
            return
        spot = (sign.batch, sign.place, sign.spot)
        code = self.codes.get(sign.code) if sign.code else self.spots.get(spot)
        if code is not None and code.code in self.lines:
            line = self.lines[code.code]
            what = _("编码") if sign.code else _("同一批次的同一位置")
            sign.row.refuse(_("%(what)s与第 %(line)d 行重复") % {"what": what, "line": line})
            return
        if code is None:
            code = self._new(sign, batch)
        else:
            self._change(code, sign)
        self.lines[code.code] = sign.row.line

    def _check(self, sign: Sign) -> None:
        if sign.place and sign.place not in self.places:
            sign.row.refuse(_("没有这个地点，或已停用：%(code)s") % {"code": sign.place})
        if sign.unit and sign.unit not in self.units:
            sign.row.refuse(_("没有这个单位，或已停用：%(code)s") % {"code": sign.unit})
        if sign.opens and sign.opens not in self.forms:
            sign.row.refuse(_("没有这张表单，或已停用：%(code)s") % {"code": sign.opens})

    def _batch(self, sign: Sign) -> Batch | None:
        batch = self.batches.get(sign.batch)
        if batch is not None:
            if sign.batch_kind and sign.batch_kind != batch.kind:
                sign.row.refuse(
                    _("批次“%(batch)s”的类别是%(kind)s")
                    % {"batch": batch.name, "kind": batch.get_kind_display()}
                )
            if sign.opens and sign.opens != batch.opens:
                sign.row.refuse(
                    _("批次“%(batch)s”扫码打开的是另一张表单，请在批次的页面上改")
                    % {"batch": batch.name}
                )
            return batch
        if sign.batch and not sign.batch_kind:
            sign.row.complain("batch_kind", _("没有填：新批次要写类别"))
        if sign.row.is_bad:
            return None
        batch = Batch(name=sign.batch, kind=sign.batch_kind, opens=sign.opens, created_at=self.now)
        self.batches[sign.batch] = batch
        self.new_batches.append(batch)
        self.tally[_("新增批次")] += 1
        return batch

    def _new(self, sign: Sign, batch: Batch) -> Code:
        code = Code(
            code=sign.code or self._unused(),
            place_id=sign.place,
            spot=sign.spot,
            unit=self.units.get(sign.unit),
            batch=batch,
            state=sign.state or CodeState.ISSUED,
            state_since=self.now,
            issued_at=self.now,
            second_name=sign.second_name,
        )
        self.codes[code.code] = code
        self.spots[sign.batch, sign.place, sign.spot] = code
        self.new.append(code)
        self.tally[_("新增编码")] += 1
        return code

    def _unused(self) -> str:
        text = new_code()
        while text in self.codes:
            text = new_code()
        return text

    def _change(self, code: Code, sign: Sign) -> None:
        if (code.place_id, code.batch.name) != (sign.place, sign.batch):
            sign.row.refuse(
                _("编码 %(code)s 已用在别处：%(place)s，批次“%(batch)s”")
                % {"code": code.code, "place": code.place_id, "batch": code.batch.name}
            )
            return
        if code.replaced_by_id and sign.state not in ("", code.state):
            sign.row.refuse(
                _("编码 %(code)s 已换成 %(new)s，状态不能再改")
                % {"code": code.code, "new": code.replaced_by_id}
            )
            return
        before = _described(code)
        code.second_name = sign.second_name or code.second_name
        code.spot = sign.spot or code.spot
        code.unit = self.units[sign.unit] if sign.unit else code.unit
        if sign.state and sign.state != code.state:
            code.state, code.state_since = sign.state, self.now
        after = _described(code)
        if before != after:
            self.changed.append(code)
            self.tally[_("修改编码")] += 1
            words = "，".join(
                f"{one or '—'} → {other or '—'}"
                for one, other in zip(before, after, strict=True)
                if one != other
            )
            self.events.append(
                CodeEvent(
                    code=code, kind=EventKind.TABLE, at=self.now, by=self.by, words=words[:200]
                )
            )

    def write(self, rows: int) -> Tally:
        Batch.objects.bulk_create(self.new_batches)
        Code.objects.bulk_create(self.new, batch_size=BATCH)
        Code.objects.bulk_update(self.changed, WRITTEN, batch_size=BATCH)
        CodeEvent.objects.bulk_create(self.events, batch_size=BATCH)
        self.tally.unchanged = rows - len(self.new) - len(self.changed)
        return self.tally


def _described(code: Code) -> tuple[str, ...]:
    """What a table may change about a code, as its history says it."""
    unit = code.unit.name if code.unit else ""
    return (code.spot, unit, str(code.get_state_display()), code.second_name)
