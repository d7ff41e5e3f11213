"""Loading services: all or nothing, twice the same."""

import pytest

from mashang.core.phones import clean_phone
from mashang.core.tables import BadTable
from mashang.directory.loading import load_services
from mashang.directory.models import Service

HEAD = "代号,名称,怎么用,能办什么,地点代码,电话,负责单位代码,核对日期\n"


def table(tmp_path, *lines):
    path = tmp_path / "services.csv"
    path.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    return path


def test_services_are_loaded_changed_and_left_alone(city, tmp_path):
    where = city.yihe.division_code
    canteen = f"canteen,颐和食堂,身边的地方,老人午餐,{where},0943-8221234,yihe,2026-01-31"
    tally = load_services(table(tmp_path, canteen, "legal,法律热线,phone,免费问,,12348,yihe,"))
    assert str(tally).startswith("新增 2")
    service = Service.objects.get(code="canteen")
    assert (service.place, service.kind, service.initials) == (city.yihe, "nearby", "yhst")
    assert service.phone == clean_phone("0943 822 1234")
    assert str(service.checked_on) == "2026-01-31"
    again = load_services(table(tmp_path, canteen.replace("午餐", "三餐")))
    assert dict(again) == {"改动": 1}
    assert load_services(table(tmp_path, canteen.replace("午餐", "三餐"))).unchanged == 1
    assert Service.objects.count() == 2


def test_every_bad_line_is_named_and_nothing_is_written(city, tmp_path):
    good = "legal,法律热线,phone,免费问,,12348,yihe,"
    path = table(
        tmp_path, good, good, "a,甲,魔法,x,,12345,yihe,", "b,乙,phone,x,999,12345,yihe,",
        "c,丙,phone,x,,12345,nobody,", "d,丁,phone,x,,,yihe,", "e,戊,phone,x,,12,yihe,",
    )  # fmt: skip
    with pytest.raises(BadTable) as refused:
        load_services(path)
    said = "\n".join(str(fault) for fault in refused.value.faults)
    for line, words in (
        (3, "重复"),
        (4, "不认识"),
        (5, "没有这个地点"),
        (6, "没有这个单位"),
        (7, "至少写一样"),
    ):
        assert f"第 {line} 行" in said and words in said
    assert not Service.objects.exists()
