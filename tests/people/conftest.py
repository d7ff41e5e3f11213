"""One county with a township and two communities, and a sheet of people for it."""

import pytest

from tables import a_csv, loaded

DIVISIONS = [
    ("code", "name"),
    ("6204", "白银市"),
    ("620402", "白银区"),
    ("620402004", "工农路街道"),
    ("620402004007", "颐和社区"),
    ("620402004008", "福宁社区"),
]
HEADER = (
    "单位代码", "单位名称", "单位类别", "单位所在地代码", "上级单位代码",
    "用户名", "姓名", "手机号", "角色", "职级", "职务",
    "管辖范围", "负责人", "任职日期", "离任日期", "值班",
)  # fmt: skip
SHEET = [
    HEADER,
    (
        "620402-centre", "白银区综治中心", "综治中心", "620402000000", "",
        "sun", "孙平", "19900000001", "派单", "", "主任",
        "", "是", "2024-01-01", "", "是",
    ),
    (
        "620402004", "工农路街道办事处", "township", "620402004", "620402-centre",
        "ma", "马玉兰", "199 0000 0002", "dispatcher", "", "派单员",
        "", "", "2024-01-01", "", "1-5 08:30-18:00",
    ),
    (
        "620402004", "", "", "", "",
        "ma", "", "", "领导", "乡镇（街道）政法委员", "政法委员",
        "", "", "2024-01-01", "", "",
    ),
    (
        "yihe", "颐和社区居委会", "村（社区）", "620402004007", "620402004",
        "zhang", "张桂兰", "１９９０００００033", "经办", "cadre", "书记",
        "", "是", "2024-01-01", "", "是",
    ),
    (
        "yihe", "颐和社区居委会", "", "", "",
        "li", "李建国", "19900000004", "经办", "cadre", "",
        "", "否", "2024-01-01", "", "周六、周日 9:00-17:00；每天 18:00-8:00",
    ),
    (
        "police", "城西派出所", "部门", "620402004", "",
        "", "", "", "", "", "", "", "", "", "", "",
    ),
]  # fmt: skip


@pytest.fixture
def divisions(db, tmp_path):
    loaded("load_divisions", a_csv(tmp_path / "divisions.csv", DIVISIONS))


@pytest.fixture
def people(divisions, tmp_path):
    loaded("load_people", a_csv(tmp_path / "people.csv", SHEET))


@pytest.fixture
def sheet(tmp_path):
    """Writes a sheet with these rows, each a dictionary by English column."""

    def write(*rows):
        columns = list(dict.fromkeys(name for row in rows for name in row))
        table = [columns, *([row.get(name, "") for name in columns] for row in rows)]
        return a_csv(tmp_path / "change.csv", table)

    return write
