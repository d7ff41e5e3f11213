"""Batches planned out of places, units or a list, looked at, and made once."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from builders import City, a_place, make_city
from mashang.audit.models import Record
from mashang.cases.models import CaseType
from mashang.codes.models import Batch, BatchDraft, Code, CodeState
from mashang.core.cached import forget_all
from mashang.core.ids import is_code
from mashang.people.models import Unit
from mashang.places.models import Kind, Level, Place
from tables import a_csv, loaded, refused
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
NEW = "/desk/codes/batches/new"


@pytest.fixture
def city() -> City:
    city = make_city()
    for number in (1, 2, 10):
        a_place(f"620402001007{number:04d}", f"{number}号楼", Level.BUILDING, Kind.OTHER, city.yihe)
    a_place("6204222002010001", "东头联户", Level.GROUP, Kind.OTHER, city.far_village)
    return city


@pytest.fixture
def desk(city):
    return at_desk(city.operator)


def plan(desk, **fields):
    asked = {"name": "秋季", "kind": "building", "area": "", "households": "30", **fields}
    return desk.post(NEW, asked)


def a_list(tmp_path, *rows) -> SimpleUploadedFile:
    head = ("地点代码", "楼栋或位置", "户数", "承办单位代码", "第二种文字的地名")
    path = a_csv(tmp_path / "list.csv", [head, *rows])
    return SimpleUploadedFile("list.csv", path.read_bytes())


def made(desk, **fields) -> Batch:
    answer = plan(desk, **fields)
    assert answer.status_code == 302, text_of(answer)
    answer = desk.post(answer["Location"], {"do": "make"})
    assert answer.status_code == 302, text_of(answer)
    return Batch.objects.get(name=fields.get("name", "秋季"))


def test_a_plan_tells_how_many_and_where_and_makes_nothing(desk):
    before = Code.objects.count()
    answer = plan(desk)
    shown = text_of(desk.get(answer["Location"]))
    assert "会做 <b>3</b> 个码" in shown
    assert "白银区人民路街道" in shown
    assert "远山乡" not in shown
    assert Code.objects.count() == before
    assert not Batch.objects.filter(name="秋季").exists()


def test_a_batch_is_made_as_it_was_planned_and_recorded(desk):
    batch = made(desk)
    assert {code.place.name for code in batch.codes.all()} == {"1号楼", "2号楼", "10号楼"}
    assert all(is_code(code.pk) and code.state == CodeState.ISSUED for code in batch.codes.all())
    assert Record.objects.filter(kind="code", about=f"batch:{batch.pk}").count() == 1
    assert not BatchDraft.objects.exists()


def test_planning_again_makes_no_second_code_for_a_spot(desk):
    made(desk)
    answer = plan(desk, name="再来")
    assert answer.status_code == 422
    assert "这些位置都已经有码了（3 处）" in text_of(answer)


def test_a_plan_is_made_once_however_often_the_button_is_pressed(desk):
    address = plan(desk)["Location"]
    desk.post(address, {"do": "make"})
    assert desk.post(address, {"do": "make"}).status_code == 404
    assert Code.objects.filter(batch__name="秋季").count() == 3


def test_what_changed_after_the_look_is_not_made(desk):
    address = plan(desk)["Location"]
    Place.objects.filter(name="2号楼").update(valid_to="2024-01-01")
    answer = desk.post(address, {"do": "make"})
    assert answer.status_code == 422
    assert "看过以后" in text_of(answer)
    assert not Code.objects.filter(batch__name="秋季").exists()


def test_signs_of_a_unit_that_closed_after_the_look_are_not_made(desk, city, tmp_path):
    file = a_list(tmp_path, ("620402001007", "3路公交站", "", "township", ""))
    address = plan(desk, file=file)["Location"]
    Unit.objects.filter(code="township").update(is_active=False)
    answer = desk.post(address, {"do": "make"})
    assert answer.status_code == 422
    assert "看过以后" in text_of(answer)
    assert not Code.objects.filter(batch__name="秋季").exists()


def test_a_plan_that_is_dropped_makes_nothing(desk):
    address = plan(desk)["Location"]
    desk.post(address, {"do": "drop"})
    assert desk.get(address).status_code == 404
    assert not Batch.objects.filter(name="秋季").exists()


def test_groups_within_one_county_alone(desk):
    batch = made(desk, kind="group", area="620422")
    assert [code.place.name for code in batch.codes.all()] == ["东头联户"]
    refused = text_of(plan(desk, kind="group", area="620402", name="没有"))
    assert "这个范围里没有登记农户联户" in refused


def test_offices_hang_at_every_unit_but_leaders_and_inspectors(desk, city):
    batch = made(desk, kind="office")
    spots = {code.spot for code in batch.codes.all()}
    assert {"颐和社区居委会", "人民路街道办", "白银区综治中心"} <= spots
    assert not {"白银区督查岗", "白银区领导"} & spots
    assert batch.codes.get(spot="颐和社区居委会").unit is None


def test_a_list_with_households_makes_one_code_for_thirty(desk, city, tmp_path):
    file = a_list(
        tmp_path,
        ("620422200201", "李家湾", "87", "", ""),
        ("620402001007", "3路公交站", "", "township", "Stop of line 3"),
    )
    batch = made(desk, kind="group", file=file)
    spots = sorted(code.spot for code in batch.codes.filter(place=city.far_village))
    assert spots == ["李家湾 第 1 至 30 户", "李家湾 第 31 至 60 户", "李家湾 第 61 至 87 户"]
    stop = batch.codes.get(spot="3路公交站")
    assert (stop.unit.code, stop.second_name) == ("township", "Stop of line 3")


BAD = [
    (("620402001999", "甲", "", "", ""), "没有这个地点"),
    (("620402001007", "甲", "", "nobody", ""), "没有这个单位"),
    (("620402001007", "甲", "许多", "", ""), "应写 1 到"),
    (("620402001007", "乙", "", "", ""), "和第 2 行是同一地点、同一位置"),
    (("", "甲", "", "", ""), "没有填"),
]


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _row, reason in BAD])
def test_a_bad_row_is_named_with_its_line(desk, tmp_path, row, reason):
    file = a_list(tmp_path, ("620402001007", "乙", "", "", ""), row)
    answer = plan(desk, file=file)
    assert answer.status_code == 422
    assert "第 3 行：" in text_of(answer)
    assert reason in text_of(answer)
    assert 'value="秋季"' in text_of(answer)
    assert not BatchDraft.objects.exists()


def test_a_taken_name_and_a_wrong_file_are_refused(desk, tmp_path):
    assert "已有叫“首批楼栋”的批次" in text_of(plan(desk, name="首批楼栋"))
    file = SimpleUploadedFile("list.pdf", b"%PDF")
    assert "只能用 .csv 或 .xlsx" in text_of(plan(desk, file=file))


def test_a_batch_as_a_table_has_addresses_and_scenes(desk, settings, tmp_path):
    settings.CODE_URL = "https://ma.example"
    batch = made(desk)
    path = tmp_path / "batch.xlsx"
    path.write_bytes(b"".join(desk.get(f"/desk/codes/batches/{batch.pk}/table").streaming_content))
    head, *rows = load_workbook(path).active.iter_rows(values_only=True)
    assert head[0] == "编码"
    assert len(rows) == 3
    for row in rows:
        assert row[5:] == (f"https://ma.example/q/{row[0]}", f"c={row[0]}")


@pytest.mark.parametrize("who", ["zhang", "dispatcher", "auditor"])
def test_nobody_else_plans_batches(city, desk, who):
    draft = plan(desk)["Location"]
    other = at_desk(getattr(city, who))
    assert other.get(NEW).status_code == 404
    assert other.get(draft).status_code == 404
    assert other.post(draft, {"do": "make"}).status_code == 404
    assert not Batch.objects.filter(name="秋季").exists()


def test_a_batch_opens_a_form_that_is_chosen_with_it_and_can_be_changed(desk, tmp_path):
    CaseType.objects.create(
        code="hazard", name="随手报隐患", channels=[], valid_from=date(2026, 1, 1)
    )
    forget_all()
    answer = plan(desk, opens="hazard")
    assert "扫码打开：随手报隐患" in text_of(desk.get(answer["Location"]))
    desk.post(answer["Location"], {"do": "make"})
    batch = Batch.objects.get(name="秋季")
    assert batch.opens == "hazard"
    page = f"/desk/codes/batches/{batch.pk}"
    assert desk.post(page, {"opens": "unheard-of"}).status_code == 422
    assert desk.post(page, {"opens": ""}).status_code == 302
    batch.refresh_from_db()
    assert batch.opens == ""
    assert "随手报隐患 → 平常的表单" in str(Record.objects.latest("pk").data)
    head = ("地点代码", "楼栋或位置", "批次", "批次类别", "扫码打开")
    rows = [head, ("620402001007", "骑手 1", "骑手", "vehicle", "hazard")]
    loaded("load_codes", a_csv(tmp_path / "codes.csv", rows))
    assert Code.objects.get(spot="骑手 1").batch.opens == "hazard"
    rows[1] = (*rows[1][:4], "nothing")
    assert "没有这张表单" in refused("load_codes", a_csv(tmp_path / "codes.csv", rows))
