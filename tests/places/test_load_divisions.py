"""`load-divisions`: good tables, bad ones, the same one again, new names, mergers."""

import pytest
import time_machine

from mashang.places.models import FormerName, Kind, Level, Place
from places.conftest import ROWS
from tables import a_csv, an_xlsx, loaded, refused


def names():
    return dict(Place.objects.values_list("code", "name"))


def test_everything_follows_from_code_and_name(baiyin):
    yihe = Place.objects.get(pk="620402004007")
    assert (yihe.name, yihe.full_name) == ("颐和社区", "白银区工农路街道颐和社区")
    assert (yihe.level, yihe.kind, yihe.parent_id) == (Level.VILLAGE, Kind.COMMUNITY, "620402004")
    assert (yihe.pinyin, yihe.initials) == ("yiheshequ", "yhsq")
    assert Place.objects.get(pk="6204").parent is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_in_chinese_encodings_loads(db, tmp_path, encoding):
    loaded("load_divisions", a_csv(tmp_path / "t.csv", ROWS, encoding=encoding))
    assert len(names()) == len(ROWS) - 1


def test_excel_loads_with_codes_stored_as_numbers(db, tmp_path):
    rows = [ROWS[0], *((int(code), name) for code, name in ROWS[1:])]
    loaded("load_divisions", an_xlsx(tmp_path / "t.xlsx", rows))
    assert names()["620402004007"] == "颐和社区"


def test_the_order_of_the_rows_does_not_matter(db, tmp_path):
    loaded("load_divisions", a_csv(tmp_path / "t.csv", [ROWS[0], *reversed(ROWS[1:])]))
    assert Place.objects.get(pk="620402004007").full_name == "白银区工农路街道颐和社区"


def test_the_same_table_again_changes_nothing_and_says_so(baiyin, tmp_path):
    before = list(Place.objects.values())
    said = loaded("load_divisions", a_csv(tmp_path / "again.csv", ROWS))
    assert "没有变化" in said
    assert list(Place.objects.values()) == before
    assert not FormerName.objects.exists()


def test_a_dry_run_checks_everything_and_writes_nothing(baiyin, table):
    said = loaded("load_divisions", table(("620402004009", "新社区")), dry_run=True)
    assert "新增 1" in said
    assert "什么都没有写入" in said
    assert "620402004009" not in names()


BAD = [
    (("6204020040", "十位"), "代码位数不对"),
    (("62040200400A", "字母"), "代码只能是数字"),
    (("6.20402E+11", "科学计数"), "代码只能是数字"),
    (("620000000000", "甘肃省"), "省级"),
    (("620402009001", "无上级社区"), "找不到上级 620402009"),
    (("620402004007", "颐和社区", "2024-01-01", "620402004999"), "并入的代码不存在"),
    (("620402004007", "颐和社区", "", "620402004008"), "也要写停用日期"),
    (("620402004007", "颐和社区", "2024-01-01", "620402"), "只能并入同一层级"),
    (("620402004007", "颐和社区", "2024-01-01", "620402004007"), "绕成了圈"),
    (("620402004007", "颐和社区", "1999-01-01"), "停用日期要晚于启用日期"),
    (("620402004007", "颐和社区", "明年"), "不是日期"),
    (("620402004000", "工农路街道", "2024-01-01"), "也要停用或并入别处"),
    (("620402004007", ""), "没有填"),
    (("620402004007", "长" * 81), "太长"),
    (("6204020040070011", "3号楼"), "写明层级"),
]


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _row, reason in BAD])
def test_a_bad_row_is_refused_with_its_line_and_reason(baiyin, table, row, reason):
    said = refused("load_divisions", table(("620402004002", "工农路社区"), row))
    assert "第 3 行：" in said
    assert reason in said


def test_one_bad_row_stops_all_good_ones_and_all_bad_rows_are_listed(baiyin, table):
    before = list(Place.objects.values())
    path = table(
        ("620402004009", "好社区"),
        ("620402009001", "无上级社区"),
        ("620402004010", "另一个好社区"),
        ("12", "太短"),
        ("620402004010", "重复社区"),
    )
    said = refused("load_divisions", path)
    assert [line[:6] for line in said.splitlines()[:3]] == ["第 3 行：", "第 5 行：", "第 6 行："]
    assert "代码与第 4 行重复" in said
    assert "3 处错误，什么都没有写入" in said
    assert list(Place.objects.values()) == before


def test_level_and_parent_columns_must_agree_with_the_code(baiyin, table):
    header = ("code", "name", "level", "parent_code")
    good = ("620402004009", "新社区", "村社区", "620402004000")
    wrong = ("620402004010", "错社区", "township", "620402005000")
    said = refused("load_divisions", table(good, wrong, header=header))
    assert "层级与代码位数不符" in said
    assert "应为 620402004" in said
    loaded("load_divisions", table(good, header=header))
    assert names()["620402004009"] == "新社区"


def test_a_new_name_keeps_the_old_one_with_its_last_day(baiyin, table):
    with time_machine.travel("2024-05-06 04:00:00+00:00"):
        said = loaded("load_divisions", table(("620402004007", "颐园社区")))
    assert "改名 1" in said
    place = Place.objects.get(pk="620402004007")
    assert (place.name, place.pinyin) == ("颐园社区", "yiyuanshequ")
    former = FormerName.objects.get()
    assert (former.place, former.name, str(former.until)) == (place, "颐和社区", "2024-05-06")


def test_a_county_s_new_name_is_in_the_full_names_below_it(baiyin, table):
    loaded("load_divisions", table(("620402000000", "银城区")))
    assert Place.objects.get(pk="620402004007").full_name == "银城区工农路街道颐和社区"


def test_a_merged_place_is_closed_and_knows_its_successor(baiyin, table):
    path = table(("620402004008", "福宁社区", "2024-01-01", "620402004007"))
    assert "并入 1" in loaded("load_divisions", path)
    merged = Place.objects.get(pk="620402004008")
    assert (str(merged.valid_to), merged.successor_id) == ("2024-01-01", "620402004007")
    assert "没有变化" in loaded("load_divisions", path)


def test_a_township_closes_together_with_what_is_below_it(baiyin, table):
    path = table(
        ("620422103000", "头寨子镇", "2024-01-01", "620422100000"),
        ("620422103209", "颐和庄村", "2024-01-01", "620422100209"),
        ("620422100209", "颐和庄村"),
    )
    loaded("load_divisions", path)
    assert Place.objects.get(pk="620422103209").successor_id == "620422100209"


def test_an_empty_cell_reopens_nothing(baiyin, table):
    loaded("load_divisions", table(("620402004008", "福宁社区", "2024-01-01", "620402004007")))
    assert "没有变化" in loaded("load_divisions", table(("620402004008", "福宁社区")))


def test_grids_and_buildings_load_below_villages(baiyin, table):
    loaded(
        "load_divisions",
        table(
            ("620402004007001", "第一网格", ""),
            ("620402004007001003", "3号楼", "楼栋"),
            ("620402004008000001", "1号楼", "building"),
            header=("code", "name", "level"),
        ),
    )
    building = Place.objects.get(pk="620402004007001003")
    assert (building.level, building.parent_id) == (Level.BUILDING, "620402004007001")
    assert building.full_name == "白银区工农路街道颐和社区第一网格3号楼"
    assert Place.objects.get(pk="620402004008000001").parent_id == "620402004008"


def test_a_missing_file_is_named(db, tmp_path):
    assert "没有这个文件" in refused("load_divisions", tmp_path / "none.csv")
