"""Reading operators' tables: encodings, Excel, headers, and every fault with its line."""

from datetime import date, datetime, time
from zipfile import ZipFile

import pytest

from mashang.core.tables import BadTable, Column, Faults, read_table
from mashang.people.models import Role
from tables import a_csv, an_xlsx

COLUMNS = (
    Column("code", ("代码",), is_required=True),
    Column("name", ("名称",)),
    Column("starts", ("启用日期",)),
    Column("lead", ("负责人",)),
    Column("role", ("角色",)),
)
HEADER = ("code", "name", "starts", "lead", "role")


def rows_of(path):
    return read_table(path, COLUMNS, Faults())


def faults_of(read):
    with pytest.raises(BadTable) as refused:
        read()
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_is_read_in_every_usual_encoding(tmp_path, encoding):
    path = a_csv(tmp_path / "t.csv", [("代码", "名称"), ("1", "颐和社区")], encoding=encoding)
    assert rows_of(path)[0].text("name", most=80) == "颐和社区"


def test_excel_numbers_dates_and_booleans_read_as_a_person_typed_them(tmp_path):
    rows = [
        HEADER,
        (620402004007, "颐和社区", datetime(2024, 1, 31), True, "经办"),
        (12.0, time(8, 5)),
    ]
    first, second = rows_of(an_xlsx(tmp_path / "t.xlsx", rows))
    assert first.code("code", most=24) == "620402004007"
    assert first.day("starts") == date(2024, 1, 31)
    assert first.yes_no("lead") is True
    assert first.choice("role", Role) == Role.HANDLER
    assert (second.cells["code"], second.cells["name"]) == ("12", "08:05")


def test_lines_are_counted_as_an_editor_shows_them(tmp_path):
    path = a_csv(tmp_path / "t.csv", [HEADER, ("1", "两行\n名称"), (), ("2", "b")])
    assert [(row.line, row.cells["name"]) for row in rows_of(path)] == [(2, "两行 名称"), (5, "b")]


def test_a_misspelt_missing_or_doubled_header_is_refused(tmp_path):
    path = a_csv(tmp_path / "t.csv", [("名称", "name", "日斯"), ("颐和社区", "", "")])
    assert faults_of(lambda: rows_of(path)) == [
        "第 1 行：同一列写了两次：name",
        "第 1 行：不认识的列：日斯",
        "第 1 行：t.csv 缺少这一列：code/代码",
    ]


def test_remarks_are_let_through_and_cells_without_a_header_are_not(tmp_path):
    path = a_csv(tmp_path / "t.csv", [("code", "备注", ""), ("1", "好", ""), ("2", "", "多")])
    faults = Faults()
    rows = read_table(path, COLUMNS, faults)
    assert [row.is_bad for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("t.csv", b"", "没有数据"),
        ("t.csv", b"code,name\n", "没有数据"),
        ("t.csv", "code\n1\n".encode("utf-16"), "读不出文字"),
        ("t.csv", b'code,name\n1,"a\n2,b\n', "引号不成对"),
        ("t.xlsx", b"not a workbook", "打不开"),
        ("t.xls", b"\xd0\xcf\x11\xe0", "另存为"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in faults_of(lambda: rows_of(path))[0]


def test_a_workbook_broken_half_way_is_refused(tmp_path):
    whole = an_xlsx(tmp_path / "whole.xlsx", [HEADER, *((str(n), "村") for n in range(500))])
    broken = tmp_path / "broken.xlsx"
    with ZipFile(whole) as source, ZipFile(broken, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            cut = len(content) // 2 if "sheet1" in name else len(content)
            target.writestr(name, content[:cut])
    assert "打不开" in faults_of(lambda: rows_of(broken))[0]


def test_a_failed_formula_is_refused_and_not_read_as_a_name(tmp_path):
    path = an_xlsx(tmp_path / "t.xlsx", [HEADER, ("1", "#N/A")])
    faults = Faults()
    assert read_table(path, COLUMNS, faults)[0].is_bad


def test_every_fault_of_a_row_is_kept_with_its_line_and_column(tmp_path):
    path = a_csv(tmp_path / "t.csv", [HEADER, ("", "颐" * 9, "2024-02-30", "也许", "皇帝")])
    faults = Faults()
    row = read_table(path, COLUMNS, faults)[0]
    row.code("code", most=24, is_needed=True)
    row.text("name", most=8)
    row.day("starts")
    row.yes_no("lead")
    row.choice("role", Role)
    found = faults_of(faults.stop_if_any)
    assert [fault.partition("”")[0] for fault in found] == [f"第 2 行：“{name}" for name in HEADER]
    assert "2024-01-31" in found[2]
    assert "经办" in found[4]


@pytest.mark.parametrize(
    "typed", ["2024-1-31", "2024/01/31", "2024年1月31日", "20240131", "２０２４-１-３１"]
)
def test_a_day_may_be_written_in_the_usual_ways(tmp_path, typed):
    path = a_csv(tmp_path / "t.csv", [HEADER, ("1", "", typed)])
    assert rows_of(path)[0].day("starts") == date(2024, 1, 31)


def test_a_long_file_says_how_far_it_is(tmp_path):
    path = a_csv(tmp_path / "t.csv", [HEADER, *((str(n), "村") for n in range(5001))])
    said = []
    read_table(path, COLUMNS, Faults(), say=said.append)
    assert said == ["已读 5000 行……"]
