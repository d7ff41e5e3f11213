"""Keeping the services: who may, what is refused, what is recorded."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mashang.audit.models import Record
from mashang.directory.actions import spell_services
from mashang.directory.models import CHECKED_WITHIN, Service
from visits import at_desk, text_of

HERE = "/desk/services"


def given(city, **more):
    return {
        "name": "颐和驿站", "kind": "nearby", "words": "骑手歇脚，有热水", "place": city.yihe.code,
        "address": "南门", "unit": city.yihe_unit.code, "is_active": "on", **more,
    }  # fmt: skip


@pytest.fixture
def cadre(city):
    return at_desk(city.zhang)


def test_a_cadre_adds_a_service_of_their_community_and_it_is_recorded(city, cadre, client):
    assert cadre.post(f"{HERE}/new", given(city)).status_code == 302
    service = Service.objects.get()
    assert (service.place, service.checked_by) == (city.yihe, city.zhang)
    assert "颐和驿站" in client.get(f"/services/{city.yihe.code}").content.decode()
    record = Record.objects.get(kind="service")
    assert (record.about, json.loads(record.data)["what"]) == (f"service:{service.pk}", "added")
    assert spell_services() == 1
    assert Service.objects.get().initials == "yhyz"
    assert spell_services() == 0


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        ({"name": ""}, "请填写。"),
        ({"address": ""}, "电话、地址、网址至少写一样"),
        ({"phone": "12"}, "12345 这样的短号码"),
        ({"url": "http://example.com"}, "请写 https:// 开头的网址"),
        ({"url": "javascript:alert(1)"}, "有效的"),
        ({"place": ""}, "您不能替别的地方、全市发布"),
        ({"place": "没有这里"}, "没有找到“没有这里”"),
        ({"unit": "没有"}, "没有找到“没有”"),
        ({"kind": "magic"}, "选择一个有效的选项"),
    ],
)
def test_what_is_wrong_is_said_and_everything_typed_stays(city, cadre, changes, saying):
    answer = cadre.post(f"{HERE}/new", given(city, **changes))
    assert answer.status_code == 422
    assert saying in text_of(answer) and "骑手歇脚，有热水" in text_of(answer)
    assert not Service.objects.exists()


def test_nobody_writes_for_another_place(city, cadre):
    answer = cadre.post(f"{HERE}/new", given(city, place=city.next_door.code))
    assert answer.status_code == 422
    assert not Service.objects.exists()


def test_what_another_place_keeps_is_not_there(city, canteen, hotline):
    neighbour = at_desk(city.neighbour)
    assert "颐和食堂" not in text_of(neighbour.get(HERE))
    for path in (f"{HERE}/{canteen.pk}", f"{HERE}/{hotline.pk}"):
        assert neighbour.get(path).status_code == 404
        assert neighbour.post(path, given(city)).status_code == 404
        assert neighbour.post(f"{path}/checked").status_code == 404


def test_a_change_is_recorded_with_what_was_there(city, cadre, canteen):
    shown = text_of(cadre.get(f"{HERE}/{canteen.pk}"))
    assert 'value="老人午餐"' in shown
    cadre.post(f"{HERE}/{canteen.pk}", given(city, name="颐和食堂", words="老人三餐"))
    canteen.refresh_from_db()
    assert canteen.words == "老人三餐"
    changes = json.loads(Record.objects.get(kind="service").data)["changes"]
    assert changes["words"] == ["老人午餐", "老人三餐"]
    assert "name" not in changes


def test_who_looked_and_found_it_right_says_so_with_one_tap(city, cadre, canteen):
    Service.objects.update(checked_on=timezone.localdate() - CHECKED_WITHIN - timedelta(days=1))
    assert "有 1 项半年没有核对" in text_of(cadre.get(HERE))
    assert cadre.post(f"{HERE}/{canteen.pk}/checked").status_code == 302
    canteen.refresh_from_db()
    assert (canteen.checked_on, canteen.checked_by) == (timezone.localdate(), city.zhang)
    assert "半年没有核对" not in text_of(cadre.get(HERE))


def test_the_system_operator_keeps_those_of_the_whole_city(city, hotline):
    operator = at_desk(city.operator)
    answer = operator.post(f"{HERE}/new", given(city, place=""))
    assert answer.status_code == 302
    assert Service.objects.get(name="颐和驿站").place is None
    assert "法律服务热线" in text_of(operator.get(HERE))


@pytest.mark.parametrize("who", ["security", "auditor"])
def test_for_whoever_keeps_none_there_is_no_such_page(city, canteen, who):
    browser = at_desk(getattr(city, who))
    for path in (HERE, f"{HERE}/new", f"{HERE}/{canteen.pk}"):
        assert browser.get(path).status_code == 404


def test_the_list_asks_as_often_for_three_as_for_one(city, cadre, canteen):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            cadre.get(HERE)
        return len(queries)

    cadre.get(HERE)  # what a first look puts into memory is there
    for_one = count()
    for number in (1, 2):
        cadre.post(f"{HERE}/new", given(city, name=f"驿站{number}"))
    cadre.get(HERE)  # reads the messages of what was saved
    assert count() == for_one <= 12


def test_a_service_that_cannot_be_reached_is_no_service(city):
    with pytest.raises(IntegrityError), transaction.atomic():
        Service.objects.create(code="x", name="x", kind="phone", words="x", unit=city.centre)
