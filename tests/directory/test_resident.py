"""The page of services: what is here, what is found, whether it can be trusted."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import mashang
from mashang.cases.models import CaseType
from mashang.core.cached import forget_all
from mashang.directory.models import CHECKED_WITHIN, Service


def page_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_place_has_its_own_services_and_those_of_all_places_above(city, canteen, hotline, client):
    here = page_of(client.get(f"/services/{city.yihe.code}"))
    assert "颐和食堂" in here and "法律服务热线" in here
    assert 'href="tel:12348"' in here and 'href="tel:09438221234"' in here
    assert f"/report/{city.yihe.code}" in here and "/mine" in here and 'href="tel:110"' in here
    for elsewhere in (f"/services/{city.next_door.code}", "/services"):
        page = page_of(client.get(elsewhere))
        assert "颐和食堂" not in page and "法律服务热线" in page


def test_who_answers_for_a_card_and_when_it_was_looked_at_stands_on_it(city, canteen, client):
    there = f"/services/{city.yihe.code}"
    assert f"{canteen.unit.name}负责，{timezone.localdate():%Y-%m-%d} 核对" in page_of(
        client.get(there)
    )
    assert "有半年没有核对了" not in page_of(client.get(there))
    long_ago = timezone.localdate() - CHECKED_WITHIN - timedelta(days=1)
    Service.objects.update(checked_on=long_ago)
    assert "有半年没有核对了" in page_of(client.get(there))


@pytest.mark.parametrize("typed", ["食堂", "午餐", "5号楼", "yhst", "st", "shitang", "YHST"])
def test_a_service_is_found_by_name_words_address_and_pinyin(city, canteen, hotline, client, typed):
    page = page_of(client.get(f"/services/{city.yihe.code}", {"q": typed}))
    assert "颐和食堂" in page and "法律服务热线" not in page


def test_what_is_not_here_is_shown_where_it_is(city, canteen, client):
    page = page_of(client.get(f"/services/{city.next_door.code}", {"q": "食堂"}))
    assert "这里没有，别的地方有" in page and city.yihe.full_name in page


def test_what_is_nowhere_says_what_to_do_and_keeps_the_words(city, canteen, client):
    page = page_of(client.get("/services", {"q": "<游泳>"}))
    assert "没有找到“&lt;游泳&gt;”" in page and 'value="&lt;游泳&gt;"' in page
    assert 'href="tel:12345"' in page


def test_what_is_no_longer_in_use_is_nowhere(city, canteen, client):
    Service.objects.update(is_active=False)
    assert "颐和食堂" not in page_of(client.get(f"/services/{city.yihe.code}"))
    assert "颐和食堂" not in page_of(client.get("/services", {"q": "食堂"}))


def test_the_forms_of_types_stand_among_the_tiles(city, client):
    CaseType.objects.create(code="consultation", name="咨询政策", channels=["web"])
    forget_all()
    page = page_of(client.get(f"/services/{city.yihe.code}"))
    assert f"/report/{city.yihe.code}?type=consultation" in page


def test_an_unknown_place_is_not_there(city, client):
    assert client.get("/services/999999").status_code == 404


def test_the_page_asks_as_often_for_three_as_for_one(city, canteen, client):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/services/{city.yihe.code}")
        return len(queries)

    count()  # what stays in memory for seconds
    for_one = count()
    for number in (1, 2):
        Service.objects.create(
            code=f"x{number}", name=f"驿站{number}", kind="nearby", words="歇脚", place=city.yihe,
            address="南门", unit=city.yihe_unit,
        )  # fmt: skip
    assert count() == for_one <= 4


def test_forty_services_with_styles_are_small_and_need_no_script(city, client):
    for number in range(40):
        Service.objects.create(
            code=f"x{number}", name=f"第{number}驿站", kind="nearby", words="歇脚、热水、充电",
            place=city.yihe, address=f"{number}号楼东侧一楼", hours="每天 7:00 到 22:00",
            phone=f"094382212{number:02d}", unit=city.yihe_unit,
        )  # fmt: skip
    page = client.get(f"/services/{city.yihe.code}").content
    assert page.count("驿站".encode()) >= 40 and b"<script" not in page
    style = Path(mashang.__file__).parent / "static" / "mashang.css"
    assert sum(len(gzip.compress(part)) for part in (page, style.read_bytes())) <= 30 * 1024


def test_the_first_page_and_the_form_lead_there(city, client):
    assert 'href="/services"' in page_of(client.get("/"))
    assert f'href="/services/{city.yihe.code}"' in page_of(client.get(f"/report/{city.yihe.code}"))
