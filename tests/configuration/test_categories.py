"""Categories: a tree by page and by table."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mashang.audit.models import Record
from mashang.cases import categories
from mashang.cases.models import Category
from mashang.core.cached import forget_all
from settings_pages import previewed
from tables import a_csv, an_xlsx, loaded, refused
from visits import text_of

pytestmark = pytest.mark.django_db
ROWS = [
    ("代码", "名称", "上级代码", "次序"),
    ("water", "供水", "", 10),
    ("water.off", "停水", "water", 11),
    ("road", "道路", "", 20),
]


def names():
    forget_all()
    return [node.full_name for node in categories.active()]


def test_a_table_makes_the_tree_and_a_second_time_nothing(db, tmp_path):
    path = an_xlsx(tmp_path / "categories.xlsx", ROWS)
    assert "新增类别 3" in loaded("load_categories", path)
    assert names() == ["供水", "供水 / 停水", "道路"]
    assert "未变 3" in loaded("load_categories", path)


def test_a_table_that_names_a_parent_later_still_loads(db, tmp_path):
    loaded("load_categories", a_csv(tmp_path / "a.csv", [ROWS[0], ROWS[2], ROWS[1]]))
    assert names() == ["供水", "供水 / 停水"]


def test_a_bad_table_is_refused_whole_with_every_line(db, tmp_path):
    circle = [("a", "甲", "b", ""), ("b", "乙", "a", "")]
    bad = [ROWS[0], *circle, ("c", "丙", "x", "早"), ("", "丁", "", "")]
    said = refused("load_categories", a_csv(tmp_path / "bad.csv", bad))
    for part in ("绕成了圈", "应写数字", "没有填"):
        assert part in said
    assert not Category.objects.exists()


def test_one_category_is_added_moved_and_closed(city, operator):
    operator.saved("/categories/new", code="water", name="供水", order="1", is_active="on")
    water = Category.objects.get()
    operator.saved(
        "/categories/new", code="off", name="停水", parent=water.pk, order="1", is_active="on"
    )
    off = Category.objects.get(code="off")
    operator.refused(
        f"/categories/{water.pk}", "绕成了圈", name="供水", parent=off.pk, is_active="on"
    )
    operator.saved(f"/categories/{water.pk}", name="供水和排水", reason="改名")
    assert names() == []  # closed with all below it
    record = Record.objects.filter(kind="category").latest("seq")
    assert "供水和排水" in str(record.facts["changes"]) and record.facts["reason"] == "改名"
    assert "停用" in operator.get("/categories")


def test_a_code_is_given_once(city, operator):
    Category.objects.create(code="water", name="供水")
    operator.refused("/categories/new", "已经用了", code="water", name="另一个", is_active="on")
    operator.refused("/categories/new", "代码只用", code="水", name="另一个", is_active="on")


def test_a_table_is_imported_on_the_page_as_it_was_looked_at(city, operator, tmp_path):
    path = a_csv(tmp_path / "类别.csv", ROWS)
    file = SimpleUploadedFile("类别.csv", path.read_bytes())
    answer = operator.post("/categories/import", step="preview", file=file)
    shown = text_of(answer)
    assert "新增类别：water.off" in shown and not Category.objects.exists()
    kept = {
        name: shown.split(f'name="{name}" value="')[1].split('"')[0] for name in ("name", "content")
    }
    answer = operator.post("/categories/import", step="save", previewed=previewed(shown), **kept)
    assert answer.status_code == 302
    assert names() == ["供水", "供水 / 停水", "道路"]
    assert Record.objects.filter(kind="category", account=city.operator).exists()


def test_a_bad_table_on_the_page_names_its_lines(city, operator):
    bad = "代码,名称\nwater,供水\nwater,又是供水\n".encode()
    file = SimpleUploadedFile("bad.csv", bad)
    operator.refused("/categories/import", "第 3 行", file=file)
    operator.refused("/categories/import", "请选择", name="", content="")
    operator.refused("/categories/import", "只能导入", file=SimpleUploadedFile("bad.pdf", b"%PDF"))
    assert not Category.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_tree_is_read_in_a_fixed_number_of_queries(
    city, operator, count, django_assert_max_num_queries
):
    for number in range(count):
        Category.objects.create(code=f"c{number}", name=f"类{number}")
    operator.get("/categories")
    with django_assert_max_num_queries(6):
        operator.get("/categories")
