"""`load-codes`: given codes, generated ones, bad rows, the same table again."""

import pytest

from mashang.codes import actions
from mashang.codes.models import Batch, Code, CodeEvent, CodeState, EventKind
from mashang.core.ids import is_code, new_code
from mashang.people.actors import SYSTEM
from mashang.places.models import Place
from tables import a_csv, an_xlsx, loaded, refused

HEADER = ("地点代码", "楼栋或位置", "承办单位代码", "批次", "批次类别", "编码", "状态")
YIHE = "620402004007"
GIVEN = "BYYHSQ333G"
ROWS = [
    HEADER,
    (YIHE, "3号楼", "yihe", "首批", "居民楼", GIVEN, "使用中"),
    (YIHE, "4号楼", "", "首批", "", "", "posted"),
    ("620402004000", "便民大厅", "", "办公", "office", "", ""),
]


@pytest.fixture
def signs(unit, tmp_path):
    loaded("load_codes", a_csv(tmp_path / "codes.csv", ROWS))


@pytest.fixture
def table(tmp_path):
    def write(*rows):
        return a_csv(tmp_path / "change.csv", [HEADER, *rows])

    return write


def test_given_codes_are_kept_and_missing_ones_are_made(signs):
    given = Code.objects.get(pk=GIVEN)
    assert (given.place_id, given.spot, given.unit.code) == (YIHE, "3号楼", "yihe")
    assert (given.state, given.batch.name, given.batch.kind) == ("live", "首批", "building")
    made = Code.objects.get(spot="4号楼")
    assert is_code(made.code)
    assert (made.state, made.unit) == (CodeState.POSTED, None)
    assert Code.objects.get(spot="便民大厅").state == CodeState.ISSUED
    assert Batch.objects.count() == 2


@pytest.mark.parametrize("kind", ["gb18030", "utf-8-sig", "xlsx"])
def test_csv_and_excel_load(unit, tmp_path, kind):
    if kind == "xlsx":
        path = an_xlsx(tmp_path / "t.xlsx", ROWS)
    else:
        path = a_csv(tmp_path / "t.csv", ROWS, encoding=kind)
    loaded("load_codes", path)
    assert Code.objects.count() == 3


def test_the_same_table_again_makes_no_further_code(signs, tmp_path):
    before = list(Code.objects.values())
    assert "没有变化" in loaded("load_codes", a_csv(tmp_path / "again.csv", ROWS))
    assert list(Code.objects.values()) == before


def test_a_dry_run_writes_nothing(unit, tmp_path):
    said = loaded("load_codes", a_csv(tmp_path / "t.csv", ROWS), dry_run=True)
    assert "新增编码 3" in said
    assert not Code.objects.exists()
    assert not Batch.objects.exists()


def test_a_changed_state_is_dated(signs, table):
    before = Code.objects.get(pk=GIVEN).state_since
    loaded("load_codes", table((YIHE, "", "", "首批", "", GIVEN, "破损")))
    code = Code.objects.get(pk=GIVEN)
    assert (code.state, code.spot) == (CodeState.DAMAGED, "3号楼")
    assert code.state_since > before


def test_what_a_table_changed_stands_in_the_signs_history(signs, table):
    row = (YIHE, "门房", "", "首批", "", GIVEN, "破损")
    loaded("load_codes", table(row))
    event = CodeEvent.objects.get()
    assert (event.code_id, event.kind, event.by) == (GIVEN, EventKind.TABLE, None)
    assert event.words == "3号楼 → 门房，使用中 → 破损"
    loaded("load_codes", table(row))
    assert CodeEvent.objects.count() == 1


def test_a_replaced_code_stays_as_it_is_and_the_new_one_is_meant(signs, table, tmp_path):
    new = actions.replace(Code.objects.get(spot="4号楼"), by=SYSTEM)
    old = Code.objects.get(replaced_by=new)
    said = refused("load_codes", table((YIHE, "", "", "首批", "", old.pk, "使用中")))
    assert f"已换成 {new.pk}" in said
    assert Code.objects.get(pk=old.pk).state == CodeState.RETIRED
    loaded("load_codes", table((YIHE, "4号楼", "", "首批", "", "", "使用中")))
    assert Code.objects.get(pk=new.pk).state == CodeState.LIVE
    assert Code.objects.filter(spot="4号楼").count() == 2


BAD = [
    (("620402009001", "", "", "首批", "", "", ""), "没有这个地点"),
    (("", "", "", "首批", "", "", ""), "“地点代码”没有填"),
    ((YIHE, "", "nobody", "首批", "", "", ""), "没有这个单位"),
    ((YIHE, "", "", "", "", "", ""), "“批次”没有填"),
    ((YIHE, "", "", "新批", "", "", ""), "新批次要写类别"),
    ((YIHE, "", "", "首批", "办公场所", "", ""), "的类别是居民楼"),
    ((YIHE, "", "", "新批", "城堡", "", ""), "不认识：城堡"),
    ((YIHE, "", "", "首批", "", "BYYHSQ333H", ""), "校验位不符"),
    ((YIHE, "", "", "首批", "", "", "丢了"), "不认识：丢了"),
    ((YIHE, "长" * 81, "", "首批", "", "", ""), "太长"),
    (("620402004008", "", "", "首批", "", GIVEN, ""), "已用在别处"),
    ((YIHE, "9号楼", "", "首批", "", "", ""), "同一批次的同一位置与第 2 行重复"),
]


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _row, reason in BAD])
def test_a_bad_row_is_refused_with_its_line_and_writes_nothing(signs, table, row, reason):
    before = list(Code.objects.values())
    said = refused("load_codes", table((YIHE, "9号楼", "", "首批", "", "", ""), row))
    assert "第 3 行：" in said
    assert reason in said
    assert list(Code.objects.values()) == before
    assert Batch.objects.count() == 2


def test_the_same_code_twice_in_a_table_is_refused(signs, table):
    row = (YIHE, "5号楼", "", "首批", "", new_code(), "")
    assert "编码与第 2 行重复" in refused("load_codes", table(row, row))


def test_a_merged_place_gets_no_new_codes(signs, table, merge):
    merge("620402004008", YIHE)
    assert Place.objects.get(pk="620402004008").valid_to
    row = ("620402004008", "1号楼", "", "首批", "", "", "")
    assert "没有这个地点，或已停用" in refused("load_codes", table(row))
